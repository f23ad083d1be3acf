mod accumulate;
mod asking;
mod background;
mod composing;
mod hand_written;
mod lifecycle;
mod reassembly;
mod sequences;
mod state;
mod text_sequences;

use serde_json::{Value, json};
use standin_core::dialect::{Endpoint, Options, Rendered, RenderedBody};
use standin_core::tokens::Split;

/// A finished response with these items.
fn response(output: &Value) -> Value {
    json!({
        "id": "resp_1", "object": "response", "created_at": 7, "status": "completed", "background": false,
        "completed_at": 9, "error": null, "incomplete_details": null, "instructions": null, "model": "gpt-x",
        "output": output, "parallel_tool_calls": true, "previous_response_id": null, "service_tier": "default",
        "store": true, "tool_choice": "auto", "tools": [],
        "usage": {"input_tokens": 1, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 2,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 3},
        "metadata": {},
    })
}

fn rendered(object: &Value, body: &Value, options: &Options) -> Rendered {
    super::render(object.clone(), &super::asked(Endpoint::Responses, body), options)
}

fn whole(object: &Value, body: &Value) -> Value {
    json_of(&rendered(object, body, &Options::default()))
}

fn json_of(rendered: &Rendered) -> Value {
    assert_eq!(rendered.content_type, "application/json");
    assert!(matches!(rendered.body, RenderedBody::Whole(_)));
    serde_json::from_slice(&rendered.bytes()).unwrap()
}

/// The events of a stream. An event's name is its type; numbers begin where they should and leave none out.
fn events_from(rendered: &Rendered, first: usize) -> Vec<Value> {
    assert_eq!(rendered.content_type, "text/event-stream; charset=utf-8");
    let RenderedBody::Frames(frames) = &rendered.body else { panic!("a stream has frames") };
    let read = |(number, frame): (usize, &bytes::Bytes)| {
        let frame = std::str::from_utf8(frame).unwrap();
        let (name, data) = frame.strip_prefix("event: ").unwrap().split_once("\ndata: ").unwrap();
        let data = data.strip_suffix("\n\n").unwrap();
        assert!(!data.contains('\n'));
        let event: Value = serde_json::from_str(data).unwrap();
        assert_eq!(event["type"], name);
        assert_eq!(event["sequence_number"], first + number);
        let keys: Vec<&str> = event.as_object().unwrap().keys().take(2).map(String::as_str).collect();
        assert_eq!(keys, ["type", "sequence_number"]);
        event
    };
    frames.iter().enumerate().map(read).collect()
}

fn streamed(object: &Value, options: &Options) -> Vec<Value> {
    events_from(&rendered(object, &json!({"model": "gpt-x", "input": "Hi", "stream": true}), options), 0)
}

/// The events of one item, cut into groups of so many characters: without numbers and without the events of the
/// response.
fn item_events(item: &Value, characters: usize) -> Vec<Value> {
    item_events_with(item, &Options { split: Some(Split::Characters(characters)), ..Options::default() })
}

fn item_events_with(item: &Value, options: &Options) -> Vec<Value> {
    let mut events = streamed(&response(&json!([item])), options);
    assert_eq!(events[0]["type"], "response.created");
    assert_eq!(events[1]["type"], "response.in_progress");
    assert_eq!(events.pop().unwrap()["type"], "response.completed");
    events.drain(..2);
    for event in &mut events {
        event.as_object_mut().unwrap().shift_remove("sequence_number");
    }
    events
}

/// Equal, and in the same order of keys.
#[track_caller]
fn same(one: &[Value], other: &[Value]) {
    for (at, (one, other)) in one.iter().zip(other).enumerate() {
        assert_eq!(one.to_string(), other.to_string(), "event {at}");
    }
    assert_eq!(one.len(), other.len());
}
