//! The objects of neutral answers.

use super::super::{asked, compose};
use super::accumulate::accumulate;
use super::{events_from, rendered};
use serde_json::{Value, json};
use standin_core::dialect::{Endpoint, Options, Said};

fn composed(said: Value, body: &Value) -> Value {
    let said: Said = serde_json::from_value(said).unwrap();
    compose(&said, &asked(Endpoint::Responses, body)).unwrap()
}

#[test]
fn a_text_is_a_whole_response_in_the_vendors_order() {
    let object = composed(json!({"text": "Hello there!"}), &json!({"model": "gpt-4o", "input": "Hi"}));
    let id = object["id"].as_str().unwrap();
    let message = object["output"][0]["id"].as_str().unwrap();
    assert!(id.starts_with("resp_") && id.len() == 55 && message.starts_with("msg_") && message.len() == 54);
    let expected = json!({
        "id": id, "object": "response", "created_at": 1_750_000_000, "status": "completed", "background": false,
        "completed_at": 1_750_000_000, "error": null, "frequency_penalty": 0.0, "incomplete_details": null,
        "instructions": null, "max_output_tokens": null, "max_tool_calls": null, "model": "gpt-4o",
        "output": [{"id": message, "type": "message", "status": "completed", "content": [
            {"type": "output_text", "annotations": [], "logprobs": [], "text": "Hello there!"}], "role": "assistant"}],
        "parallel_tool_calls": true, "presence_penalty": 0.0, "previous_response_id": null, "prompt_cache_key": null,
        "prompt_cache_retention": null, "reasoning": {"effort": null, "summary": null}, "safety_identifier": null,
        "service_tier": "default", "store": true, "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"}, "tool_choice": "auto", "tools": [],
        "top_logprobs": 0, "top_p": 1.0, "truncation": "disabled",
        "usage": {"input_tokens": 8, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 3,
            "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 11},
        "user": null, "metadata": {},
    });
    assert_eq!(object.to_string(), expected.to_string());
}

#[test]
fn the_request_is_echoed() {
    let body = json!({
        "model": "gpt-x", "input": "Hi", "instructions": "Be brief.", "temperature": 0.5, "top_p": 0.25,
        "truncation": "auto", "metadata": {"a": "b"}, "previous_response_id": "resp_0", "store": false,
        "background": true, "tool_choice": "required", "service_tier": "flex", "conversation": "conv_1",
        "parallel_tool_calls": false, "max_output_tokens": 9, "reasoning": {"effort": "low"},
        "text": {"format": {"type": "json_object"}}, "user": null,
        "tools": [
            {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": null, "x": 1},
            {"type": "custom", "name": "g"}, {"type": "web_search"},
        ],
    });
    let object = composed(json!({"text": "x", "model": "gpt-y"}), &body);
    for name in [
        "instructions",
        "temperature",
        "top_p",
        "truncation",
        "metadata",
        "previous_response_id",
        "store",
        "background",
        "tool_choice",
        "service_tier",
        "parallel_tool_calls",
        "max_output_tokens",
    ] {
        assert_eq!(object[name], body[name], "{name}");
    }
    assert_eq!(object["model"], "gpt-y");
    assert_eq!(object["conversation"], json!({"id": "conv_1"}));
    assert_eq!(object["reasoning"], json!({"effort": "low", "summary": null}));
    assert_eq!(object["text"], json!({"format": {"type": "json_object"}, "verbosity": "medium"}));
    assert_eq!(
        object["tools"].to_string(),
        json!([
            {"type": "function", "description": null, "name": "f", "parameters": {"type": "object"}, "strict": true, "x": 1},
            {"type": "custom", "description": null, "format": {"type": "text"}, "name": "g"},
            {"type": "web_search"},
        ])
        .to_string()
    );
}

#[test]
fn thoughts_refusals_and_calls_are_items() {
    let body = json!({"model": "gpt-x", "include": ["reasoning.encrypted_content"], "tools": [
        {"type": "custom", "name": "shout"}, {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "inner"}]},
    ]});
    let said = json!({"reasoning": "Hm.", "text": "Well.", "refusal": "No.", "tool_calls": [
        {"id": "call_1", "name": "f", "arguments": {"b": 1, "a": 2}}, {"name": "shout", "arguments": {"input": "hey"}},
        {"name": "shout", "arguments": "raw"}, {"name": "inner", "arguments": null},
    ]});
    let object = composed(said, &body);
    let output = object["output"].as_array().unwrap();
    let kinds: Vec<&str> = output.iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["reasoning", "message", "function_call", "custom_tool_call", "custom_tool_call", "function_call"]
    );
    assert_eq!(output[0]["summary"], json!([{"type": "summary_text", "text": "Hm."}]));
    assert!(output[0]["encrypted_content"].as_str().unwrap().len() > 100);
    assert_eq!(output[1]["content"][1], json!({"type": "refusal", "refusal": "No."}));
    let call = json!({"id": output[2]["id"], "type": "function_call", "status": "completed", "arguments": "{\"b\":1,\"a\":2}", "call_id": "call_1", "name": "f"});
    assert_eq!(output[2].to_string(), call.to_string());
    let custom = json!({"id": output[3]["id"], "type": "custom_tool_call", "status": "completed", "call_id": output[3]["call_id"], "input": "hey", "name": "shout"});
    assert_eq!(output[3].to_string(), custom.to_string());
    assert_eq!((&output[4]["input"], &output[5]["arguments"]), (&json!("raw"), &json!("{}")));
    assert_eq!(output[5]["namespace"], "n");
    let mut ids: Vec<&str> =
        output.iter().flat_map(|item| [item["id"].as_str(), item["call_id"].as_str()]).flatten().collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 10);
    assert_ne!(object["usage"]["output_tokens_details"]["reasoning_tokens"], 0);
}

