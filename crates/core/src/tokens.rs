//! Tokens, as OpenAI's current models count them (`o200k_base`).
//!
//! The vocabulary is loaded when it is first asked for, which takes a tenth of a second and some 40 MB.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

/// Characters of one kind that are encoded together at most.
const LONGEST_RUN: usize = 4096;

/// Where a text is cut for a stream. No piece ends inside a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// After so many tokens. Tokens that are parts of a character go together.
    Tokens(usize),
    /// After so many characters.
    Characters(usize),
    /// Nowhere.
    Whole,
}

/// A way of cutting that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a way to cut a text: use tokens, tokens*4, characters, characters*20 or whole")]
pub struct UnknownSplit(pub String);

/// The tokens of a text; text that looks like a special token is text.
#[must_use]
pub fn count(text: &str) -> usize {
    if text.is_empty() { 0 } else { encoded(text).count() }
}

/// The tokens of a text, each as its bytes: a token may be a part of a character.
#[must_use]
pub fn tokens(text: &str) -> Vec<Vec<u8>> {
    let vocabulary = vocabulary();
    // A token that the vocabulary made is in it.
    encoded(text).filter_map(|token| vocabulary.decode_bytes(&[token]).ok()).collect()
}

/// The text of tokens that a client counted itself for an older model: embeddings and legacy completions have the
/// older vocabulary (`cl100k_base`). `None` where one of them is no token.
#[must_use]
pub fn text_of_tokens(tokens: &[u32]) -> Option<String> {
    let bytes = tiktoken_rs::cl100k_base_singleton().decode_bytes(tokens).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn encoded(text: &str) -> impl Iterator<Item = u32> {
    runs(text).into_iter().flat_map(|run| vocabulary().encode_ordinary(run))
}

/// The text, cut where letters, blanks or marks follow each other for ever, which no vocabulary was made for: it
/// needs the square of their number, and gives up on blanks by a panic. All other texts are one run.
fn runs(text: &str) -> Vec<&str> {
    let kind = |c: char| (c.is_whitespace(), c.is_alphabetic(), c.is_numeric());
    let (mut starts, mut length, mut before) = (vec![0], 0, None);
    for (at, c) in text.char_indices() {
        if before.replace(kind(c)) != Some(kind(c)) {
            length = 0;
        } else if length == LONGEST_RUN {
            starts.push(at);
            length = 0;
        }
        length += 1;
    }
    cut_at(text, &starts)
}

fn vocabulary() -> &'static tiktoken_rs::CoreBPE {
    tiktoken_rs::o200k_base_singleton()
}

// === impl Split ===

impl Split {
    /// The pieces of a text; none for an empty one. Joined, they are the text.
    #[must_use]
    pub fn pieces(self, text: &str) -> Vec<&str> {
        match self {
            _ if text.is_empty() => Vec::new(),
            Split::Whole => vec![text],
            Split::Characters(most) => {
                let most = most.max(1);
                let starts = text.char_indices().map(|(at, _)| at).step_by(most).collect::<Vec<_>>();
                cut_at(text, &starts)
            }
            Split::Tokens(most) => cut_at(text, &token_starts(text, most.max(1))),
        }
    }
}

/// The places where every `most`-th token begins, moved on to the next character.
fn token_starts(text: &str, most: usize) -> Vec<usize> {
    let vocabulary = vocabulary();
    let mut starts = Vec::new();
    let (mut at, mut in_piece) = (0, 0);
    for token in encoded(text) {
        if in_piece == 0 && text.is_char_boundary(at) && starts.last() != Some(&at) {
            starts.push(at);
        }
        // A token that the vocabulary made is in it.
        at += vocabulary.decode_bytes(&[token]).map_or(0, |bytes| bytes.len());
        if text.is_char_boundary(at) {
            in_piece = (in_piece + 1) % most;
        }
    }
    starts
}

fn cut_at<'t>(text: &'t str, starts: &[usize]) -> Vec<&'t str> {
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect()
}

/// As it is read.
impl Display for Split {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Split::Tokens(most) => write!(f, "tokens*{most}"),
            Split::Characters(most) => write!(f, "characters*{most}"),
            Split::Whole => f.write_str("whole"),
        }
    }
}

impl FromStr for Split {
    type Err = UnknownSplit;

    fn from_str(text: &str) -> Result<Self, UnknownSplit> {
        let unknown = || UnknownSplit(text.to_owned());
        let (kind, most) = text.split_once('*').unwrap_or((text, "1"));
        let most: usize = most.parse().map_err(|_| unknown())?;
        match kind {
            "whole" if kind == text => Ok(Split::Whole),
            "tokens" if most > 0 => Ok(Split::Tokens(most)),
            "characters" if most > 0 => Ok(Split::Characters(most)),
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pieces_are_tokens_and_never_parts_of_a_character() {
        assert_eq!(
            Split::Tokens(1).pieces("Hello there! 👩‍👩‍👧‍👦"),
            ["Hello", " there", "!", " 👩", "\u{200d}", "👩", "\u{200d}", "👧", "\u{200d}", "👦"]
        );
        assert_eq!(
            Split::Tokens(1).pieces(r#"{"location":"Paris"}"#),
            ["{\"", "location", "\":\"", "Paris", "\"}"]
        );
        assert_eq!(count("Hello there!"), 3);
    }

    #[test]
    fn tokens_are_their_bytes_and_numbers_their_text() {
        assert_eq!(tokens("Hello there!"), [&b"Hello"[..], b" there", b"!"]);
        assert_eq!(tokens("👩‍👧").concat(), "👩‍👧".as_bytes());
        // As OpenAI's own documentation of its tokenizer has them.
        assert_eq!(text_of_tokens(&[83, 1609, 5963, 374, 2294, 0]).as_deref(), Some("tiktoken is great!"));
        assert_eq!(text_of_tokens(&[u32::MAX]), None);
    }

    #[test]
    fn what_goes_on_without_end_is_counted_all_the_same() {
        for one in [" ", "\n", "a", "A", "=", "\u{6f22}", "7"] {
            let text = format!("{}. And so on.", one.repeat(1_200_000));
            assert!((1_000..2_000_000).contains(&count(&text)), "{one:?}");
            assert_eq!(runs(&text).concat(), text);
        }
        // Nothing that people write is cut.
        let prose = "It was a dark night, 1234567 stars; and so on. ".repeat(1000);
        assert_eq!(runs(&prose), [prose.as_str()]);
    }

    #[test]
    fn a_wrong_split_says_what_is_right() {
        for text in ["letters", "tokens*0", "whole*2", "tokens*x"] {
            assert!(text.parse::<Split>().unwrap_err().to_string().contains("tokens*4"), "{text}");
        }
        assert_eq!("characters*20".parse(), Ok(Split::Characters(20)));
    }

    proptest! {
        #[test]
        fn pieces_joined_are_the_text(text in any::<String>(), most in 1usize..7) {
            for split in [Split::Tokens(most), Split::Characters(most), Split::Whole] {
                prop_assert_eq!(split.to_string().parse(), Ok(split));
                let pieces = split.pieces(&text);
                prop_assert_eq!(pieces.concat(), text.as_str());
                prop_assert!(pieces.iter().all(|piece| !piece.is_empty()));
            }
        }
    }
}
