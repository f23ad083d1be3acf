//! A prompt or an input: a text, a list of texts, a list of tokens, or a list of such lists.

use serde_json::Value;
use standin_core::dialect::{Asked, Endpoint, Message, text_of};
use standin_core::tokens;

/// What is asked by a request whose whole conversation is one input, in this field.
pub(super) fn asked<'a>(endpoint: Endpoint, body: &'a Value, field: &str) -> Asked<'a> {
    let last = body.get(field).map(|value| Message {
        role: "user",
        text: text_of(value),
        value,
        tool_call_id: None,
    });
    Asked {
        endpoint,
        body,
        model: body["model"].as_str().map(Into::into),
        user: last.as_ref().map(|message| message.text.clone()),
        last,
        system: "".into(),
        tools: Vec::new(),
        turns: 0,
        turns_since_user: 0,
        stream: body["stream"] == Value::Bool(true),
    }
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
