//! What completions, chats, responses and embeddings ask of their requests.

use super::decode::{Known, Shape, undecodable};
use super::{Found, Object, member, need, unstreamed};
use crate::bifrost::ErrorObject;
use serde_json::Value;

pub(super) const COMPLETIONS: Known = &[
    ("prompt", Shape::TextOrTexts),
    ("best_of", Shape::Whole),
    ("echo", Shape::Flag),
    ("frequency_penalty", Shape::Number),
    ("logit_bias", Shape::Object),
    ("logprobs", Shape::Whole),
    ("max_tokens", Shape::Whole),
    ("n", Shape::Whole),
    ("presence_penalty", Shape::Number),
    ("seed", Shape::Whole),
    ("stop", Shape::TextOrTexts),
    ("suffix", Shape::Text),
    ("stream_options", Shape::Object),
    ("temperature", Shape::Number),
    ("top_p", Shape::Number),
    ("user", Shape::Text),
];

pub(super) const CHAT: Known = &[
    ("messages", Shape::Objects),
    ("frequency_penalty", Shape::Number),
    ("logit_bias", Shape::Object),
    ("logprobs", Shape::Flag),
    ("max_completion_tokens", Shape::Whole),
    ("max_tokens", Shape::Whole),
    ("metadata", Shape::Object),
    ("modalities", Shape::Texts),
    ("parallel_tool_calls", Shape::Flag),
    ("presence_penalty", Shape::Number),
    ("prompt_cache_key", Shape::Text),
    ("reasoning", Shape::Object),
    ("reasoning_effort", Shape::Text),
    ("safety_identifier", Shape::Text),
    ("seed", Shape::Whole),
    ("service_tier", Shape::Text),
    ("stop", Shape::TextOrTexts),
    ("store", Shape::Flag),
    ("stream_options", Shape::Object),
    ("temperature", Shape::Number),
    ("tool_choice", Shape::TextOrObject),
    ("tools", Shape::Objects),
    ("top_logprobs", Shape::Whole),
    ("top_p", Shape::Number),
    ("user", Shape::Text),
    ("verbosity", Shape::Text),
];

pub(super) const RESPONSES: Known = &[
    ("input", Shape::TextOrObjects),
    ("background", Shape::Flag),
    ("conversation", Shape::TextOrObject),
    ("include", Shape::Texts),
    ("instructions", Shape::TextOrList),
    ("max_output_tokens", Shape::Whole),
    ("max_tool_calls", Shape::Whole),
    ("metadata", Shape::Object),
    ("parallel_tool_calls", Shape::Flag),
    ("previous_response_id", Shape::Text),
    ("prompt_cache_key", Shape::Text),
    ("reasoning", Shape::Object),
    ("safety_identifier", Shape::Text),
    ("service_tier", Shape::Text),
    ("store", Shape::Flag),
    ("temperature", Shape::Number),
    ("text", Shape::Object),
    ("top_logprobs", Shape::Whole),
    ("top_p", Shape::Number),
    ("tool_choice", Shape::TextOrObject),
    ("tools", Shape::Objects),
    ("truncation", Shape::Text),
];

pub(super) const EMBEDDINGS: Known =
    &[("input", Shape::Embeddable), ("encoding_format", Shape::Text), ("dimensions", Shape::Whole)];

/// Members of a chat that can be said in two ways: at the top, and in `reasoning`.
const REASONED: [(&str, &str); 2] = [("reasoning_effort", "effort"), ("reasoning_max_tokens", "max_tokens")];

pub(super) fn completions(body: &Object) -> Found {
    need(member(body, "prompt").is_some(), "prompt is required for text completion")?;
    unstreamed(body, "text completions")
}

/// Refuses a chat that says the same of its reasoning twice.
pub(super) fn reasoned_once(body: &Object) -> Result<(), ErrorObject> {
    let reasoning = body.get("reasoning").and_then(Value::as_object);
    let twice = REASONED.into_iter().find(|(top, inner)| {
        member(body, top).is_some() && reasoning.is_some_and(|reasoning| member(reasoning, inner).is_some())
    });
    match twice {
        Some((top, inner)) => Err(undecodable(&format!(
            "both `{top}` and `reasoning.{inner}` are present: leave one of them out"
        ))),
        None => Ok(()),
    }
}

pub(super) fn chat(body: &Object) -> Found {
    need(is_filled(body, "messages"), "messages is required for chat completion")?;
    unstreamed(body, "chat completions")
}

pub(super) fn responses(body: &Object) -> Found {
    let input = body.get("input").is_some_and(Value::is_string) || is_filled(body, "input");
    need(input, "input is required for responses")?;
    unstreamed(body, "responses")
}

pub(super) fn embeddings(body: &Object) -> Found {
    need(member(body, "input").is_some(), "input is required for embeddings")
}

fn is_filled(body: &Object, name: &str) -> bool {
    body.get(name).and_then(Value::as_array).is_some_and(|list| !list.is_empty())
}
