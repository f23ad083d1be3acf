//! The events of words, literally: messages, reasoning, calls.

use super::{item_events, item_events_with, same};
use serde_json::json;
use standin_core::dialect::Options;

#[test]
fn a_message_with_annotations() {
    let cited =
        json!({"type": "url_citation", "start_index": 0, "end_index": 2, "title": "T", "url": "https://x"});
    let second = json!({"type": "file_citation", "file_id": "file_1", "filename": "a.txt", "index": 1});
    let part =
        json!({"type": "output_text", "annotations": [cited, second], "logprobs": [], "text": "Hello"});
    let item = json!({"id": "msg_1", "type": "message", "status": "completed", "content": [part], "role": "assistant", "phase": "final_answer"});
    same(
        &item_events(&item, 3),
        &[
            json!({"type": "response.output_item.added", "output_index": 0, "item": {"id": "msg_1", "type": "message", "status": "in_progress", "content": [], "role": "assistant", "phase": "final_answer"}}),
            json!({"type": "response.content_part.added", "item_id": "msg_1", "output_index": 0, "content_index": 0, "part": {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}}),
            json!({"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": "Hel", "logprobs": []}),
            json!({"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": "lo", "logprobs": []}),
            json!({"type": "response.output_text.annotation.added", "item_id": "msg_1", "output_index": 0, "content_index": 0, "annotation_index": 0, "annotation": cited}),
            json!({"type": "response.output_text.annotation.added", "item_id": "msg_1", "output_index": 0, "content_index": 0, "annotation_index": 1, "annotation": second}),
            json!({"type": "response.output_text.done", "item_id": "msg_1", "output_index": 0, "content_index": 0, "text": "Hello", "logprobs": []}),
            json!({"type": "response.content_part.done", "item_id": "msg_1", "output_index": 0, "content_index": 0, "part": part}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        ],
    );
}

#[test]
fn a_refusal_beside_an_empty_text_and_a_part_that_nobody_knows() {
    let empty = json!({"type": "output_text", "annotations": [], "text": ""});
    let song = json!({"type": "output_song", "text": "la", "annotations": [1]});
    let item = json!({"id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
        "content": [empty, {"type": "refusal", "refusal": "No."}, song]});
    let events = item_events(&item, 2);
    let at = |index: usize, name: &str| json!({"type": format!("response.{name}"), "item_id": "msg_1", "output_index": 0, "content_index": index});
    let with = |mut event: serde_json::Value, name: &str, value: serde_json::Value| {
        event[name] = value;
        event
    };
    let text_done = with(at(0, "output_text.done"), "text", json!(""));
    same(
        &events[1..events.len() - 1],
        &[
            with(at(0, "content_part.added"), "part", empty.clone()),
            with(text_done, "logprobs", json!([])),
            with(at(0, "content_part.done"), "part", empty),
            with(at(1, "content_part.added"), "part", json!({"type": "refusal", "refusal": ""})),
            with(at(1, "refusal.delta"), "delta", json!("No")),
            with(at(1, "refusal.delta"), "delta", json!(".")),
            with(at(1, "refusal.done"), "refusal", json!("No.")),
            with(at(1, "content_part.done"), "part", json!({"type": "refusal", "refusal": "No."})),
            with(at(2, "content_part.added"), "part", song.clone()),
            with(at(2, "content_part.done"), "part", song),
        ],
    );
}

#[test]
fn reasoning_with_summaries_and_raw_text() {
    let item = json!({"id": "rs_1", "type": "reasoning", "encrypted_content": "gAAA",
        "summary": [{"type": "summary_text", "text": "One"}, {"type": "summary_text", "text": "Two"}],
        "content": [{"type": "reasoning_text", "text": "raw"}]});
    same(
        &item_events(&item, 9),
        &[
            json!({"type": "response.output_item.added", "output_index": 0, "item": {"id": "rs_1", "type": "reasoning", "encrypted_content": "gAAA", "summary": [], "content": []}}),
            json!({"type": "response.reasoning_summary_part.added", "item_id": "rs_1", "output_index": 0, "summary_index": 0, "part": {"type": "summary_text", "text": ""}}),
            json!({"type": "response.reasoning_summary_text.delta", "item_id": "rs_1", "output_index": 0, "summary_index": 0, "delta": "One"}),
            json!({"type": "response.reasoning_summary_text.done", "item_id": "rs_1", "output_index": 0, "summary_index": 0, "text": "One"}),
            json!({"type": "response.reasoning_summary_part.done", "item_id": "rs_1", "output_index": 0, "summary_index": 0, "part": {"type": "summary_text", "text": "One"}}),
            json!({"type": "response.reasoning_summary_part.added", "item_id": "rs_1", "output_index": 0, "summary_index": 1, "part": {"type": "summary_text", "text": ""}}),
            json!({"type": "response.reasoning_summary_text.delta", "item_id": "rs_1", "output_index": 0, "summary_index": 1, "delta": "Two"}),
            json!({"type": "response.reasoning_summary_text.done", "item_id": "rs_1", "output_index": 0, "summary_index": 1, "text": "Two"}),
            json!({"type": "response.reasoning_summary_part.done", "item_id": "rs_1", "output_index": 0, "summary_index": 1, "part": {"type": "summary_text", "text": "Two"}}),
            json!({"type": "response.content_part.added", "item_id": "rs_1", "output_index": 0, "content_index": 0, "part": {"type": "reasoning_text", "text": ""}}),
            json!({"type": "response.reasoning_text.delta", "item_id": "rs_1", "output_index": 0, "content_index": 0, "delta": "raw"}),
            json!({"type": "response.reasoning_text.done", "item_id": "rs_1", "output_index": 0, "content_index": 0, "text": "raw"}),
            json!({"type": "response.content_part.done", "item_id": "rs_1", "output_index": 0, "content_index": 0, "part": {"type": "reasoning_text", "text": "raw"}}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        ],
    );
}

#[test]
fn reasoning_without_words_is_added_and_done() {
    let item =
        json!({"id": "rs_1", "type": "reasoning", "summary": [], "content": null, "encrypted_content": null});
    same(
        &item_events(&item, 9),
        &[
            json!({"type": "response.output_item.added", "output_index": 0, "item": item}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        ],
    );
}

#[test]
fn a_function_call() {
    let item = json!({"id": "fc_1", "type": "function_call", "status": "completed", "arguments": "{\"a\":1}", "call_id": "call_1", "name": "f", "namespace": "n", "caller": {"type": "direct"}});
    same(
        &item_events_with(&item, &Options::default()),
        &[
            json!({"type": "response.output_item.added", "output_index": 0, "item": {"id": "fc_1", "type": "function_call", "status": "in_progress", "arguments": "", "call_id": "call_1", "name": "f", "namespace": "n", "caller": {"type": "direct"}}}),
            json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 0, "delta": "{\""}),
            json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 0, "delta": "a"}),
            json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 0, "delta": "\":"}),
            json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 0, "delta": "1"}),
            json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 0, "delta": "}"}),
            json!({"type": "response.function_call_arguments.done", "item_id": "fc_1", "output_index": 0, "arguments": "{\"a\":1}", "name": "f"}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        ],
    );
}

