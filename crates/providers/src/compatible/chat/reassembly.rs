//! Streams put together again as the official SDKs do it, by code that knows nothing of how they were made.

use super::*;
use proptest::prelude::*;
use standin_core::dialect::RenderedBody;
use standin_core::tokens::Split;

/// The chunks of a stream, parsed as clients parse it.
fn chunks(object: &Value, usage: bool, options: &Options) -> Vec<Value> {
    let body = json!({"stream": true, "stream_options": {"include_usage": usage}});
    let RenderedBody::Frames(frames) = render(object.clone(), &asked(&body), options).body else {
        panic!("no stream")
    };
    let text = String::from_utf8(frames.concat()).unwrap();
    // Some clients end lines here too.
    let lines = text.split(['\n', '\u{2028}', '\u{2029}', '\u{85}']).filter(|line| !line.is_empty());
    let mut data: Vec<&str> = lines.map(|line| line.strip_prefix("data: ").unwrap()).collect();
    assert_eq!(data.pop(), Some("[DONE]"));
    data.into_iter().map(|data| serde_json::from_str(data).unwrap()).collect()
}

/// As openai-python: texts are joined, numbers added, lists merged by index, and a new key is taken as it is.
fn merge(known: &mut Value, delta: &Value) {
    for (key, new) in delta.as_object().unwrap() {
        let old = &mut known[key.as_str()];
        if old.is_null() || key == "index" || key == "type" {
            *old = new.clone();
            continue;
        }
        match (&mut *old, new) {
            (Value::String(old), Value::String(new)) => old.push_str(new),
            (Value::Number(number), Value::Number(new)) => {
                *old = json!(number.as_i64().unwrap() + new.as_i64().unwrap());
            }
            (Value::Object(_), Value::Object(_)) => merge(old, new),
            (Value::Array(old), Value::Array(new)) => {
                for entry in new {
                    let index = usize::try_from(entry["index"].as_u64().expect("needs an index")).unwrap();
                    if index < old.len() {
                        merge(&mut old[index], entry);
                    } else {
                        old.insert(index, entry.clone());
                    }
                }
            }
            _ => {}
        }
    }
}

fn as_python(chunks: &[Value]) -> Value {
    let mut whole = chunks[0].clone();
    whole["object"] = json!("chat.completion");
    whole["choices"] = json!([]);
    for chunk in chunks {
        if chunk["object"] != "chat.completion.chunk" {
            continue;
        }
        for choice in chunk["choices"].as_array().unwrap() {
            let index = usize::try_from(choice["index"].as_u64().unwrap()).unwrap();
            let choices = whole["choices"].as_array_mut().unwrap();
            if index >= choices.len() {
                assert_eq!(index, choices.len(), "a choice is met before the one before it");
                let mut first = choice.clone();
                let delta = first.as_object_mut().unwrap().shift_remove("delta").unwrap();
                first["message"] = delta;
                choices.push(first);
                continue;
            }
            let known = &mut choices[index];
            merge(&mut known["message"], &choice["delta"]);
            if !choice["finish_reason"].is_null() {
                known["finish_reason"] = choice["finish_reason"].clone();
            }
            add_logprobs(known, choice);
        }
        whole["usage"] = chunk["usage"].clone();
        whole["system_fingerprint"] = chunk["system_fingerprint"].clone();
    }
    whole
}

fn add_logprobs(known: &mut Value, choice: &Value) {
    let Some(logprobs) = choice.get("logprobs").filter(|logprobs| !logprobs.is_null()) else { return };
    if known["logprobs"].is_null() {
        known["logprobs"] = logprobs.clone();
        return;
    }
    for list in ["content", "refusal"] {
        for entry in logprobs[list].as_array().into_iter().flatten() {
            let list = &mut known["logprobs"][list];
            if list.is_null() {
                *list = json!([]);
            }
            list.as_array_mut().unwrap().push(entry.clone());
        }
    }
}

