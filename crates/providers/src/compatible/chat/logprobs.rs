//! Logprobs, each with the piece of text that it is about.

use crate::compatible::chunks::members;
use serde_json::{Map, Value};
use standin_core::dialect::Options;
use standin_core::tokens::Split;

/// The logprobs of a choice, as far as they are not sent.
#[derive(Debug)]
pub(super) struct Logprobs {
    /// Whether the choice has the field at all.
    there: bool,
    /// The members other than lists of entries.
    others: Map<String, Value>,
    /// What was written, where it is no object.
    odd: Option<Value>,
    lists: Vec<(String, Vec<Value>)>,
    sent: bool,
}

// === impl Logprobs ===

impl Logprobs {
    pub(super) fn of(written: Option<Value>) -> Self {
        let there = written.is_some();
        let odd = written.clone().filter(|value| !value.is_object());
        let mut others = members(written.unwrap_or_default());
        let mut lists = Vec::new();
        for name in ["content", "refusal"] {
            if let Some(list @ Value::Array(_)) = others.get_mut(name)
                && list != &Value::Array(Vec::new())
                && let Value::Array(entries) = list.take()
            {
                lists.push((name.to_owned(), entries));
            }
        }
        Logprobs { there, others, odd, lists, sent: false }
    }

    /// What stands in a chunk that has none: nothing where the choice has no such field.
    pub(super) fn none(&self) -> Option<Value> {
        self.there.then_some(Value::Null)
    }

    /// The pieces of a text, and the logprobs of each. Where the tokens of the entries are the text, they are
    /// the pieces, unless it is to be cut otherwise.
    pub(super) fn pieces(
        &mut self,
        list: &str,
        text: &str,
        options: &Options,
    ) -> Vec<(String, Option<Value>)> {
        let place = self.lists.iter().position(|(name, _)| name == list);
        let Some(place) = place.filter(|_| !text.is_empty()) else {
            let pieces = options.pieces(text, 1).into_iter();
            return pieces.map(|piece| (piece.to_owned(), self.none())).collect();
        };
        let (_, entries) = self.lists.swap_remove(place);
        aligned(text, entries, options)
            .into_iter()
            .map(|(piece, entries)| (piece.to_owned(), self.with(list, entries)))
            .collect()
    }

    /// What has not been sent, for the last chunk.
    pub(super) fn rest(mut self) -> Option<Value> {
        if let Some(odd) = self.odd {
            return Some(odd);
        }
        if !self.there || (self.sent && self.lists.is_empty()) {
            return self.none();
        }
        for (name, entries) in std::mem::take(&mut self.lists) {
            self.others.insert(name, entries.into());
        }
        Some(Value::Object(self.others))
    }

    fn with(&mut self, list: &str, entries: Vec<Value>) -> Option<Value> {
        if entries.is_empty() {
            return self.none();
        }
        self.sent = true;
        let mut logprobs = self.others.clone();
        logprobs.insert(list.to_owned(), entries.into());
        Some(logprobs.into())
    }
}

/// The pieces of a text with the entries that begin in each. All entries go with the first piece where their
/// tokens are another text.
fn aligned<'t>(text: &'t str, entries: Vec<Value>, options: &Options) -> Vec<(&'t str, Vec<Value>)> {
    let Some(starts) = starts(text, &entries) else {
        let mut pieces: Vec<_> =
            options.pieces(text, 1).into_iter().map(|piece| (piece, Vec::new())).collect();
        if let Some((_, first)) = pieces.first_mut() {
            *first = entries;
        }
        return pieces;
    };
    let pieces = match options.split {
        None => cut(text, &starts, 1),
        Some(Split::Tokens(most)) => cut(text, &starts, most),
        Some(other) => other.pieces(text),
    };
    let mut left = entries.into_iter().zip(starts).peekable();
    let mut end = 0;
    let last = pieces.len().saturating_sub(1);
    pieces
        .into_iter()
        .enumerate()
        .map(|(at, piece)| {
            end += piece.len();
            let mut own = Vec::new();
            while let Some((entry, _)) = left.next_if(|(_, start)| *start < end || at == last) {
                own.push(entry);
            }
            (piece, own)
        })
        .collect()
}

/// Where each token begins in the text, if they are the text. A character may be made of several tokens.
fn starts(text: &str, entries: &[Value]) -> Option<Vec<usize>> {
    let mut joined = Vec::with_capacity(text.len());
    let mut starts = Vec::with_capacity(entries.len());
    for entry in entries {
        starts.push(joined.len());
        match entry.get("bytes") {
            Some(Value::Array(bytes)) => {
                for byte in bytes {
                    joined.push(byte.as_u64().and_then(|byte| u8::try_from(byte).ok())?);
                }
            }
            _ => joined.extend(entry.get("token")?.as_str()?.bytes()),
        }
    }
    (joined == text.as_bytes()).then_some(starts)
}

/// The text in groups of so many of its tokens, each ending at the end of a character.
fn cut<'t>(text: &'t str, starts: &[usize], most: usize) -> Vec<&'t str> {
    let whole = starts.iter().copied().filter(|start| *start > 0 && text.is_char_boundary(*start));
    let ends = whole.chain([text.len()]);
    let mut pieces = Vec::new();
    let (mut begin, mut last, mut taken) = (0, 0, 0);
    for end in ends.filter(|end| *end <= text.len()) {
        if end == last {
            continue;
        }
        last = end;
        taken += 1;
        if taken == most || end == text.len() {
            pieces.push(&text[begin..end]);
            (begin, taken) = (end, 0);
        }
    }
    pieces
}