#[test]
fn a_custom_tool_call_begins_without_a_status() {
    let item = json!({"id": "ctc_1", "type": "custom_tool_call", "status": "completed", "call_id": "call_1", "input": "ls -l", "name": "sh"});
    same(
        &item_events(&item, 3),
        &[
            json!({"type": "response.output_item.added", "output_index": 0, "item": {"id": "ctc_1", "type": "custom_tool_call", "call_id": "call_1", "input": "", "name": "sh"}}),
            json!({"type": "response.custom_tool_call_input.delta", "item_id": "ctc_1", "output_index": 0, "delta": "ls "}),
            json!({"type": "response.custom_tool_call_input.delta", "item_id": "ctc_1", "output_index": 0, "delta": "-l"}),
            json!({"type": "response.custom_tool_call_input.done", "item_id": "ctc_1", "output_index": 0, "input": "ls -l"}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": item}),
        ],
    );
}

#[test]
fn logprobs_travel_with_the_tokens_they_are_of() {
    let entry =
        |token: &str| json!({"token": token, "bytes": token.as_bytes(), "logprob": -0.5, "top_logprobs": []});
    let message = |logprobs: serde_json::Value| {
        json!({"id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
            "content": [{"type": "output_text", "annotations": [], "logprobs": logprobs, "text": "Hi there!"}]})
    };
    let deltas = |item: &serde_json::Value, options: &Options| -> Vec<(String, Vec<String>)> {
        let events = item_events_with(item, options);
        let deltas = events.iter().filter(|event| event["type"] == "response.output_text.delta");
        let tokens = |event: &serde_json::Value| {
            event["logprobs"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| entry["token"].as_str().unwrap().to_owned())
                .collect()
        };
        deltas.map(|event| (event["delta"].as_str().unwrap().to_owned(), tokens(event))).collect()
    };
    let of = |pairs: &[(&str, &[&str])]| -> Vec<(String, Vec<String>)> {
        pairs
            .iter()
            .map(|(piece, tokens)| {
                ((*piece).to_owned(), tokens.iter().map(|token| (*token).to_owned()).collect())
            })
            .collect()
    };
    let tokens = message(json!([entry("Hi th"), entry("ere"), entry("!")]));
    // The tokens that are written are the pieces, whatever the vocabulary says.
    assert_eq!(
        deltas(&tokens, &Options::default()),
        of(&[("Hi th", &["Hi th"]), ("ere", &["ere"]), ("!", &["!"])])
    );
    let threes = Options { split: Some("characters*3".parse().unwrap()), ..Options::default() };
    assert_eq!(deltas(&tokens, &threes), of(&[("Hi ", &["Hi th"]), ("the", &["ere"]), ("re!", &["!"])]));
    // Tokens that are not the text are not lost.
    let bytes = message(json!([entry("\\xf0"), entry("\\x9f"), entry("Hi there! and more"), entry("end")]));
    let whole = Options { split: Some("whole".parse().unwrap()), ..Options::default() };
    assert_eq!(deltas(&bytes, &whole)[0].1.len(), 4);
    let carried: usize = deltas(&bytes, &threes).iter().map(|(_, tokens)| tokens.len()).sum();
    assert_eq!(carried, 4);
}

#[test]
fn obfuscation_is_a_member_of_deltas_alone() {
    let item = json!({"id": "fc_1", "type": "function_call", "status": "completed", "arguments": "{}", "call_id": "c", "name": "f"});
    let events = item_events_with(&item, &Options { obfuscation: true, ..Options::default() });
    for event in events {
        let padding = event.get("obfuscation").and_then(|padding| padding.as_str());
        assert_eq!(event["type"].as_str().unwrap().ends_with(".delta"), padding.is_some());
        assert!(padding.is_none_or(|padding| padding.len() + event["delta"].as_str().unwrap().len() == 16));
    }
}
