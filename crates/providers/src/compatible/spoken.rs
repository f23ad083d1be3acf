//! How long it takes to say a text, where there is no audio to measure.

use std::time::Duration;

/// Words in a second of calm speech.
const WORDS_PER_SECOND: f64 = 2.5;

/// The words of a text, each with the seconds between which it is said.
pub(super) fn words(text: &str) -> impl Iterator<Item = (&str, f64, f64)> {
    let moment = |words: u32| hundredths(f64::from(words) / WORDS_PER_SECOND);
    (0u32..).zip(text.split_whitespace()).map(move |(at, word)| (word, moment(at), moment(at + 1)))
}

/// The sentences of a text, each with the seconds between which it is said. Joined, they are the text.
pub(super) fn sentences(text: &str) -> Vec<(&str, f64, f64)> {
    let ends = text.match_indices(['.', '!', '?']).map(|(at, _)| at + 1);
    let ends = ends.filter(|end| text[*end..].starts_with(' ')).chain([text.len()]);
    let (mut begin, mut said) = (0, 0.0);
    let sentence = |end: usize| {
        let sentence = &text[begin..end];
        let start = said;
        begin = end;
        said = seconds(&text[..end]);
        (sentence, start, said)
    };
    ends.map(sentence).filter(|(sentence, ..)| !sentence.is_empty()).collect()
}

/// Seconds that it takes to say a text.
pub(super) fn seconds(text: &str) -> f64 {
    words(text).last().map_or(0.0, |(_, _, end)| end)
}

/// The whole number of units that so many seconds are billed as, so many a second.
pub(super) fn billed(seconds: f64, a_second: f64) -> u64 {
    // In whole nanoseconds 1.1 times 10 is 11, as people reckon.
    let units = Duration::try_from_secs_f64(seconds * a_second).unwrap_or_default();
    units.as_secs() + u64::from(units.subsec_nanos() > 0)
}

fn hundredths(seconds: f64) -> f64 {
    (seconds * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_follow_each_other() {
        assert_eq!(
            sentences("It is. Why? v1.2"),
            [("It is.", 0.0, 0.8), (" Why?", 0.8, 1.2), (" v1.2", 1.2, 1.6)]
        );
        assert_eq!((sentences("").len(), sentences("One. ").len()), (0, 2));
    }

    #[test]
    fn words_take_their_time() {
        assert_eq!(
            words("It is sunny").collect::<Vec<_>>(),
            [("It", 0.0, 0.4), ("is", 0.4, 0.8), ("sunny", 0.8, 1.2)]
        );
        assert_eq!((seconds(""), seconds("It is sunny")), (0.0, 1.2));
        assert_eq!(
            (billed(1.2, 1.0), billed(1.1, 10.0), billed(f64::NAN, 1.0), billed(-1.0, 1.0)),
            (2, 11, 0, 0)
        );
    }
}
