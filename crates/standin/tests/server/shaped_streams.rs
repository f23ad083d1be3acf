//! Streams that vendors break off in their own words, event by event.

use crate::raw::{End, ask, until_end};
use crate::support::start;
use serde_json::{Value, json};
use standin::Standin;

const CHAT: &str = "/v1/chat/completions";
const AZURE: &str = "/openai/deployments/d/chat/completions?api-version=2024-10-21";
const RESPONSES: &str = "/v1/responses";
const MESSAGES: &str = "/v1/messages";

/// The name of an event, and its data.
type Event = (Option<String>, Value);

fn streamed(server: &Standin, path: &str, fault: &str) -> Vec<Event> {
    let asked = json!([{"role": "user", "content": "x"}]);
    let body = match path {
        RESPONSES => json!({"model": "gpt-5", "stream": true, "input": "x"}),
        MESSAGES => json!({"model": "claude-haiku-4-5", "stream": true, "max_tokens": 90, "messages": asked}),
        _ => json!({"model": "gpt-5", "stream": true, "messages": asked}),
    };
    let key: &[_] = match path {
        MESSAGES => &[("x-api-key", "k"), ("anthropic-version", "2023-06-01")],
        AZURE => &[("api-key", "k")],
        _ => &[("Authorization", "Bearer k")],
    };
    let headers = [key, &[("X-Standin-Fault", fault)]].concat();
    let raw = until_end(ask(server, path, &headers, &body.to_string()));
    let chunked = raw.chunked();
    // It breaks off in words, and HTTP says that it is whole.
    assert_eq!((raw.status(), raw.end, chunked.ended), (200, End::Closed, true), "{path} {fault}");
    chunked.events()
}

fn speaking() -> Standin {
    start(Standin::builder().mock("mocks: [{answer: One two three four five six}]"))
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|(name, _)| name.as_deref().unwrap_or_default()).collect()
}

#[test]
fn chat_completions_end_with_an_error_and_no_done() {
    let server = speaking();
    for path in [CHAT, AZURE] {
        let whole = streamed(&server, path, "none");
        assert_eq!(whole.last().unwrap().1, "[DONE]");
        for after in 0..whole.len() {
            for kind in ["error", "failed"] {
                let written = format!("{kind}=429,after={after},message=slow");
                let events = streamed(&server, path, &written);
                let (last, before) = events.split_last().unwrap();
                assert_eq!(before, &whole[..after], "{path} {written}");
                let error = json!({"message": "slow", "type": "requests", "param": null, "code": "rate_limit_exceeded"});
                assert_eq!(last, &(None, json!({"error": error})), "{path} {written}");
            }
        }
    }
}

#[test]
fn chat_completions_that_stay_incomplete_say_so_and_are_done() {
    let server = speaking();
    for (path, role) in [(CHAT, 1), (AZURE, 2)] {
        let whole = streamed(&server, path, "none");
        for (written, reason) in [("", "length"), (",code=content_filter", "content_filter")] {
            let after = role + 2;
            let events = streamed(&server, path, &format!("incomplete,after={after}{written}"));
            assert_eq!(events[..after], whole[..after], "{path}");
            let [(None, last), (None, done)] = &events[after..] else { panic!("{events:?}") };
            assert_eq!(last["choices"][0]["finish_reason"], reason, "{path}");
            assert_eq!(last["id"], whole[role].1["id"], "{path}");
            assert_eq!(done, "[DONE]");
        }
    }
}

#[test]
fn responses_number_their_errors_and_end_with_the_object() {
    let server = speaking();
    let whole = streamed(&server, RESPONSES, "none");
    let at_text = names(&whole).iter().position(|name| *name == "response.output_text.delta").unwrap();
    for after in [0, 2, at_text + 2] {
        for (kind, expected) in [
            ("error=429", &["error", "response.failed"][..]),
            ("failed", &["response.failed"]),
            ("incomplete", &["response.incomplete"]),
        ] {
            let events = streamed(&server, RESPONSES, &format!("{kind},after={after}"));
            assert_eq!(events[..after], whole[..after], "{kind} {after}");
            let told = names(&events);
            assert!(told.ends_with(expected), "{kind} {after}: {told:?}");
            for (number, (name, data)) in events.iter().enumerate() {
                assert_eq!(
                    (data["type"].as_str(), data["sequence_number"].as_u64()),
                    (name.as_deref(), Some(number as u64))
                );
            }
            let (_, last) = events.last().unwrap();
            let said = last["response"].to_string().contains("One two");
            assert_eq!(said, after > at_text, "{kind} {after}: the object holds what was said: {last}");
        }
    }
    let events = streamed(&server, RESPONSES, "error=429,after=3,message=slow,code=x,type=y");
    assert_eq!(events[3].1["error"], json!({"type": "y", "code": "x", "message": "slow", "param": null}));
    assert_eq!(events[4].1["response"]["status"], "failed");
    let (_, last) = streamed(&server, RESPONSES, "incomplete,after=6,code=content_filter").pop().unwrap();
    assert_eq!(last["response"]["incomplete_details"], json!({"reason": "content_filter"}));
    assert_eq!(last["response"]["status"], "incomplete");
}

#[test]
fn messages_end_with_an_error_event_or_with_closed_blocks() {
    let server = speaking();
    let whole = streamed(&server, MESSAGES, "none");
    for after in 0..whole.len() {
        let events = streamed(&server, MESSAGES, &format!("error=529,after={after}"));
        let (last, before) = events.split_last().unwrap();
        assert_eq!(before, &whole[..after]);
        assert_eq!(names(&events)[after..], ["error"]);
        assert_eq!(
            (&last.1["type"], &last.1["error"]["type"]),
            (&json!("error"), &json!("overloaded_error"))
        );
    }
    let open = names(&whole).iter().position(|name| *name == "content_block_delta").unwrap() + 1;
    let events = streamed(&server, MESSAGES, &format!("incomplete,after={open}"));
    assert_eq!(events[..open], whole[..open]);
    assert_eq!(names(&events)[open..], ["content_block_stop", "message_delta", "message_stop"]);
    assert_eq!(events[open + 1].1["delta"]["stop_reason"], "max_tokens");
}
