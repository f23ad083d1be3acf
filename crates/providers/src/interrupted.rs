//! Streams that break off in the vendor's words, at every place.

use crate::all;
use bytes::Bytes;
use serde_json::{Value, json};
use standin_core::dialect::{Dialect, Endpoint, Failure, Options, RenderedBody};
use standin_core::shape::Interruption;
use standin_core::stream::{Framing, sse_json};

fn dialect(name: &str) -> &'static dyn Dialect {
    all().find(|provider| provider.name() == name).and_then(standin_core::Provider::dialect).unwrap()
}

/// The frames of an object's stream.
fn streamed(dialect: &dyn Dialect, endpoint: Endpoint, object: &Value, body: &Value) -> Vec<Bytes> {
    let asked = dialect.asked(endpoint, "/openai/deployments/d/x", body);
    match dialect.render(object.clone(), &asked, &Options::default()).body {
        RenderedBody::Frames(frames) => frames,
        RenderedBody::Whole(_) => panic!("it is a stream"),
    }
}

/// The names and the data of what breaks off a stream; `[DONE]` is null.
fn events(said: &Bytes) -> Vec<(Option<String>, Value)> {
    let read = |frame: &Bytes| {
        let text = std::str::from_utf8(frame).unwrap();
        let name = text
            .strip_prefix("event: ")
            .and_then(|rest| rest.split_once('\n'))
            .map(|(name, _)| name.to_owned());
        let data = sse_json(frame);
        assert!(data.is_some() || text == "data: [DONE]\n\n", "{text}");
        (name, data.unwrap_or_default())
    };
    Framing::Sse.split(said).iter().map(read).collect()
}

fn broken(
    dialect: &dyn Dialect,
    endpoint: Endpoint,
    how: Interruption,
    failure: &Failure,
    before: &[Bytes],
) -> Vec<(Option<String>, Value)> {
    events(&dialect.interruption(endpoint, how, failure, before).unwrap())
}

// === Chat and legacy Completions ===

#[test]
fn chunks_break_off_with_an_error() {
    let limited = Failure::of(429).saying("slow down");
    let expected = json!({"error": {
        "message": "slow down", "type": "requests", "param": null, "code": "rate_limit_exceeded",
    }});
    // What stands before Azure's models has said yes: the error is the model's.
    for provider in ["openai", "azure"] {
        for endpoint in [Endpoint::Chat, Endpoint::Completions, Endpoint::Speech, Endpoint::Transcriptions] {
            for how in [Interruption::Error, Interruption::Failed] {
                let said = broken(dialect(provider), endpoint, how, &limited, &[]);
                assert_eq!(said, [(None, expected.clone())], "{provider} {endpoint}");
            }
        }
    }
}

#[test]
fn choices_end_that_have_not() {
    let openai = dialect("openai");
    let choice = |index: u64| json!({"index": index, "finish_reason": "stop", "message": {"role": "assistant", "content": "one two three"}});
    let object = json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 7, "model": "gpt-x",
        "service_tier": "default", "choices": [choice(0), choice(1)]});
    let body = json!({"stream": true, "n": 2, "stream_options": {"include_usage": true}});
    let frames = streamed(openai, Endpoint::Chat, &object, &body);
    for after in 2..frames.len() {
        let before = &frames[..after];
        let said = broken(openai, Endpoint::Chat, Interruption::Incomplete, &Failure::of(500), before);
        let (last, chunks) = said.split_last().unwrap();
        assert_eq!(last.1, Value::Null);
        // Each choice ends once.
        let all = before
            .iter()
            .filter_map(|frame| sse_json(frame))
            .chain(chunks.iter().map(|(_, chunk)| chunk.clone()));
        let ends = |index: u64| {
            let choices = all.clone().filter_map(|chunk| chunk["choices"].get(0).cloned());
            choices.filter(|choice| choice["index"] == index && !choice["finish_reason"].is_null()).count()
        };
        assert_eq!([ends(0), ends(1)], [1, 1], "{after}");
        for (_, chunk) in chunks {
            assert_eq!(chunk["choices"][0]["finish_reason"], "length");
            assert_eq!(
                (&chunk["id"], &chunk["object"]),
                (&json!("chatcmpl-1"), &json!("chat.completion.chunk"))
            );
            assert_eq!((&chunk["model"], &chunk["usage"]), (&json!("gpt-x"), &Value::Null));
        }
    }
    let filtered = Failure::of(500).coded("content_filter");
    let said = broken(openai, Endpoint::Completions, Interruption::Incomplete, &filtered, &[]);
    assert_eq!(
        said[0].1["choices"],
        json!([{"text": "", "index": 0, "logprobs": null, "finish_reason": "content_filter"}])
    );
}

// === Responses ===

fn response() -> Value {
    json!({
        "id": "resp_1", "object": "response", "created_at": 7, "status": "completed", "error": null,
        "incomplete_details": null, "model": "gpt-x", "parallel_tool_calls": true, "tool_choice": "auto", "tools": [],
        "output": [
            {"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "call_1", "name": "f",
                "arguments": "{\"city\":\"Paris\"}"},
            {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [
                {"type": "output_text", "text": "one two three four", "annotations": [], "logprobs": []}]},
        ],
    })
}

