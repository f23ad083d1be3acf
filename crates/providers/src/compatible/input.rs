//! Calls without messages: all that is said is one field. It is a text, a list of texts, a list of tokens, or a
//! list of such lists.

use super::form;
use serde_json::Value;
use standin_core::dialect::{Asked, Endpoint, Message, text_of};
use standin_core::tokens;
use std::borrow::Cow;

/// What a call asks whose only words are in this field, where it has them.
pub(super) fn asked<'a>(endpoint: Endpoint, body: &'a Value, field: &str, stream: bool) -> Asked<'a> {
    let value = body.get(field).filter(|value| !value.is_null());
    let last = value.map(|value| Message { role: "user", text: text_of(value), value, tool_call_id: None });
    Asked {
        endpoint,
        body,
        model: form::text(body, "model").map(Cow::Borrowed),
        user: last.as_ref().map(|message| message.text.clone()),
        last,
        system: "".into(),
        tools: Vec::new(),
        turns: 0,
        turns_since_user: 0,
        stream,
    }
}

/// The words of such a call, for counting.
pub(super) fn words<'s>(asked: &'s Asked<'_>) -> &'s str {
    asked.user.as_deref().unwrap_or_default()
}

/// How many inputs there are. A list of numbers is the tokens of one.
pub(super) fn inputs(input: &Value) -> usize {
    match input {
        Value::Array(items) if !items.iter().any(Value::is_number) => items.len().max(1),
        _ => 1,
    }
}

/// The tokens of all of them.
pub(super) fn input_tokens(input: &Value) -> usize {
    match input {
        Value::String(text) => tokens::count(text),
        Value::Number(_) => 1,
        Value::Array(items) => items.iter().map(input_tokens).sum(),
        _ => 0,
    }
}
