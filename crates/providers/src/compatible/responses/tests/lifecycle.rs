//! How streams begin and end.

use super::{events_from, json_of, rendered, response, same, streamed};
use serde_json::{Value, json};
use standin_core::dialect::Options;

/// The response as it begins.
fn begun(status: &str) -> Value {
    json!({
        "id": "resp_1", "object": "response", "created_at": 7, "status": status, "background": false,
        "completed_at": null, "error": null, "incomplete_details": null, "instructions": null, "model": "gpt-x",
        "output": [], "parallel_tool_calls": true, "previous_response_id": null, "service_tier": "auto",
        "store": true, "tool_choice": "auto", "tools": [], "usage": null, "metadata": {},
    })
}

#[test]
fn a_stream_begins_empty_and_ends_with_the_object() {
    let object = response(&json!([]));
    same(
        &streamed(&object, &Options::default()),
        &[
            json!({"type": "response.created", "sequence_number": 0, "response": begun("in_progress")}),
            json!({"type": "response.in_progress", "sequence_number": 1, "response": begun("in_progress")}),
            json!({"type": "response.completed", "sequence_number": 2, "response": object}),
        ],
    );
}

#[test]
fn what_is_cut_off_ends_incomplete() {
    let mut object = response(&json!([]));
    object["status"] = json!("incomplete");
    object["incomplete_details"] = json!({"reason": "max_output_tokens"});
    let last = json!({"type": "response.incomplete", "sequence_number": 2, "response": object});
    same(&streamed(&object, &Options::default())[2..], &[last]);
}

#[test]
fn what_fails_says_so_before_it_ends() {
    let mut object = response(&json!([]));
    object["status"] = json!("failed");
    object["error"] = json!({"code": "server_error", "message": "Oh no."});
    let error = json!({"type": "server_error", "code": "server_error", "message": "Oh no.", "param": null});
    same(
        &streamed(&object, &Options::default())[2..],
        &[
            json!({"type": "error", "sequence_number": 2, "error": error}),
            json!({"type": "response.failed", "sequence_number": 3, "response": object}),
        ],
    );
    object["error"] = Value::Null;
    let last = json!({"type": "response.failed", "sequence_number": 2, "response": object});
    same(&streamed(&object, &Options::default())[2..], &[last]);
}

#[test]
fn a_background_answer_is_queued_first() {
    let object = response(&json!([]));
    let stream = rendered(&object, &json!({"background": true, "stream": true}), &Options::default());
    same(
        &events_from(&stream, 0),
        &[
            json!({"type": "response.created", "sequence_number": 0, "response": begun("queued")}),
            json!({"type": "response.queued", "sequence_number": 1, "response": begun("queued")}),
            json!({"type": "response.in_progress", "sequence_number": 2, "response": begun("in_progress")}),
            json!({"type": "response.completed", "sequence_number": 3, "response": object}),
        ],
    );
    let at_once = rendered(&object, &json!({"background": true}), &Options::default());
    same(&[json_of(&at_once)], &[begun("queued")]);
}

#[test]
fn no_line_of_a_stream_ends_inside_a_text() {
    let item = json!({"id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "annotations": [], "text": "a\u{2028}b\u{85}c\n"}]});
    let stream = rendered(&response(&json!([item])), &json!({"stream": true}), &Options::default()).bytes();
    assert!(!std::str::from_utf8(&stream).unwrap().contains(['\u{2028}', '\u{85}']));
    assert_eq!(
        streamed(&response(&json!([item])), &Options::default()).last().unwrap()["response"]["output"][0],
        item
    );
}

#[test]
fn padding_that_is_refused_is_not_sent() {
    let item = json!({"id": "fc_1", "type": "function_call", "arguments": "{}", "call_id": "c", "name": "f"});
    let body = json!({"stream": true, "stream_options": {"include_obfuscation": false}});
    let stream =
        rendered(&response(&json!([item])), &body, &Options { obfuscation: true, ..Options::default() });
    assert!(events_from(&stream, 0).iter().all(|event| event.get("obfuscation").is_none()));
}