/// As openai-node: what it knows is joined, the last of everything else wins.
fn as_node(chunks: &[Value]) -> Value {
    let mut whole = json!({"choices": []});
    for chunk in chunks {
        for (key, value) in chunk.as_object().unwrap().iter().filter(|(key, _)| *key != "choices") {
            whole[key] = value.clone();
        }
        for choice in chunk["choices"].as_array().unwrap() {
            let index = usize::try_from(choice["index"].as_u64().unwrap()).unwrap();
            let choices = whole["choices"].as_array_mut().unwrap();
            if index >= choices.len() {
                choices.push(json!({"index": index, "message": {}, "finish_reason": null}));
                if choice.get("logprobs").is_some() {
                    choices[index]["logprobs"] = Value::Null;
                }
            }
            let known = &mut choices[index];
            for (key, value) in choice.as_object().unwrap() {
                match key.as_str() {
                    "delta" => node_delta(&mut known["message"], value),
                    "finish_reason" if value.is_null() => {}
                    "logprobs" => add_logprobs(known, choice),
                    _ => known[key] = value.clone(),
                }
            }
        }
    }
    whole["object"] = json!("chat.completion");
    whole
}

fn node_delta(message: &mut Value, delta: &Value) {
    for (key, value) in delta.as_object().unwrap() {
        match (key.as_str(), value) {
            ("content" | "refusal", Value::String(piece)) => {
                let old = message[key].as_str().unwrap_or_default();
                message[key] = json!(format!("{old}{piece}"));
            }
            ("content" | "refusal", _) => {
                if message.get(key).is_none() {
                    message[key] = Value::Null;
                }
            }
            ("tool_calls", Value::Array(calls)) => {
                if message["tool_calls"].is_null() {
                    message["tool_calls"] = json!([]);
                }
                for call in calls {
                    node_call(message["tool_calls"].as_array_mut().unwrap(), call);
                }
            }
            _ => message[key] = value.clone(),
        }
    }
}

fn node_call(calls: &mut Vec<Value>, call: &Value) {
    let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
    if index == calls.len() {
        calls.push(json!({}));
    }
    for (key, value) in call.as_object().unwrap() {
        if key == "function" {
            let known = &mut calls[index]["function"];
            if known.is_null() {
                *known = json!({"arguments": ""});
            }
            for (key, value) in value.as_object().unwrap() {
                if key == "arguments" {
                    let joined =
                        format!("{}{}", known["arguments"].as_str().unwrap(), value.as_str().unwrap());
                    known["arguments"] = json!(joined);
                } else {
                    known[key] = value.clone();
                }
            }
        } else {
            calls[index][key] = value.clone();
        }
    }
}

/// Takes out what both SDKs leave in calls.
fn without_indices(mut object: Value) -> Value {
    for choice in object["choices"].as_array_mut().unwrap() {
        if let Some(calls) = choice["message"].get_mut("tool_calls").and_then(Value::as_array_mut) {
            calls.iter_mut().for_each(|call| drop(call.as_object_mut().unwrap().shift_remove("index")));
        }
    }
    object
}

fn texts() -> impl Strategy<Value = String> {
    let letters = prop_oneof![
        Just("Hello".to_owned()),
        Just(" there".to_owned()),
        Just("👩‍👩‍👧‍👦".to_owned()),
        Just("\u{2028}\n\u{2029}\u{85}\r\n".to_owned()),
        Just("\"\\{}[]".to_owned()),
        Just("data: [DONE]\n\n".to_owned()),
        any::<String>(),
    ];
    prop::collection::vec(letters, 1..4).prop_map(|parts| parts.concat())
}

fn leaves() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!(null)),
        Just(json!(7)),
        Just(json!("word")),
        Just(json!({"deep": [1, {"index": 3}], "n": -0.1})),
        Just(json!(["a", 2])),
        Just(json!([])),
    ]
}

fn calls() -> impl Strategy<Value = Value> {
    let call = (texts(), any::<bool>()).prop_map(|(arguments, extra)| {
        let mut call =
            json!({"id": "call_1", "type": "function", "function": {"name": "f", "arguments": arguments}});
        if extra {
            call["extra"] = json!({"signature": "x"});
            call["function"]["strict"] = json!(true);
        }
        call
    });
    prop::collection::vec(call, 1..4).prop_map(Value::from)
}

