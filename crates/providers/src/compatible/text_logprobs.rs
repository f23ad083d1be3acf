//! Logprobs of legacy Completions: lists side by side, an entry of each for every token.

use serde_json::{Map, Value};
use standin_core::dialect::Options;
use standin_core::tokens::Split;

/// The logprobs of a choice; nothing where the choice has no such field.
#[derive(Debug)]
pub(super) struct TextLogprobs(Option<Value>);

// === impl TextLogprobs ===

impl TextLogprobs {
    pub(super) fn of(written: Option<Value>) -> Self {
        TextLogprobs(written)
    }

    /// All of them.
    pub(super) fn whole(&self) -> Option<Value> {
        self.0.clone()
    }

    /// The pieces of a text, and the logprobs of each. All are with the first piece where the tokens are not the
    /// text, or where it is to be cut otherwise.
    pub(super) fn pieces(&self, text: &str, options: &Options) -> Vec<(String, Option<Value>)> {
        if let Some(pieces) = self.aligned(text, options) {
            return pieces;
        }
        let none = self.0.as_ref().map(|_| Value::Null);
        let mut pieces: Vec<_> =
            options.pieces(text, 1).into_iter().map(|piece| (piece.to_owned(), none.clone())).collect();
        if let Some((_, first)) = pieces.first_mut() {
            *first = self.whole();
        }
        pieces
    }

    fn aligned(&self, text: &str, options: &Options) -> Option<Vec<(String, Option<Value>)>> {
        let lists = self.0.as_ref()?.as_object()?;
        let most = match options.split {
            None => 1,
            Some(Split::Tokens(most)) => most.max(1),
            Some(_) => return None,
        };
        let tokens: Vec<&str> =
            lists.get("tokens")?.as_array()?.iter().map(Value::as_str).collect::<Option<_>>()?;
        if text.is_empty() || tokens.iter().any(|token| token.is_empty()) || tokens.concat() != text {
            return None;
        }
        let of = |from: usize, to: usize| Value::Object(part(lists, tokens.len(), from, to));
        let starts = (0..tokens.len()).step_by(most);
        let pieces = starts.map(|from| (from, tokens.len().min(from + most)));
        Some(pieces.map(|(from, to)| (tokens[from..to].concat(), Some(of(from, to)))).collect())
    }
}

/// Some entries of each list; what is no list of this length is with the first of them.
fn part(lists: &Map<String, Value>, length: usize, from: usize, to: usize) -> Map<String, Value> {
    let entries = |value: &Value| match value {
        Value::Array(entries) if entries.len() == length => Some(entries[from..to].into()),
        other => (from == 0 || other.is_null()).then(|| other.clone()),
    };
    lists.iter().filter_map(|(name, value)| Some((name.clone(), entries(value)?))).collect()
}
