//! The events that a message is put together from.

use super::{block, usage};
use serde_json::{Map, Value, json};
use standin_core::dialect::{Alphabet, Asked, Options};
use std::mem::take;

/// The events in order, each an object with its `type`.
pub(super) fn events(object: Value, asked: &Asked<'_>, options: &Options) -> Vec<Value> {
    let mut message = completed(object, asked);
    let usage = usage::completed(&message, asked);
    message.insert("usage".to_owned(), usage::at_start(&usage));
    let blocks = match message.insert("content".to_owned(), json!([])) {
        Some(Value::Array(blocks)) => blocks,
        Some(Value::String(text)) => vec![json!({"type": "text", "text": text})],
        _ => Vec::new(),
    };
    let end = message_delta(&mut message, usage::at_end(&usage));

    let mut events = vec![event("message_start", [("message", Value::Object(message))])];
    for (index, block) in blocks.into_iter().enumerate() {
        let at = || ("index", json!(index));
        let (start, deltas) = block::taken_apart(block, options);
        events.push(event("content_block_start", [at(), ("content_block", start)]));
        if index == 0 {
            events.push(event("ping", []));
        }
        let growth = deltas.into_iter().map(|delta| event("content_block_delta", [at(), ("delta", delta)]));
        events.extend(growth);
        events.push(event("content_block_stop", [at()]));
    }
    events.extend([end, event("message_stop", [])]);
    events
}

fn event(kind: &str, members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    let kind = [("type", json!(kind))];
    kind.into_iter().chain(members).map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The message with all that clients take for granted in a stream.
fn completed(object: Value, asked: &Asked<'_>) -> Map<String, Value> {
    let written = match object {
        Value::Object(written) => written,
        _ => Map::new(),
    };
    let mut message = Map::new();
    for key in ["id", "type", "role", "model"] {
        if !written.contains_key(key) {
            let made_up = match key {
                "id" => json!(asked.ids().next("msg_01", Alphabet::Base62, 22)),
                "type" => json!("message"),
                "role" => json!("assistant"),
                _ => json!(asked.model),
            };
            message.insert(key.to_owned(), made_up);
        }
    }
    message.extend(written);
    if !message.contains_key("stop_reason") {
        let reason = usual_stop_reason(message.get("content"));
        message.insert("stop_reason".to_owned(), json!(reason));
    }
    message.entry("stop_sequence").or_insert(Value::Null);
    message
}

/// Why a model stops after this content, where nothing is written about it.
pub(super) fn usual_stop_reason(content: Option<&Value>) -> &'static str {
    let mut blocks = content.and_then(Value::as_array).into_iter().flatten();
    if blocks.any(|block| block["type"] == "tool_use") { "tool_use" } else { "end_turn" }
}

/// The event that tells what only the end of a stream tells. The message is left with nulls, and without what
/// only betas have.
fn message_delta(message: &mut Map<String, Value>, usage: Value) -> Value {
    let mut told = |key: &str| message.get_mut(key).map(take);
    let mut delta = Map::new();
    for key in ["stop_reason", "stop_sequence", "stop_details"] {
        delta.extend(told(key).map(|value| (key.to_owned(), value)));
    }
    let container = told("container").filter(|value| !value.is_null());
    delta.extend(container.map(|value| ("container".to_owned(), value)));
    let context_management = match message.get("context_management") {
        // SDKs put nothing in the place of a null.
        None | Some(Value::Null) => None,
        Some(_) => message.shift_remove("context_management"),
    };

    let members = [("delta", Value::Object(delta)), ("usage", usage)];
    let context_management = context_management.map(|value| ("context_management", value));
    event("message_delta", members.into_iter().chain(context_management))
}
