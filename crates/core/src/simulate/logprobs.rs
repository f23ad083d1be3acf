//! How likely each token of a text was, and what might have stood in its place. Nobody reckoned it: the numbers are
//! as a model's are, and the same for the same text.

use super::words::{ADJECTIVES, NOUNS, VERBS};
use crate::dice::Dice;
use crate::tokens;

/// A token of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Likely {
    /// Its bytes; it may be a part of a character.
    pub bytes: Vec<u8>,
    /// The logarithm of its probability.
    pub logprob: f64,
    /// What was most likely in its place, the likeliest first; the token itself is among them.
    pub alternatives: Vec<(Vec<u8>, f64)>,
}

/// Digits of a logarithm after the point: libraries of mathematics differ in the last ones.
const DIGITS: f64 = 1e6;
/// One of so many tokens is not the likeliest one.
const SURPRISE: usize = 8;

/// The tokens of a text, each with so many alternatives.
#[must_use]
pub fn likelihoods(text: &str, alternatives: usize) -> Vec<Likely> {
    let mut dice = Dice::of(text.as_bytes()).under("likelihoods");
    tokens::tokens(text).into_iter().map(|bytes| likely(bytes, alternatives, &mut dice.split())).collect()
}

fn likely(bytes: Vec<u8>, alternatives: usize, dice: &mut Dice) -> Likely {
    let sure = 0.5 + 0.49 * dice.unit();
    // What comes second has a part of what the first one leaves.
    let second = (1.0 - sure) * (0.5 + 0.4 * dice.unit());
    let surprises = dice.below(SURPRISE) == 0 && alternatives > 1;
    let (place, probability) = if surprises { (1, second) } else { (0, sure) };
    let mut ranked: Vec<(Vec<u8>, f64)> = Vec::with_capacity(alternatives);
    let mut others = others(&bytes, alternatives, dice).into_iter();
    let mut left = 1.0 - sure;
    for at in 0..alternatives {
        let of_this = match at {
            0 => sure,
            1 => second,
            _ => left * 0.6,
        };
        if at > 0 {
            left -= of_this;
        }
        let token = if at == place { Some(bytes.clone()) } else { others.next() };
        ranked.extend(token.map(|token| (token, logarithm(of_this))));
    }
    Likely { bytes, logprob: logarithm(probability), alternatives: ranked }
}

/// Tokens that might have stood there: other words, with the space that this one has.
fn others(token: &[u8], most: usize, dice: &mut Dice) -> Vec<Vec<u8>> {
    let space: &[u8] = if token.starts_with(b" ") { b" " } else { b"" };
    let words = [NOUNS, VERBS, ADJECTIVES].concat();
    let first = dice.below(words.len());
    let words = words[first..].iter().chain(&words[..first]);
    words.map(|word| [space, word.as_bytes()].concat()).filter(|word| word != token).take(most).collect()
}

fn logarithm(probability: f64) -> f64 {
    // Downwards, so that all probabilities are never more than one together.
    (probability.ln() * DIGITS).floor() / DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn likelihoods_are_those_of_a_text(text in "[a-zA-Z ,.\u{e9}\u{1f600}]{0,40}", most in 0usize..=20) {
            let all = likelihoods(&text, most);
            prop_assert_eq!(&all, &likelihoods(&text, most));
            let bytes = all.iter().flat_map(|token| token.bytes.clone()).collect::<Vec<_>>();
            prop_assert_eq!(bytes, text.as_bytes());
            for token in &all {
                prop_assert!(token.logprob < 0.0 && token.logprob > -10.0, "{:?}", token);
                prop_assert_eq!(token.alternatives.len(), most);
                let itself = token.alternatives.iter().find(|(bytes, _)| *bytes == token.bytes);
                prop_assert!(most == 0 || itself.is_some_and(|(_, logprob)| *logprob == token.logprob));
                prop_assert!(token.alternatives.is_sorted_by(|one, next| one.1 >= next.1), "{:?}", token);
                let sum = token.alternatives.iter().map(|(_, logprob)| logprob.exp()).sum::<f64>();
                prop_assert!(sum < 1.0, "{}", sum);
                let mut distinct = token.alternatives.iter().map(|(bytes, _)| bytes).collect::<Vec<_>>();
                distinct.sort();
                distinct.dedup();
                prop_assert_eq!(distinct.len(), most);
            }
        }
    }
}