/// Entries that are the tokens of a text, or those of another.
fn entries(text: &str, aligned: bool) -> Value {
    let text = if aligned { text } else { "quite another text" };
    let bytes = text.as_bytes().chunks(3);
    bytes
        .map(|bytes| json!({"token": String::from_utf8_lossy(bytes), "logprob": -0.5, "bytes": bytes}))
        .collect()
}

prop_compose! {
    fn messages()(
        content in prop::option::of(texts()),
        refusal in prop::option::of(prop::option::of(texts())),
        calls in prop::option::of(calls()),
        annotations in prop::option::of(leaves()),
        unknown in prop::collection::btree_map("x_[a-c]", leaves(), 0..3),
    ) -> Value {
        let mut message = json!({"role": "assistant", "content": content});
        if let Some(refusal) = refusal {
            message["refusal"] = json!(refusal);
        }
        if let Some(calls) = calls {
            message["tool_calls"] = calls;
        }
        if let Some(annotations) = annotations {
            message["annotations"] = annotations;
        }
        for (key, value) in unknown {
            message[key] = value;
        }
        message
    }
}

prop_compose! {
    fn written_choices()(
        message in messages(),
        logprobs in 0..5,
        finish in prop::sample::select(vec!["stop", "length", "tool_calls", "content_filter"]),
        unknown in prop::option::of(leaves()),
    ) -> Value {
        let list = |name: &str, aligned| message[name].as_str().map(|text| entries(text, aligned));
        let logprobs = match logprobs {
            0 => None,
            1 => Some(Value::Null),
            2 => Some(json!({"content": [], "refusal": null})),
            other => Some(json!({"content": list("content", other == 3), "refusal": list("refusal", true)})),
        };
        let mut choice = json!({"message": message, "finish_reason": finish});
        if let Some(logprobs) = logprobs {
            choice["logprobs"] = logprobs;
        }
        if let Some(unknown) = unknown {
            choice["x_choice"] = unknown;
        }
        choice
    }
}

prop_compose! {
    fn objects()(
        choices in prop::collection::vec(written_choices(), 1..4),
        unknown in prop::option::of(leaves()),
    ) -> Value {
        let mut object = json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 5, "model": "m", "choices": choices,
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "x": {"y": 1}},
            "service_tier": "default", "system_fingerprint": "fp_1",
        });
        for (index, choice) in object["choices"].as_array_mut().unwrap().iter_mut().enumerate() {
            choice["index"] = json!(index);
        }
        if let Some(unknown) = unknown {
            object["x_object"] = unknown;
        }
        object
    }
}

fn splits() -> impl Strategy<Value = Option<Split>> {
    prop_oneof![
        Just(None),
        (1usize..4).prop_map(|most| Some(Split::Tokens(most))),
        (1usize..9).prop_map(|most| Some(Split::Characters(most))),
        Just(Some(Split::Whole)),
    ]
}

proptest! {
    #[test]
    fn a_stream_is_put_together_as_it_was_written(object in objects(), split in splits()) {
        let chunks = chunks(&object, true, &Options { split, ..Options::default() });
        prop_assert_eq!(&without_indices(as_python(&chunks)), &object);
        prop_assert_eq!(&without_indices(as_node(&chunks)), &object);
    }

    #[test]
    fn without_asking_nobody_hears_of_usage(object in objects()) {
        let chunks = chunks(&object, false, &Options::default());
        prop_assert!(chunks.iter().all(|chunk| chunk.get("usage").is_none()));
    }
}

#[test]
fn audio_is_put_together_as_python_does() {
    let object = json!({
        "id": "c", "object": "chat.completion", "created": 5, "model": "m", "usage": {}, "system_fingerprint": null,
        "choices": [{"index": 0, "finish_reason": "stop", "message": {
            "role": "assistant", "content": null, "refusal": null,
            "audio": {"id": "audio_1", "data": "QUJD".repeat(5000), "expires_at": 1234, "transcript": "Hi there 👋"},
            "function_call": {"name": "f", "arguments": "{\"a\": 1}"},
        }}],
    });
    let chunks = chunks(&object, true, &Options::default());
    assert_eq!(as_python(&chunks), object);
}
