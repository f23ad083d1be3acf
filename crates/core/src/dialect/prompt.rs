//! How long a prompt is.

use super::Asked;
use crate::tokens;
use serde_json::Value;

/// Members of a request that hold what a model reads, whatever the vendor calls it.
const READ: [&str; 10] = [
    "messages",
    "input",
    "prompt",
    "system",
    "instructions",
    "tools",
    "contents",
    "query",
    "documents",
    "suffix",
];

/// Tokens of the texts that a model reads: a close estimate, for whoever needs one number for every vendor. What
/// an answer says of its usage is the dialect's own count.
#[must_use]
pub fn prompt_tokens(asked: &Asked<'_>) -> usize {
    READ.iter().filter_map(|name| asked.body.get(name)).map(texts).sum()
}

fn texts(value: &Value) -> usize {
    match value {
        // What is that long and has no spaces is a file, and no text.
        Value::String(text) if text.len() > 1_000 && !text.contains(' ') => 0,
        Value::String(text) => tokens::count(text),
        Value::Array(items) => items.iter().map(texts).sum(),
        Value::Object(members) => members.values().map(texts).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}
