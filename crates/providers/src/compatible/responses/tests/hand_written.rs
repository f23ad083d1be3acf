//! Objects that a person wrote, who left things out.

use super::accumulate::accumulate;
use super::{events_from, json_of, rendered};
use serde_json::{Value, json};
use standin_core::dialect::Options;

/// What is sent whole, which a stream comes to as well.
fn sent(object: &Value) -> Value {
    let whole = json_of(&rendered(object, &json!({"model": "gpt-x", "input": "Hi"}), &Options::default()));
    let streaming = json!({"model": "gpt-x", "input": "Hi", "stream": true});
    let events = events_from(&rendered(object, &streaming, &Options::default()), 0);
    let read = accumulate(&events);
    if let Some(output) = read.last["output"].as_array() {
        assert_eq!(&read.done, output);
    }
    assert_eq!(read.last["id"], read.by_deltas["id"]);
    assert_eq!(whole, read.last);
    whole
}

#[test]
fn what_clients_need_is_added_behind_what_is_written() {
    let sent = sent(&json!({"output": [
        {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]},
        {"type": "function_call", "name": "f", "arguments": "{}"},
        {"type": "reasoning"},
    ]}));
    let keys: Vec<&String> = sent.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "output",
            "id",
            "object",
            "created_at",
            "status",
            "model",
            "parallel_tool_calls",
            "tool_choice",
            "tools",
            "usage"
        ]
    );
    assert_eq!(sent["id"].as_str().unwrap().len(), 55);
    assert_eq!((&sent["status"], &sent["model"]), (&json!("completed"), &json!("gpt-x")));
    let message = &sent["output"][0];
    assert!(message["id"].as_str().unwrap().starts_with("msg_"));
    assert_eq!((&message["role"], &message["status"]), (&json!("assistant"), &json!("completed")));
    assert_eq!(message["content"], json!([{"type": "output_text", "text": "Hi", "annotations": []}]));
    let call = &sent["output"][1];
    assert!(call["id"].as_str().unwrap().starts_with("fc_"));
    assert!(call["call_id"].as_str().unwrap().starts_with("call_"));
    assert_eq!(sent["output"][2]["summary"], json!([]));
}

#[test]
fn a_usage_is_counted_where_the_answer_is_complete_and_says_none() {
    let message = json!({"type": "message", "content": [{"type": "output_text", "text": "Hello there!"}]});
    let usage = sent(&json!({"output": [message], "usage": null}))["usage"].clone();
    // One token and the message around it, and what every request has.
    assert_eq!(usage["input_tokens"], 1 + 4 + 3);
    assert_eq!((&usage["output_tokens"], &usage["total_tokens"]), (&json!(3), &json!(11)));
    assert_eq!(sent(&json!({"status": "failed", "usage": null}))["usage"], Value::Null);
    assert!(sent(&json!({"incomplete_details": {"reason": "max_output_tokens"}})).get("usage").is_none());
    assert_eq!(sent(&json!({"usage": {"total": 1}}))["usage"], json!({"total": 1}));
}

#[test]
fn how_it_ended_is_what_it_says_of_it() {
    assert_eq!(sent(&json!({"incomplete_details": {"reason": "content_filter"}}))["status"], "incomplete");
    let failed = json_of(&rendered(&json!({"error": {"code": "c"}}), &json!({}), &Options::default()));
    assert_eq!(failed["status"], "failed");
}

#[test]
fn odd_shapes_are_sent_as_they_are() {
    for object in [
        json!({"id": 7, "status": 3, "output": "text", "usage": 1}),
        json!({"output": [null, 1, "x", [], {}, {"type": 5}, {"type": "message", "content": "text"}]}),
        json!({"output": [{"type": "message", "content": [null, "x", {"type": "output_text"}, {"type": "output_text", "text": 5}, {"text": "t"}]}]}),
        json!({"output": [{"type": "function_call", "arguments": {"a": 1}}, {"type": "reasoning", "summary": [null], "content": {}}]}),
        json!({"output": [{"type": "mcp_call", "arguments": null}, {"type": "shell_call", "action": 3}, {"type": "custom_tool_call", "input": [1]}]}),
        json!({"output": [{"type": "image_generation_call", "partial_images": 3}], "error": "text", "incomplete_details": 1}),
    ] {
        for private_events in [false, true] {
            let options = Options { private_events, ..Options::default() };
            let events = events_from(&rendered(&object, &json!({"stream": true}), &options), 0);
            let last = &events.last().unwrap()["response"];
            for (name, value) in object.as_object().unwrap().iter().filter(|(name, _)| *name != "output") {
                assert_eq!(&last[name], value);
            }
        }
    }
    for object in [json!("text"), json!(null), json!([1])] {
        assert_eq!(json_of(&rendered(&object, &json!({"stream": true}), &Options::default())), object);
    }
    let call = json!({"output": [{"type": "function_call", "arguments": {"a": 1}}]});
    assert_eq!(sent(&call)["output"][0]["arguments"], json!({"a": 1}));
}
