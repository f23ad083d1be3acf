//! Tokens used by a chat, as OpenAI counts them.

use crate::compatible::pictures;
use serde_json::{Map, Value, json};
use standin_core::dialect::{Asked, Usage, text_of};
use standin_core::stream::json_text;
use standin_core::tokens::count;

/// What an answer used that does not say so.
pub(super) fn counted(object: &Map<String, Value>, asked: &Asked<'_>) -> Value {
    written(&of(object, asked))
}

/// The tokens of a request and its answer.
pub(super) fn of(object: &Map<String, Value>, asked: &Asked<'_>) -> Usage {
    let choices = object.get("choices").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let sum =
        |tokens: fn(&Value) -> usize| choices.iter().map(|choice| tokens(&choice["message"])).sum::<usize>();
    let reasoning = sum(reasoning_tokens);
    Usage {
        input_tokens: prompt_tokens(asked) as u64,
        output_tokens: (sum(message_tokens) + reasoning) as u64,
        cached_tokens: 0,
        reasoning_tokens: reasoning as u64,
    }
}

/// As it stands in the object.
pub(super) fn written(usage: &Usage) -> Value {
    json!({
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens.saturating_add(usage.output_tokens),
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

/// Four tokens around each message, and some around all of them; exact for most text, close for the rest.
fn prompt_tokens(asked: &Asked<'_>) -> usize {
    let list = |field: &str| asked.body[field].as_array().map(Vec::as_slice).unwrap_or_default();
    let messages = list("messages").iter();
    let messages: usize = messages.map(|message| message_tokens(message) + picture_tokens(message) + 4).sum();
    let tools = list("tools").iter().chain(list("functions"));
    let tools: usize = tools.map(|tool| count(&json_text(tool)) + 8).sum();
    messages + tools + if reasons(asked.model.as_deref().unwrap_or_default()) { 2 } else { 3 }
}

/// Whether a model is of the o-series or of gpt-5.
fn reasons(model: &str) -> bool {
    let of_o_series =
        model.strip_prefix('o').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    of_o_series || model.starts_with("gpt-5")
}

/// Tokens of all that a message says and calls.
fn message_tokens(message: &Value) -> usize {
    let text = |value: &Value| value.as_str().map_or(0, count);
    let function = |call: &Value| text(&call["name"]) + text(&call["arguments"]);
    let calls = message["tool_calls"].as_array().map(Vec::as_slice).unwrap_or_default();
    let calls = calls.iter().map(|call| {
        function(&call["function"]) + text(&call["custom"]["name"]) + text(&call["custom"]["input"])
    });
    count(&text_of(&message["content"]))
        + text(&message["refusal"])
        + text(&message["audio"]["transcript"])
        + function(&message["function_call"])
        + calls.sum::<usize>()
}

/// Tokens of the pictures of a message.
fn picture_tokens(message: &Value) -> usize {
    let parts = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    let pictures = parts.iter().filter(|part| part["type"] == "image_url").map(|part| &part["image_url"]);
    pictures.map(|picture| pictures::tokens(picture["url"].as_str(), picture["detail"].as_str())).sum()
}

fn reasoning_tokens(message: &Value) -> usize {
    message["reasoning_content"].as_str().map_or(0, count)
}
