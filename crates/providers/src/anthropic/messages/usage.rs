//! Tokens used, as a message states them: whole, at the start of a stream and at its end.

use super::count;
use serde_json::{Map, Value, json};
use standin_core::dialect::{Asked, Usage};

/// What the start of a stream does not know yet, and its end carries.
const TOLD_LATE: [&str; 3] = ["output_tokens_details", "server_tool_use", "iterations"];

/// The usage of a message that says nothing about it.
pub(super) fn counted(content: Option<&Value>, asked: &Asked<'_>) -> Value {
    let content = content.unwrap_or(&Value::Null);
    stated(&Usage {
        input_tokens: count::request_tokens(asked.body),
        output_tokens: count::answer_tokens(content),
        cached_tokens: 0,
        reasoning_tokens: count::thinking_tokens(content),
    })
}

/// The vendor's object: tokens from a cache are not among the tokens of the input.
pub(super) fn stated(usage: &Usage) -> Value {
    let mut stated = json!({
        "input_tokens": usage.input_tokens.saturating_sub(usage.cached_tokens),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": usage.cached_tokens,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": usage.output_tokens,
        "service_tier": "standard",
        "inference_geo": "not_available",
    });
    if usage.reasoning_tokens > 0 {
        stated["output_tokens_details"] = json!({"thinking_tokens": usage.reasoning_tokens});
    }
    stated
}

/// The usage of a message that is streamed: SDKs fail on an end without the tokens of the answer.
pub(super) fn completed(message: &Map<String, Value>, asked: &Asked<'_>) -> Value {
    let content = message.get("content");
    let mut usage = match message.get("usage") {
        Some(written @ Value::Object(_)) => written.clone(),
        _ => counted(content, asked),
    };
    if usage["output_tokens"].is_null() {
        usage["output_tokens"] = json!(count::answer_tokens(content.unwrap_or(&Value::Null)));
    }
    usage
}

/// What is known at the start: all that the end cannot say, and one token said. What is null is known.
pub(super) fn at_start(usage: &Value) -> Value {
    let all = usage.as_object().into_iter().flatten();
    let known = all.filter(|(key, value)| value.is_null() || !TOLD_LATE.contains(&key.as_str()));
    known
        .map(|(key, value)| match value.as_u64() {
            Some(tokens) if key == "output_tokens" => (key.clone(), json!(tokens.min(1))),
            _ => (key.clone(), value.clone()),
        })
        .collect()
}

/// What is known at the end, in total: SDKs put it in the place of what was known at the start.
pub(super) fn at_end(usage: &Value) -> Value {
    let totals = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens"];
    totals
        .into_iter()
        .chain(TOLD_LATE)
        .filter(|key| !usage[*key].is_null())
        .map(|key| (key.to_owned(), usage[key].clone()))
        .collect()
}
