//! A client that puts a response together as the official SDKs do, and as strictly: an index that is not there or a
//! delta for something that was never added is a panic. Where SDKs wait for the event that ends something, this one
//! also holds what came before to it.

use serde_json::{Value, json};

/// What a client has at the end of a stream.
#[derive(Debug, Default)]
pub(super) struct Accumulated {
    /// From the first event, additions and deltas alone.
    pub(super) by_deltas: Value,
    /// The items, as they were done.
    pub(super) done: Vec<Value>,
    /// The response that ended the stream.
    pub(super) last: Value,
}

pub(super) fn accumulate(events: &[Value]) -> Accumulated {
    let mut all = Accumulated::default();
    assert_eq!(events[0]["type"], "response.created");
    for event in events {
        assert!(all.last.is_null(), "nothing comes after the end");
        read(event, &mut all);
    }
    assert!(!all.last.is_null(), "a stream ends");
    all
}

fn read(event: &Value, all: &mut Accumulated) {
    let kind = event["type"].as_str().unwrap().trim_start_matches("response.");
    let snapshot = &mut all.by_deltas;
    match kind {
        "created" => *snapshot = event["response"].clone(),
        // SDKs raise it. Who reads on finds the same error in the response.
        "error" => assert!(event["error"]["message"].is_string()),
        "queued" | "in_progress" => assert_eq!(event["response"]["output"], json!([])),
        "completed" | "incomplete" | "failed" => all.last = event["response"].clone(),
        "output_item.added" => {
            let output = snapshot["output"].as_array_mut().unwrap();
            assert_eq!(event["output_index"], output.len());
            output.push(event["item"].clone());
        }
        "output_item.done" => {
            assert_eq!(event["output_index"], all.done.len());
            all.done.push(event["item"].clone());
        }
        _ => item_event(kind, event, &mut snapshot["output"][usize_of(event, "output_index")]),
    }
}

fn item_event(kind: &str, event: &Value, item: &mut Value) {
    assert_eq!(event["item_id"], item["id"]);
    match kind {
        "content_part.added" => push(item, "content", event, "content_index", "part"),
        "reasoning_summary_part.added" => push(item, "summary", event, "summary_index", "part"),
        "output_text.delta" => {
            let part = part(item, "content", event, "content_index");
            append(part, "text", event);
            if let Some(logprobs) = part.get_mut("logprobs").and_then(Value::as_array_mut) {
                logprobs.extend(event["logprobs"].as_array().unwrap().iter().cloned());
            }
        }
        "output_text.annotation.added" => {
            let part = part(item, "content", event, "content_index");
            push(part, "annotations", event, "annotation_index", "annotation");
        }
        "output_text.done" | "reasoning_text.done" => {
            assert_eq!(part(item, "content", event, "content_index")["text"], event["text"]);
        }
        "reasoning_text.delta" => append(part(item, "content", event, "content_index"), "text", event),
        "refusal.delta" => append(part(item, "content", event, "content_index"), "refusal", event),
        "refusal.done" => {
            assert_eq!(part(item, "content", event, "content_index")["refusal"], event["refusal"]);
        }
        "content_part.done" => assert_eq!(*part(item, "content", event, "content_index"), event["part"]),
        "reasoning_summary_text.delta" => {
            append(part(item, "summary", event, "summary_index"), "text", event);
        }
        "reasoning_summary_text.done" => {
            assert_eq!(part(item, "summary", event, "summary_index")["text"], event["text"]);
        }
        "reasoning_summary_part.done" => {
            assert_eq!(*part(item, "summary", event, "summary_index"), event["part"]);
        }
        "function_call_arguments.delta" | "mcp_call_arguments.delta" => append(item, "arguments", event),
        "function_call_arguments.done" => {
            assert_eq!((&item["arguments"], &item["name"]), (&event["arguments"], &event["name"]));
        }
        "mcp_call_arguments.done" => assert_eq!(item["arguments"], event["arguments"]),
        "custom_tool_call_input.delta" => append(item, "input", event),
        "custom_tool_call_input.done" => assert_eq!(item["input"], event["input"]),
        "code_interpreter_call_code.delta" => append(item, "code", event),
        "code_interpreter_call_code.done" => assert_eq!(item["code"], event["code"]),
        phase => {
            let (name, phase) = phase.rsplit_once('.').unwrap();
            assert_eq!(item["type"], name);
            let phases = [
                "in_progress",
                "searching",
                "interpreting",
                "generating",
                "completed",
                "failed",
                "partial_image",
            ];
            assert!(phases.contains(&phase), "{name}.{phase} is no event that SDKs know");
        }
    }
}

fn usize_of(event: &Value, name: &str) -> usize {
    usize::try_from(event[name].as_u64().unwrap()).unwrap()
}

fn part<'v>(item: &'v mut Value, member: &str, event: &Value, index: &str) -> &'v mut Value {
    &mut item[member].as_array_mut().unwrap()[usize_of(event, index)]
}

fn push(item: &mut Value, member: &str, event: &Value, index: &str, what: &str) {
    let list = item[member].as_array_mut().unwrap();
    assert_eq!(list.len(), usize_of(event, index));
    list.push(event[what].clone());
}

fn append(item: &mut Value, member: &str, event: &Value) {
    let delta = event["delta"].as_str().unwrap();
    assert!(!delta.is_empty());
    let text = item[member].as_str().unwrap();
    item[member] = format!("{text}{delta}").into();
}
