//! What an object lacks that clients need. What it holds stays.

use super::super::NAMELESS;
use super::kinds::{self, Need};
use super::{ID_LENGTH, echo, is_true, text, usage};
use serde_json::{Map, Value, json};
use standin_core::dialect::{Alphabet, Asked, CREATED, Ids};

/// The object, with everything that clients need: what is sent whole, and what a stream ends with.
pub(super) fn filled(mut object: Value, asked: &Asked<'_>) -> Value {
    let mut ids = asked.ids();
    let Some(members) = object.as_object_mut() else { return object };
    if lacks(members, "id") {
        members.insert("id".to_owned(), ids.next("resp_", Alphabet::Hex, ID_LENGTH).into());
    }
    let status = status(members);
    let body = asked.body;
    add(members, "object", || "response".into());
    add(members, "created_at", || CREATED.into());
    add(members, "status", || status.into());
    if is_true(body, "background") {
        add(members, "background", || true.into());
    }
    add(members, "model", || asked.model.as_deref().unwrap_or(NAMELESS).into());
    add(members, "output", || json!([]));
    add(members, "parallel_tool_calls", || echo::echo(body, "parallel_tool_calls", true.into()));
    add(members, "tool_choice", || echo::echo(body, "tool_choice", "auto".into()));
    add(members, "tools", || echo::tools(body));
    for item in members.get_mut("output").and_then(Value::as_array_mut).into_iter().flatten() {
        fill_item(item, &mut ids);
    }
    if lacks(members, "usage") && members.get("status").is_some_and(|status| status == "completed") {
        let counted = usage::counted(&object, asked);
        object["usage"] = counted;
    }
    object
}

/// How it ended, by what it says of it.
fn status(members: &Map<String, Value>) -> &'static str {
    match (lacks(members, "error"), lacks(members, "incomplete_details")) {
        (false, _) => "failed",
        (true, false) => "incomplete",
        (true, true) => "completed",
    }
}

fn fill_item(item: &mut Value, ids: &mut Ids) {
    let Some(kind) = text(item, "type").and_then(kinds::of) else { return };
    let Some(members) = item.as_object_mut() else { return };
    if lacks(members, "id") {
        members.insert("id".to_owned(), ids.next(kind.prefix, Alphabet::Hex, ID_LENGTH).into());
    }
    for need in kind.needs {
        match need {
            Need::Text(name, text) => add(members, name, || (*text).into()),
            Need::List(name) => add(members, name, || json!([])),
            Need::CallId => add(members, "call_id", || ids.next("call_", Alphabet::Base62, 24).into()),
        }
    }
    for part in members.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
        if text(part, "type") != Some("output_text") {
            continue;
        }
        if let Some(members) = part.as_object_mut() {
            add(members, "annotations", || json!([]));
        }
    }
}

/// Whether a member is not there, or is there to say that nothing is known.
fn lacks(members: &Map<String, Value>, name: &str) -> bool {
    members.get(name).is_none_or(Value::is_null)
}

fn add(members: &mut Map<String, Value>, name: &str, value: impl FnOnce() -> Value) {
    if !members.contains_key(name) {
        members.insert(name.to_owned(), value());
    }
}
