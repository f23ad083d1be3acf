//! Log probabilities that nobody wrote, in the form of each endpoint.

use super::chunks::object_of;
use serde_json::{Map, Value, json};
use standin_core::simulate::{Likely, likelihoods};
use std::fmt::Write;

/// The most alternatives of a token that the vendor gives.
const MOST: u64 = 20;

/// How many alternatives a member asks for.
pub(super) fn alternatives(asked: &Value) -> usize {
    usize::try_from(asked.as_u64().unwrap_or_default().min(MOST)).unwrap_or_default()
}

/// An entry for each token of a text, as Chat Completions and Responses have them.
pub(super) fn entries(text: &str, alternatives: usize) -> Vec<Value> {
    let entry = |Likely { bytes, logprob, alternatives }: Likely| {
        let others = alternatives.iter().map(|(bytes, logprob)| Value::Object(named(bytes, *logprob)));
        let others = others.collect();
        let mut entry = named(&bytes, logprob);
        entry.insert("top_logprobs".to_owned(), others);
        Value::Object(entry)
    };
    likelihoods(text, alternatives).into_iter().map(entry).collect()
}

/// The same without alternatives, as transcriptions have them.
pub(super) fn bare_entries(text: &str) -> Vec<Value> {
    likelihoods(text, 0).into_iter().map(|token| named(&token.bytes, token.logprob).into()).collect()
}

fn named(bytes: &[u8], logprob: f64) -> Map<String, Value> {
    object_of([("token", shown(bytes, "").into()), ("logprob", logprob.into()), ("bytes", bytes.into())])
}

/// The lists of legacy Completions. The first token of a prompt that is repeated follows nothing, so that it has
/// no probability.
pub(super) fn lists(text: &str, alternatives: usize, offset: usize, begins: bool) -> Value {
    let all = likelihoods(text, alternatives);
    let mut at = offset;
    let (mut tokens, mut logprobs, mut tops, mut offsets) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, token) in all.iter().enumerate() {
        let known = place > 0 || !begins;
        tokens.push(shown(&token.bytes, "bytes:").into());
        logprobs.push(if known { token.logprob.into() } else { Value::Null });
        let top = || {
            let each =
                token.alternatives.iter().map(|(bytes, logprob)| (shown(bytes, "bytes:"), json!(logprob)));
            Value::Object(each.collect())
        };
        tops.push(if known { top() } else { Value::Null });
        offsets.push(Value::from(at));
        // A character counts where it begins.
        at += token.bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
    }
    json!({
        "tokens": Value::Array(tokens),
        "token_logprobs": Value::Array(logprobs),
        "top_logprobs": if alternatives > 0 { Value::Array(tops) } else { Value::Null },
        "text_offset": Value::Array(offsets),
    })
}

/// A token as a text. One that is a part of a character is shown by its bytes.
fn shown(bytes: &[u8], prefix: &str) -> String {
    std::str::from_utf8(bytes).map_or_else(
        |_| {
            bytes.iter().fold(prefix.to_owned(), |mut shown, byte| {
                // Writing to a string cannot fail.
                let _ = write!(shown, "\\x{byte:02x}");
                shown
            })
        },
        str::to_owned,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_characters_are_shown_by_their_bytes() {
        let entries = entries("é👩‍👧", 1);
        let bytes = entries
            .iter()
            .flat_map(|entry| entry["bytes"].as_array().unwrap())
            .map(|byte| byte.as_u64().unwrap() as u8);
        assert_eq!(String::from_utf8(bytes.collect()).unwrap(), "é👩‍👧");
        assert!(entries.iter().any(|entry| entry["token"].as_str().unwrap().starts_with("\\x")));
    }

    #[test]
    fn lists_have_an_entry_for_each_token() {
        let lists = lists("Hello thé re", 2, 5, true);
        let length = lists["tokens"].as_array().unwrap().len();
        for name in ["token_logprobs", "top_logprobs", "text_offset"] {
            assert_eq!(lists[name].as_array().unwrap().len(), length);
        }
        assert_eq!((&lists["token_logprobs"][0], &lists["top_logprobs"][0]), (&Value::Null, &Value::Null));
        assert_eq!((&lists["text_offset"][0], &lists["text_offset"][1]), (&json!(5), &json!(10)));
        assert_eq!(lists["top_logprobs"][1].as_object().unwrap().len(), 2);
        let last = lists["text_offset"][length - 1].as_u64().unwrap() as usize;
        let end = lists["tokens"][length - 1].as_str().unwrap().chars().count();
        assert_eq!(last + end, 5 + "Hello thé re".chars().count());
    }
}