#[test]
fn responses_fail_and_stay_incomplete_at_every_place() {
    let openai = dialect("openai");
    let frames = streamed(openai, Endpoint::Responses, &response(), &json!({"stream": true}));
    let failure = Failure::of(429).saying("slow down");
    for after in 0..frames.len() {
        let before = &frames[..after];
        let said: Vec<Value> = before.iter().filter_map(|frame| sse_json(frame)).collect();
        let deltas = said.iter().filter(|event| event["type"] == "response.output_text.delta");
        let text: String = deltas.filter_map(|event| event["delta"].as_str()).collect();
        for (how, kinds) in [
            (Interruption::Error, vec!["error", "response.failed"]),
            (Interruption::Failed, vec!["response.failed"]),
            (Interruption::Incomplete, vec!["response.incomplete"]),
        ] {
            let events = broken(openai, Endpoint::Responses, how, &failure, before);
            for ((number, kind), (name, event)) in (after..).zip(kinds).zip(&events) {
                assert_eq!((name.as_deref(), &event["type"]), (Some(kind), &json!(kind)));
                assert_eq!(event["sequence_number"], number, "{after}");
            }
            let last = &events.last().unwrap().1["response"];
            assert_eq!(last["object"], "response");
            if after > 0 {
                assert_eq!(last["id"], "resp_1");
            }
            if how == Interruption::Incomplete {
                assert_eq!(last["status"], "incomplete");
                assert_eq!(last["incomplete_details"], json!({"reason": "max_output_tokens"}));
            } else {
                assert_eq!(last["status"], "failed");
                assert_eq!(last["error"], json!({"code": "rate_limit_exceeded", "message": "slow down"}));
            }
            // What was said is there, and no item goes on.
            let output = last["output"].as_array().unwrap();
            assert!(output.iter().all(|item| item["status"] != "in_progress"), "{after}");
            let message = output.iter().find(|item| item["type"] == "message");
            let there = message.and_then(|item| item["content"][0]["text"].as_str()).unwrap_or_default();
            assert_eq!(there, text, "{after}");
        }
    }
    let error = &broken(openai, Endpoint::Responses, Interruption::Error, &failure, &frames[..1])[0].1;
    assert_eq!(
        error["error"],
        json!({"type": "requests", "code": "rate_limit_exceeded", "message": "slow down", "param": null})
    );
}

// === Images ===

#[test]
fn images_break_off_with_an_event() {
    let said = broken(dialect("openai"), Endpoint::Images, Interruption::Error, &Failure::of(500), &[]);
    assert_eq!(said[0].0.as_deref(), Some("error"));
    assert_eq!((&said[0].1["type"], &said[0].1["error"]["type"]), (&json!("error"), &json!("server_error")));
    for endpoint in [Endpoint::Embeddings, Endpoint::Moderations, Endpoint::ImageVariations] {
        let said = dialect("openai").interruption(endpoint, Interruption::Error, &Failure::of(500), &[]);
        assert_eq!(said, None, "{endpoint}");
    }
}

// === Messages ===

#[test]
fn messages_break_off_with_an_error() {
    let anthropic = dialect("anthropic");
    for (failure, kind, message) in [
        (Failure::of(529), "overloaded_error", "Overloaded"),
        (Failure::of(500).kind("own_error").saying("own words"), "own_error", "own words"),
    ] {
        let said = broken(anthropic, Endpoint::Messages, Interruption::Error, &failure, &[]);
        let error = json!({"type": "error", "error": {"type": kind, "message": message}});
        assert_eq!(said, [(Some("error".to_owned()), error)]);
    }
    let said = anthropic.interruption(Endpoint::CountTokens, Interruption::Error, &Failure::of(500), &[]);
    assert_eq!(said, None);
}

#[test]
fn messages_stay_incomplete_at_every_place() {
    let anthropic = dialect("anthropic");
    let object = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "stop_reason": "tool_use",
        "content": [{"type": "text", "text": "one two three"},
            {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"city": "Paris"}}],
        "usage": {"input_tokens": 9, "output_tokens": 30, "service_tier": "standard"},
    });
    let frames = streamed(anthropic, Endpoint::Messages, &object, &json!({"stream": true}));
    let end = frames.len() - 2;
    for after in 1..=end {
        let before = &frames[..after];
        let said = broken(anthropic, Endpoint::Messages, Interruption::Incomplete, &Failure::of(500), before);
        let mut open = Vec::new();
        let all = before
            .iter()
            .filter_map(|frame| sse_json(frame))
            .chain(said.iter().map(|(_, event)| event.clone()));
        for event in all {
            match event["type"].as_str() {
                Some("content_block_start") => open.push(event["index"].clone()),
                Some("content_block_stop") => assert_eq!(open.pop().as_ref(), Some(&event["index"])),
                _ => {}
            }
        }
        assert!(open.is_empty(), "{after}");
        assert!(said.iter().all(|(name, event)| event["type"].as_str() == name.as_deref()));
        let kinds: Vec<&str> =
            said.iter().rev().take(2).filter_map(|(_, event)| event["type"].as_str()).collect();
        assert_eq!(kinds, ["message_stop", "message_delta"]);
        let delta = &said[said.len() - 2].1;
        assert_eq!(delta["delta"], json!({"stop_reason": "max_tokens", "stop_sequence": null}));
        assert_eq!(delta["usage"]["input_tokens"], 9);
        assert!(delta["usage"]["output_tokens"].as_u64().unwrap() > 0);
        assert_eq!(delta["usage"].get("service_tier"), None);
    }
}
