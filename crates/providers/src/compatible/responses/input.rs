//! The items of an input: who made each, and what it says.

use super::{ID_LENGTH, kinds, list, text};
use serde_json::{Map, Value, json};
use standin_core::dialect::{Alphabet, Ids, text_of};
use std::borrow::Cow;

/// The role of an item: a message's own, `tool` for a result, and `assistant` for everything else, since what
/// is neither is an earlier answer that is sent back.
pub(super) fn role(item: &Value) -> &str {
    if let Some(role) = text(item, "role") {
        return role;
    }
    match text(item, "type") {
        Some("message") | None => "user",
        Some("mcp_approval_response") => "tool",
        // Tools that the server looked up itself are no result of the caller's.
        Some("tool_search_output") if text(item, "execution") == Some("server") => "assistant",
        Some(kind) if kind.ends_with("_output") => "tool",
        Some(_) => "assistant",
    }
}

/// The call that an item is the result of.
pub(super) fn call_id(item: &Value) -> Option<&str> {
    if role(item) != "tool" {
        return None;
    }
    // A local shell's result has its call's id as its own.
    ["call_id", "approval_request_id", "id"].into_iter().find_map(|member| text(item, member))
}

/// What an item says: a message its parts, a result what came out.
pub(super) fn said(item: &Value) -> Cow<'_, str> {
    match item {
        Value::String(text) => Cow::Borrowed(text),
        item if role(item) == "tool" => item.get("output").map_or(Cow::Borrowed(""), text_of),
        item => item.get("content").map_or(Cow::Borrowed(""), text_of),
    }
}

/// The items of a request's input as they are listed: with ids, and messages in full. The same request has the
/// same ids, which are none of its answer's.
pub(super) fn listed(body: &Value) -> Vec<Value> {
    let mut ids = Ids::of(format!("input of {body}").as_bytes());
    match body.get("input") {
        Some(Value::String(text)) => {
            vec![listed_item(&json!({"type": "message", "role": "user", "content": text}), &mut ids)]
        }
        _ => list(body, "input").iter().map(|item| listed_item(item, &mut ids)).collect(),
    }
}

fn listed_item(item: &Value, ids: &mut Ids) -> Value {
    let Value::Object(members) = item else { return item.clone() };
    let message = members.contains_key("role");
    let kind = text(item, "type").unwrap_or("message");
    let mut listed = Map::new();
    let id = members.get("id").filter(|id| !id.is_null()).cloned();
    listed.insert("id".to_owned(), id.unwrap_or_else(|| made_up(kind, ids)));
    if message {
        listed.insert("type".to_owned(), kind.into());
        listed.insert("status".to_owned(), "completed".into());
    }
    for (name, value) in members.iter().filter(|(name, _)| *name != "id") {
        let value = match value {
            Value::String(said) if message && name == "content" => json!([part(said, role(item))]),
            value => value.clone(),
        };
        listed.insert(name.clone(), value);
    }
    Value::Object(listed)
}

fn part(said: &str, role: &str) -> Value {
    if role == "assistant" {
        json!({"type": "output_text", "annotations": [], "logprobs": [], "text": said})
    } else {
        json!({"type": "input_text", "text": said})
    }
}

fn made_up(kind: &str, ids: &mut Ids) -> Value {
    let prefix = match kind {
        // A result is listed beside its call, with the same prefix.
        "function_call_output" => "fc_",
        "custom_tool_call_output" => "ctc_",
        "computer_call_output" => "cu_",
        kind => kinds::of(kind).map_or("msg_", |kind| kind.prefix),
    };
    ids.next(prefix, Alphabet::Hex, ID_LENGTH).into()
}