#[test]
fn what_is_cut_off_is_incomplete() {
    for (reason, said) in [
        ("length", "max_output_tokens"),
        ("max_output_tokens", "max_output_tokens"),
        ("content_filter", "content_filter"),
    ] {
        let object = composed(json!({"text": "x", "finish_reason": reason}), &json!({}));
        assert_eq!((&object["status"], &object["completed_at"]), (&json!("incomplete"), &Value::Null));
        assert_eq!(object["incomplete_details"], json!({"reason": said}));
        assert_eq!(object["output"][0]["status"], "incomplete");
    }
    assert_eq!(composed(json!({"text": "x", "finish_reason": "stop"}), &json!({}))["status"], "completed");
}

#[test]
fn usage_that_is_said_is_not_counted() {
    let usage = json!({"input_tokens": 20, "output_tokens": 7, "cached_tokens": 5, "reasoning_tokens": 3});
    let object = composed(json!({"usage": usage}), &json!({}));
    assert_eq!(
        object["usage"],
        json!({"input_tokens": 20, "input_tokens_details": {"cached_tokens": 5}, "output_tokens": 7,
            "output_tokens_details": {"reasoning_tokens": 3}, "total_tokens": 27})
    );
    assert_eq!(object["output"][0]["content"][0]["text"], "", "who says nothing says an empty text");
}

#[test]
fn what_has_no_place_is_unsayable() {
    let body = json!({});
    let asked = asked(Endpoint::Responses, &body);
    for said in [
        Said { embedding: Some(vec![0.5]), ..Said::default() },
        Said { flagged: Some(vec![]), ..Said::default() },
        Said { images: Some(vec![]), ..Said::default() },
        Said { audio: Some(String::new()), ..Said::default() },
    ] {
        assert!(compose(&said, &asked).unwrap_err().to_string().starts_with("responses cannot say "));
    }
}

#[test]
fn it_is_the_same_streamed_and_lacks_nothing() {
    let body = json!({"model": "gpt-x", "input": "Hi"});
    let streaming = json!({"model": "gpt-x", "input": "Hi", "stream": true});
    let said =
        json!({"text": "Hello there!", "reasoning": "Hm.", "tool_calls": [{"name": "f", "arguments": {}}]});
    let object = composed(said.clone(), &body);
    assert_eq!(object, composed(said, &streaming));
    let read = accumulate(&events_from(&rendered(&object, &streaming, &Options::default()), 0));
    assert_eq!(read.last.to_string(), object.to_string());
}
