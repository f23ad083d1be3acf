//! How a stream of events breaks off: with an error and a response that has failed, or with one that stays
//! incomplete. Either is the response that began, with the items that are there by then.

use super::text;
use crate::compatible::error;
use bytes::Bytes;
use serde_json::{Value, json};
use standin_core::dialect::{CREATED, Failure, text_of};
use standin_core::shape::Interruption;
use standin_core::stream::{sse_event, sse_json};
use standin_core::tokens::count;
use std::collections::BTreeMap;

/// What the events so far have told.
#[derive(Debug, Default)]
struct Told {
    response: Value,
    /// Items by their place.
    items: BTreeMap<u64, Value>,
    /// The number of the next event.
    next: u64,
}

pub(in crate::compatible) fn interruption(how: Interruption, failure: &Failure, before: &[Bytes]) -> Bytes {
    let mut told = Told::default();
    before.iter().filter_map(|frame| sse_json(frame)).for_each(|event| told.hear(&event));
    let said = error::failure(failure);
    let said = &said["error"];
    match how {
        Interruption::Error => {
            let error = json!({
                "type": said["type"], "code": said["code"], "message": said["message"], "param": said["param"],
            });
            let error = told.event("error", "error", error);
            [error, told.failed(said)].concat().into()
        }
        Interruption::Failed => told.failed(said),
        Interruption::Incomplete => told.incomplete(failure),
    }
}

// === impl Told ===

impl Told {
    fn hear(&mut self, event: &Value) {
        self.next = event["sequence_number"].as_u64().map_or(self.next, |number| number.saturating_add(1));
        let place = event["output_index"].as_u64().unwrap_or(0);
        match text(event, "type") {
            Some("response.created" | "response.queued" | "response.in_progress") => {
                self.response = event["response"].clone();
            }
            Some("response.output_item.added" | "response.output_item.done") => {
                self.items.insert(place, event["item"].clone());
            }
            Some("response.content_part.added" | "response.content_part.done") => {
                let at = index(event, "content_index");
                let content = self.items.get_mut(&place).and_then(|item| item.get_mut("content"));
                if let Some(parts) = content.and_then(Value::as_array_mut) {
                    parts.truncate(at);
                    parts.push(event["part"].clone());
                }
            }
            Some("response.output_text.delta") => self.grow(place, event, "text"),
            Some("response.refusal.delta") => self.grow(place, event, "refusal"),
            Some("response.function_call_arguments.delta") => {
                if let Some(item) = self.items.get_mut(&place) {
                    append(item, "arguments", event);
                }
            }
            _ => {}
        }
    }

    /// Adds to a part of an item.
    fn grow(&mut self, place: u64, event: &Value, member: &str) {
        let at = index(event, "content_index");
        let parts = self.items.get_mut(&place).and_then(|item| item.get_mut("content"));
        if let Some(part) = parts.and_then(|parts| parts.get_mut(at)) {
            append(part, member, event);
        }
    }

    /// The next event.
    fn event(&mut self, kind: &str, member: &str, value: Value) -> Bytes {
        let mut event = json!({"type": kind, "sequence_number": self.next});
        event[member] = value;
        self.next += 1;
        sse_event(Some(kind), &event)
    }

    fn failed(&mut self, said: &Value) -> Bytes {
        let code = text(said, "code").unwrap_or("server_error");
        let mut response = self.ended("failed");
        response["error"] = json!({"code": code, "message": said["message"]});
        self.event("response.failed", "response", response)
    }

    fn incomplete(&mut self, failure: &Failure) -> Bytes {
        let reason = failure.code.as_deref().and_then(Value::as_str).unwrap_or("max_output_tokens");
        let mut response = self.ended("incomplete");
        response["incomplete_details"] = json!({"reason": reason});
        // Clients take it for granted here. What was asked is not among what was told.
        let words =
            self.items.values().filter_map(|item| item.get("content")).map(|said| count(&text_of(said)));
        let output = words.sum::<usize>();
        response["usage"] = json!({
            "input_tokens": 0, "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": output, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": output,
        });
        self.event("response.incomplete", "response", response)
    }

    /// The response with this status, and what there is of its items.
    fn ended(&self, status: &str) -> Value {
        let mut response = self.response.clone();
        if !response.is_object() {
            response = json!({
                "id": "resp_0", "object": "response", "created_at": CREATED, "status": status, "error": null,
                "incomplete_details": null, "model": crate::compatible::NAMELESS, "output": [],
                "parallel_tool_calls": true, "tool_choice": "auto", "tools": [], "usage": null,
            });
        }
        let items = self.items.values().cloned().map(|mut item| {
            if text(&item, "status") == Some("in_progress") {
                item["status"] = "incomplete".into();
            }
            item
        });
        response["status"] = status.into();
        response["output"] = items.collect();
        response
    }
}

fn index(event: &Value, member: &str) -> usize {
    event[member].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(0)
}

/// Adds an event's delta to a text, where one is.
fn append(value: &mut Value, member: &str, event: &Value) {
    if let (Some(Value::String(said)), Some(delta)) = (value.get_mut(member), text(event, "delta")) {
        said.push_str(delta);
    }
}
