//! The events that a response is put together from.

mod events;
mod item;
mod parts;
mod private;

use super::{list, text};
use bytes::Bytes;
use events::Events;
use serde_json::{Map, Value, json};
use standin_core::dialect::Options;

/// What is streamed, and how.
pub(super) struct Streamed<'a> {
    /// The object, which lacks nothing.
    pub(super) object: &'a Value,
    /// Whether it was asked for in the background.
    pub(super) background: bool,
    /// How it is cut.
    pub(super) options: &'a Options,
}

/// The frames of a stream, from `response.created` to the one that ends it.
pub(super) fn frames(streamed: &Streamed<'_>) -> Vec<Bytes> {
    let Streamed { object: stored, background, options } = *streamed;
    let object = published(stored.clone());
    let mut events = Events::new(options.obfuscation);
    let first = if background { "queued" } else { "in_progress" };
    events.send("response.created", [("response", begun(&object, first))]);
    if background {
        events.send("response.queued", [("response", begun(&object, first))]);
    }
    events.send("response.in_progress", [("response", begun(&object, "in_progress"))]);
    for (index, (stored, item)) in list(stored, "output").iter().zip(list(&object, "output")).enumerate() {
        item::stream(stored, item, index, options, &mut events);
    }
    let last = match text(&object, "status") {
        Some("incomplete") => "response.incomplete",
        Some("failed") => {
            if let Some(error) = object.get("error").filter(|error| !error.is_null()) {
                events.send("error", [("error", nested(error))]);
            }
            "response.failed"
        }
        // The object that ends a stream is the one that SDKs hand out, whatever it says of itself.
        _ => "response.completed",
    };
    events.send(last, [("response", object)]);
    events.into_frames()
}

/// A response that is not done: nothing of its answer is known.
pub(super) fn begun(object: &Value, status: &str) -> Value {
    let mut begun = Map::new();
    for (name, value) in object.as_object().into_iter().flatten() {
        let value = match (name.as_str(), value) {
            ("output", _) => json!([]),
            ("status", _) => status.into(),
            ("usage" | "error" | "incomplete_details" | "completed_at", _) => Value::Null,
            // What SDKs add to the objects that they hand out, should somebody have written one down.
            ("output_text", Value::String(_)) => "".into(),
            // Which tier it is is known at the end.
            ("service_tier", Value::String(_)) if matches!(status, "queued" | "in_progress") => "auto".into(),
            (_, value) => value.clone(),
        };
        begun.insert(name.clone(), value);
    }
    for name in ["error", "incomplete_details", "usage"] {
        begun.entry(name).or_insert(Value::Null);
    }
    Value::Object(begun)
}

/// The object without what was written for its stream alone: images that are not finished.
pub(super) fn published(mut object: Value) -> Value {
    for item in object.get_mut("output").and_then(Value::as_array_mut).into_iter().flatten() {
        if text(item, "type") == Some("image_generation_call")
            && let Some(members) = item.as_object_mut()
        {
            members.shift_remove("partial_images");
        }
    }
    object
}

/// An error as an event holds it: with its type.
fn nested(error: &Value) -> Value {
    let code = text(error, "code");
    let kind = text(error, "type").unwrap_or(match code {
        Some(code @ ("server_error" | "insufficient_quota")) => code,
        Some("rate_limit_exceeded") => "requests",
        _ => "invalid_request_error",
    });
    json!({
        "type": kind,
        "code": error.get("code"),
        "message": error.get("message"),
        "param": error.get("param"),
    })
}
