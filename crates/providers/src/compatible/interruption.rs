//! How a stream breaks off in the vendor's words. The answer has begun, so that it is the model that fails and not
//! what stands before it: errors are in the form that the model's own have.

use super::{NAMELESS, error, responses};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use standin_core::dialect::{CREATED, Endpoint, Failure};
use standin_core::shape::Interruption;
use standin_core::stream::{sse_event, sse_json, sse_text};
use std::collections::BTreeMap;

pub(super) fn interruption(
    endpoint: Endpoint,
    how: Interruption,
    failure: &Failure,
    before: &[Bytes],
) -> Option<Bytes> {
    match (endpoint, how) {
        (Endpoint::Chat | Endpoint::Completions, Interruption::Incomplete) => {
            Some(ended(endpoint, failure, before))
        }
        (Endpoint::Responses, how) => Some(responses::interruption(how, failure, before)),
        (
            Endpoint::Chat | Endpoint::Completions | Endpoint::Speech | Endpoint::Transcriptions,
            Interruption::Error | Interruption::Failed | Interruption::Incomplete,
        ) => Some(sse_event(None, &error::failure(failure))),
        (Endpoint::Images | Endpoint::ImageEdits, _) => {
            let mut event = json!({"type": "error"});
            event["error"] = error::failure(failure)["error"].take();
            Some(sse_event(Some("error"), &event))
        }
        _ => None,
    }
}

/// Why a choice ends that stays incomplete, where no code says why.
const TOO_LONG: &str = "length";

/// The chunks that end all choices which have not ended, and the end of the stream.
fn ended(endpoint: Endpoint, failure: &Failure, before: &[Bytes]) -> Bytes {
    let mut open: BTreeMap<u64, bool> = BTreeMap::new();
    let mut last = None;
    for chunk in before.iter().filter_map(|frame| sse_json(frame)) {
        let choices = chunk["choices"].as_array().map(Vec::as_slice).unwrap_or_default();
        for choice in choices {
            let is_open = open.entry(choice["index"].as_u64().unwrap_or(0)).or_insert(true);
            *is_open &= choice["finish_reason"].is_null();
        }
        if !choices.is_empty() {
            last = Some(chunk);
        }
    }
    let chunk = last.unwrap_or_else(|| {
        open.insert(0, true);
        first(endpoint)
    });
    let reason = failure.code.as_deref().and_then(Value::as_str).unwrap_or(TOO_LONG);
    let indices = open.into_iter().filter(|(_, is_open)| *is_open).map(|(index, _)| index);
    let choices = indices.map(|index| match endpoint {
        Endpoint::Completions => {
            json!({"text": "", "index": index, "logprobs": null, "finish_reason": reason})
        }
        _ => json!({"index": index, "delta": {}, "finish_reason": reason}),
    });
    let frames = choices.map(|choice| sse_event(None, &with_choice(&chunk, &choice)));
    frames.chain([sse_text(None, "[DONE]")]).collect::<Vec<_>>().concat().into()
}

/// A chunk like another one, with this choice alone.
fn with_choice(chunk: &Value, choice: &Value) -> Value {
    let mut like = Map::new();
    for (name, value) in chunk.as_object().into_iter().flatten() {
        match name.as_str() {
            "choices" => drop(like.insert(name.clone(), json!([choice]))),
            "usage" => drop(like.insert(name.clone(), Value::Null)),
            // Padding is each chunk's own.
            "obfuscation" => {}
            _ => drop(like.insert(name.clone(), value.clone())),
        }
    }
    Value::Object(like)
}

/// What a stream begins with that breaks off before it has.
fn first(endpoint: Endpoint) -> Value {
    let (id, object) = match endpoint {
        Endpoint::Completions => ("cmpl-0", "text_completion"),
        _ => ("chatcmpl-0", "chat.completion.chunk"),
    };
    json!({"id": id, "object": object, "created": CREATED, "model": NAMELESS, "choices": []})
}
