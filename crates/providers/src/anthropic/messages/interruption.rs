//! How a stream breaks off: with an error, or as a message that stays incomplete.

use super::usage;
use crate::anthropic::error;
use bytes::Bytes;
use serde_json::{Value, json};
use standin_core::dialect::Failure;
use standin_core::shape::Interruption;
use standin_core::stream::{sse_event, sse_json};
use standin_core::tokens::count;

/// Why a message ends that stays incomplete, where no code says why.
const TOO_LONG: &str = "max_tokens";

pub(in crate::anthropic) fn interruption(how: Interruption, failure: &Failure, before: &[Bytes]) -> Bytes {
    match how {
        Interruption::Error | Interruption::Failed => {
            let mut error = error::failure(failure);
            if let Value::Object(members) = &mut error {
                // The request has the id that the head of the answer gave it.
                members.shift_remove("request_id");
            }
            sse_event(Some("error"), &error)
        }
        Interruption::Incomplete => ended(failure, before),
    }
}

/// The events that end a message before its time: those that its open block and SDKs need.
fn ended(failure: &Failure, before: &[Bytes]) -> Bytes {
    let mut open = None;
    let mut used = Value::Null;
    let mut said = String::new();
    for event in before.iter().filter_map(|frame| sse_json(frame)) {
        match event["type"].as_str() {
            Some("message_start") => used = event["message"]["usage"].clone(),
            Some("content_block_start") => open = Some(event["index"].clone()),
            Some("content_block_stop") => open = None,
            Some("content_block_delta") => {
                let deltas = ["text", "thinking", "partial_json"];
                said.extend(deltas.iter().filter_map(|member| event["delta"][*member].as_str()));
            }
            _ => {}
        }
    }
    if !used.is_object() {
        used = json!({"input_tokens": 0});
    }
    used["output_tokens"] = json!(count(&said).max(1));
    let reason = failure.code.as_deref().and_then(Value::as_str).unwrap_or(TOO_LONG);
    let stop = open.map(|index| json!({"type": "content_block_stop", "index": index}));
    let delta = json!({
        "type": "message_delta",
        "delta": {"stop_reason": reason, "stop_sequence": null},
        "usage": usage::at_end(&used),
    });
    let events = stop.into_iter().chain([delta, json!({"type": "message_stop"})]);
    events.map(|event| sse_event(event["type"].as_str(), &event)).collect::<Vec<_>>().concat().into()
}
