//! Responses and messages, each as the other: a job of one path may be asked for at another.

use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// A result as the API's own paths tell it: a message is told as a response, with what was told beside.
#[must_use]
pub fn native_result(result: &[u8], created: i64) -> Cow<'_, [u8]> {
    response(result, created)
}

/// A result as a response.
pub(super) fn response(result: &[u8], created: i64) -> Cow<'_, [u8]> {
    match parsed(result) {
        Some(message) if message.get("type").is_some_and(|kind| kind == "message") => {
            Cow::Owned(response_of(&message, created).to_string().into_bytes())
        }
        _ => Cow::Borrowed(result),
    }
}

/// A result as a message, without what the API tells beside: a message has no place for it.
pub(super) fn message(result: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut object) = parsed(result) else { return Cow::Borrowed(result) };
    if object.get("object").is_some_and(|kind| kind == "response") {
        return Cow::Owned(message_of(&object).to_string().into_bytes());
    }
    match object.shift_remove("extra_fields") {
        Some(_) => Cow::Owned(Value::Object(object).to_string().into_bytes()),
        None => Cow::Borrowed(result),
    }
}

fn parsed(result: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(result).ok()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(object: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn count(usage: &Value, name: &str) -> u64 {
    usage.get(name).and_then(Value::as_u64).unwrap_or_default()
}

fn response_of(message: &Map<String, Value>, created: i64) -> Value {
    let member = |name: &str| message.get(name).cloned().unwrap_or(Value::Null);
    let cut = match message.get("stop_reason").and_then(Value::as_str) {
        Some("max_tokens" | "model_context_window_exceeded") => Some("max_output_tokens"),
        Some("refusal") => Some("content_filter"),
        _ => None,
    };
    let status = if cut.is_some() { "incomplete" } else { "completed" };
    let id = message.get("id").and_then(Value::as_str).unwrap_or_default();
    let usage = member("usage");
    // A message counts what is cached apart, a response within the input.
    let cached = count(&usage, "cache_read_input_tokens");
    let input = ["input_tokens", "cache_creation_input_tokens"].map(|name| count(&usage, name));
    let input = input.into_iter().fold(cached, u64::saturating_add);
    let output = count(&usage, "output_tokens");
    let mut response = json!({
        "id": id,
        "object": "response",
        "created_at": created,
        "status": status,
        "error": null,
        "incomplete_details": cut.map(|reason| json!({"reason": reason})),
        "model": member("model"),
        "output": items(id, status, list(message, "content")),
        "parallel_tool_calls": true,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": input,
            "input_tokens_details": {"cached_tokens": cached},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input.saturating_add(output),
        },
    });
    if let Some(extra) = message.get("extra_fields") {
        response["extra_fields"] = extra.clone();
    }
    response
}

/// The blocks of a message as items: texts next to each other are one.
fn items(id: &str, status: &str, blocks: &[Value]) -> Vec<Value> {
    let mut items: Vec<Value> = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        match text(block, "type") {
            "text" => {
                let part = json!({"type": "output_text", "annotations": [], "text": text(block, "text")});
                let open =
                    items.last_mut().and_then(|last| last.get_mut("content")).and_then(Value::as_array_mut);
                match open {
                    Some(parts) => parts.push(part),
                    None => items.push(json!({
                        "id": format!("{id}_{at}"),
                        "type": "message",
                        "status": status,
                        "role": "assistant",
                        "content": [part],
                    })),
                }
            }
            "thinking" => items.push(json!({
                "id": format!("{id}_{at}"),
                "type": "reasoning",
                "summary": [{"type": "summary_text", "text": text(block, "thinking")}],
            })),
            "tool_use" => items.push(json!({
                "id": format!("{id}_{at}"),
                "type": "function_call",
                "status": status,
                "arguments": block.get("input").unwrap_or(&json!({})).to_string(),
                "call_id": text(block, "id"),
                "name": text(block, "name"),
            })),
            // What only one of the two can say is left out.
            _ => {}
        }
    }
    items
}

fn message_of(response: &Map<String, Value>) -> Value {
    let member = |name: &str| response.get(name).cloned().unwrap_or(Value::Null);
    let content: Vec<Value> = list(response, "output").iter().flat_map(blocks).collect();
    let cut = response.get("incomplete_details").map(|details| text(details, "reason")).unwrap_or_default();
    let stop = match cut {
        "max_output_tokens" => "max_tokens",
        "content_filter" => "refusal",
        _ if content.iter().any(|block| text(block, "type") == "tool_use") => "tool_use",
        _ => "end_turn",
    };
    let usage = member("usage");
    let cached = usage.get("input_tokens_details").map_or(0, |details| count(details, "cached_tokens"));
    json!({
        "id": member("id"),
        "type": "message",
        "role": "assistant",
        "content": content,
        "model": member("model"),
        "stop_reason": stop,
        "stop_sequence": null,
        "usage": {
            "input_tokens": count(&usage, "input_tokens").saturating_sub(cached),
            "cache_read_input_tokens": cached,
            "output_tokens": count(&usage, "output_tokens"),
        },
    })
}

/// The blocks of an item.
fn blocks(item: &Value) -> Vec<Value> {
    let parts = |name: &str| item.get(name).and_then(Value::as_array).into_iter().flatten();
    match text(item, "type") {
        "message" => parts("content")
            .filter_map(|part| match text(part, "type") {
                "output_text" => Some(json!({"type": "text", "text": text(part, "text")})),
                "refusal" => Some(json!({"type": "text", "text": text(part, "refusal")})),
                _ => None,
            })
            .collect(),
        "reasoning" => parts("summary")
            .map(|part| json!({"type": "thinking", "thinking": text(part, "text"), "signature": ""}))
            .collect(),
        "function_call" => {
            let input = serde_json::from_str(text(item, "arguments")).ok().filter(Value::is_object);
            let id = item.get("call_id").or_else(|| item.get("id")).cloned().unwrap_or(Value::Null);
            vec![json!({
                "type": "tool_use",
                "id": id,
                "name": text(item, "name"),
                "input": input.unwrap_or_else(|| json!({})),
            })]
        }
        _ => Vec::new(),
    }
}
