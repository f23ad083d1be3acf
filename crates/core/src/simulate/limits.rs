//! Where an answer ends that might go on.

use crate::tokens::{Split, count};

/// A text, and why it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) text: String,
    pub(super) by: End,
}

/// Why a text ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// It says what it had to.
    Itself,
    /// It has as many tokens as it may.
    Tokens,
    /// This came next, which the request asks to be stopped at.
    Stop(String),
}

/// Cuts a text before the first of the texts that stop it, and after so many tokens, whatever is sooner.
pub(super) fn ended(text: &str, most_tokens: Option<usize>, stop: &[String]) -> Ended {
    let stops = stop.iter().filter(|stop| !stop.is_empty());
    let first = stops.filter_map(|stop| Some((text.find(stop.as_str())?, stop))).min_by_key(|(at, _)| *at);
    let (said, by) = match first {
        Some((at, stop)) => (&text[..at], End::Stop(stop.clone())),
        None => (text, End::Itself),
    };
    // A token has a character at least, so what is short need not be counted.
    match most_tokens.filter(|most| said.len() > *most).and_then(|most| first_tokens(said, most)) {
        Some(cut) => Ended { text: cut.to_owned(), by: End::Tokens },
        None => Ended { text: said.to_owned(), by },
    }
}

/// The text's first tokens, where it has more.
pub(super) fn first_tokens(text: &str, most: usize) -> Option<&str> {
    let pieces = Split::Tokens(1).pieces(text);
    if count(text) <= most {
        return None;
    }
    let mut length = pieces.iter().take(most).map(|piece| piece.len()).sum();
    let mut taken = pieces.len().min(most);
    // What is cut may be counted differently than it was in the whole.
    while taken > 0 && count(&text[..length]) > most {
        taken -= 1;
        length -= pieces[taken].len();
    }
    Some(&text[..length])
}
