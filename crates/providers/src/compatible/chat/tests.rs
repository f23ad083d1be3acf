use super::*;
use standin_core::dialect::RenderedBody;
use standin_core::tokens::Split;

fn streamed_with(body: &Value, options: &Options, object: Value) -> Vec<String> {
    let RenderedBody::Frames(frames) = render(object, &asked(body), options).body else {
        panic!("a stream has frames")
    };
    frames.iter().map(|frame| String::from_utf8(frame.to_vec()).unwrap()).collect()
}

/// The chunks of a stream; the end is checked and left out.
fn chunks_with(body: &Value, options: &Options, object: Value) -> Vec<Value> {
    let mut frames = streamed_with(body, options, object);
    assert_eq!(frames.pop().as_deref(), Some("data: [DONE]\n\n"));
    frames
        .iter()
        .map(|frame| {
            let data = frame.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap();
            assert!(!data.contains('\n'));
            serde_json::from_str(data).unwrap()
        })
        .collect()
}

fn chunks(object: Value) -> Vec<Value> {
    chunks_with(&json!({"model": "gpt-4o", "stream": true}), &Options::default(), object)
}

/// Only the choices of the chunks of one choice.
fn choices(choice: &Value) -> Vec<Value> {
    let object = json!({"id": "c", "created": 1, "model": "m", "choices": [choice]});
    chunks(object).into_iter().map(|chunk| chunk["choices"][0].clone()).collect()
}

fn deltas(message: &Value) -> Vec<Value> {
    let choice = json!({"index": 0, "message": message, "finish_reason": "stop"});
    choices(&choice).into_iter().map(|choice| choice["delta"].clone()).collect()
}

#[test]
fn a_text_is_streamed_byte_for_byte_as_openai_does() {
    let object = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 7, "model": "gpt-4o",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": "Hello there!", "refusal": null},
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 8, "completion_tokens": 3, "total_tokens": 11},
        "service_tier": "default", "system_fingerprint": null,
    });
    let head = r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":7,"model":"gpt-4o","service_tier":"default","system_fingerprint":null,"choices":"#;
    let chunk = |delta: &str, finish: &str| {
        format!(
            "{head}[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{finish}}}]}}\n\n"
        )
    };
    let body = json!({"model": "gpt-4o", "stream": true});
    assert_eq!(
        streamed_with(&body, &Options::default(), object.clone()),
        [
            chunk(r#"{"role":"assistant","content":"","refusal":null}"#, "null"),
            chunk(r#"{"content":"Hello"}"#, "null"),
            chunk(r#"{"content":" there"}"#, "null"),
            chunk(r#"{"content":"!"}"#, "null"),
            chunk("{}", "\"stop\""),
            "data: [DONE]\n\n".to_owned(),
        ]
    );
    assert_eq!(
        render(object, &asked(&body), &Options::default()).content_type,
        "text/event-stream; charset=utf-8"
    );
}

#[test]
fn usage_is_null_on_every_chunk_and_at_the_end_where_it_is_asked_for() {
    let body = json!({"stream": true, "stream_options": {"include_usage": true}});
    let usage = json!({"prompt_tokens": 8, "completion_tokens": 1, "total_tokens": 9});
    let object = json!({
        "id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
        "usage": usage,
    });
    let chunks = chunks_with(&body, &Options::default(), object);
    assert_eq!(chunks.len(), 4);
    assert!(chunks[..3].iter().all(|chunk| chunk.get("usage") == Some(&Value::Null)));
    assert_eq!(
        chunks[3],
        json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [], "usage": usage})
    );
}

#[test]
fn parallel_calls_of_tools_are_told_apart_by_their_index() {
    let message = json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{\"location\":\"Paris\"}"}},
        {"id": "call_2", "type": "function", "function": {"name": "now", "arguments": "{}"}},
    ]});
    let piece = |index: usize, piece: &str| json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]});
    assert_eq!(
        deltas(&message),
        [
            json!({"role": "assistant", "content": null}),
            json!({"tool_calls": [
                {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}},
            ]}),
            piece(0, "{\""),
            piece(0, "location"),
            piece(0, "\":\""),
            piece(0, "Paris"),
            piece(0, "\"}"),
            json!({"tool_calls": [
                {"index": 1, "id": "call_2", "type": "function", "function": {"name": "now", "arguments": ""}},
            ]}),
            piece(1, "{}"),
            json!({}),
        ]
    );
}

#[test]
fn a_custom_call_streams_its_input() {
    let message = json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": "call_1", "type": "custom", "custom": {"name": "sql", "input": "select 1"}},
    ]});
    let input = |piece: &str| json!({"tool_calls": [{"index": 0, "custom": {"input": piece}}]});
    assert_eq!(
        deltas(&message)[1..5],
        [
            json!({"tool_calls": [
                {"index": 0, "id": "call_1", "type": "custom", "custom": {"name": "sql", "input": ""}},
            ]}),
            input("select"),
            input(" "),
            input("1"),
        ]
    );
}

#[test]
fn what_clients_fail_without_is_made_up() {
    let object =
        json!({"choices": [{"message": {"tool_calls": [{"function": {"name": "f", "arguments": ""}}]}}]});
    let chunks = chunks(object);
    assert_eq!(chunks[0]["choices"][0]["delta"], json!({"role": "assistant"}));
    assert_eq!(chunks[0]["model"], "gpt-4o");
    assert_eq!(chunks[0]["object"], "chat.completion.chunk");
    assert_eq!(chunks[0]["id"].as_str().map(str::len), Some(38));
    let call = &chunks[1]["choices"][0]["delta"]["tool_calls"][0];
    assert_eq!(call["type"], "function");
    assert_eq!(call["id"].as_str().map(str::len), Some(29));
    assert_eq!(chunks[2]["choices"][0], json!({"index": 0, "delta": {}, "finish_reason": "tool_calls"}));
}

#[test]
fn a_refusal_and_what_nobody_knows() {
    let message = json!({
        "role": "assistant", "content": null, "refusal": "I won't", "annotations": [{"type": "url_citation"}],
        "x_trace": {"hops": [1]},
    });
    assert_eq!(
        deltas(&message),
        [
            json!({
                "role": "assistant", "content": null, "refusal": null,
                "annotations": [{"type": "url_citation"}], "x_trace": {"hops": [1]},
            }),
            json!({"refusal": "I"}),
            json!({"refusal": " won't"}),
            json!({}),
        ]
    );
}

#[test]
fn audio_is_its_id_its_words_its_bytes_and_its_end() {
    let message = json!({"role": "assistant", "content": null, "audio": {
        "id": "audio_1", "data": "AAAA", "expires_at": 9, "transcript": "Hi you",
    }});
    assert_eq!(
        deltas(&message)[1..],
        [
            json!({"audio": {"id": "audio_1", "transcript": ""}}),
            json!({"audio": {"transcript": "Hi"}}),
            json!({"audio": {"transcript": " you"}}),
            json!({"audio": {"data": "AAAA"}}),
            json!({"audio": {"expires_at": 9}}),
            json!({}),
        ]
    );
}

#[test]
fn choices_begin_in_order_and_take_turns() {
    let choice = |index: usize, text: &str| json!({"index": index, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
    let object = json!({"choices": [choice(1, "b"), choice(0, "a c")]});
    let seen: Vec<_> = chunks(object)
        .iter()
        .map(|chunk| {
            let choice = &chunk["choices"][0];
            (choice["index"].as_u64().unwrap(), choice["delta"]["content"].as_str().unwrap_or("-").to_owned())
        })
        .collect();
    let seen: Vec<_> = seen.iter().map(|(index, text)| (*index, text.as_str())).collect();
    assert_eq!(seen, [(0, ""), (1, ""), (0, "a"), (1, "b"), (0, " c"), (1, "-"), (0, "-")]);
}

#[test]
fn logprobs_are_with_their_tokens() {
    let entry = |token: &str, bytes: &[u8]| json!({"token": token, "logprob": -0.1, "bytes": bytes, "top_logprobs": []});
    // One character of two tokens.
    let entries = [entry("Hi", b"Hi"), entry("\\xe2", &[0xe2]), entry("\\x82\\xac", &[0x82, 0xac])];
    let choice = json!({
        "index": 0, "message": {"role": "assistant", "content": "Hi€"},
        "logprobs": {"content": entries, "refusal": null}, "finish_reason": "stop",
    });
    let chunk = |delta: Value, logprobs: Value, finish: Value| json!({"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": finish});
    assert_eq!(
        choices(&choice),
        [
            chunk(json!({"role": "assistant", "content": ""}), json!(null), json!(null)),
            chunk(json!({"content": "Hi"}), json!({"content": [entries[0]], "refusal": null}), json!(null)),
            chunk(
                json!({"content": "€"}),
                json!({"content": [entries[1], entries[2]], "refusal": null}),
                json!(null)
            ),
            chunk(json!({}), json!(null), json!("stop")),
        ]
    );
    let mut other = choice;
    other["message"]["content"] = json!("Another text");
    let others = choices(&other);
    assert_eq!(others[1]["logprobs"], json!({"content": entries, "refusal": null}));
    assert_eq!(others[2]["logprobs"], Value::Null);
}

#[test]
fn texts_are_cut_where_it_is_said() {
    let object = || json!({"choices": [{"message": {"content": "Hello there, you two"}}]});
    let body = json!({"stream": true});
    let texts = |split| {
        let options = Options { split: Some(split), ..Options::default() };
        let chunks = chunks_with(&body, &options, object());
        chunks[1..chunks.len() - 1]
            .iter()
            .map(|chunk| chunk["choices"][0]["delta"]["content"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(Split::Whole), ["Hello there, you two"]);
    assert_eq!(texts(Split::Tokens(3)), ["Hello there,", " you two"]);
    assert_eq!(texts(Split::Characters(8)), ["Hello th", "ere, you", " two"]);
}

#[test]
fn padding_is_sent_where_it_is_wanted_on_both_sides() {
    let object = || json!({"choices": [{"message": {"content": "Hello"}}]});
    let options = Options { obfuscation: true, ..Options::default() };
    let padded = |body: &Value| {
        chunks_with(body, &options, object()).iter().all(|chunk| chunk["obfuscation"].is_string())
    };
    assert!(padded(&json!({"stream": true, "stream_options": {"include_usage": true}})));
    assert!(!padded(&json!({"stream": true, "stream_options": {"include_obfuscation": false}})));
}

#[test]
fn a_filter_of_the_prompt_has_a_chunk_before_all_others() {
    let filters = json!([{"prompt_index": 0, "content_filter_results": {}}]);
    let object = json!({
        "choices": [{"message": {"content": "Hi"}, "content_filter_results": {"hate": {}}}],
        "prompt_filter_results": filters,
    });
    let chunks = chunks(object);
    assert_eq!(
        chunks[0],
        json!({"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": filters})
    );
    assert_eq!(chunks[1]["choices"][0]["content_filter_results"], json!({"hate": {}}));
    assert!(chunks[1..].iter().all(|chunk| chunk.get("prompt_filter_results").is_none()));
}

#[test]
fn whatever_is_written_is_rendered() {
    for object in [json!(null), json!([1]), json!({"error": {"message": "no"}}), json!("text")] {
        let body = json!({"stream": true});
        let rendered = render(object.clone(), &asked(&body), &Options::default());
        assert_eq!(rendered, Rendered::json(&object));
    }
    for object in [
        json!({}),
        json!({"choices": 3}),
        json!({"choices": [null, 7, {"message": "x", "logprobs": [1], "index": "a"}]}),
        json!({"choices": [{"message": {"role": 1, "content": 5, "tool_calls": [1, {"function": "x"}], "audio": {}}}]}),
    ] {
        assert!(!chunks(object).is_empty());
    }
}

#[test]
fn usage_is_counted_where_there_is_none() {
    let body = json!({"model": "gpt-4o", "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Say Hello there!"},
    ]});
    let object = json!({"x": 1, "choices": [{"message": {"content": "Hello there!"}}]});
    let whole = |body: &Value, object: Value| {
        let rendered = render(object, &asked(body), &Options::default());
        serde_json::from_slice::<Value>(&rendered.bytes()).unwrap()
    };
    // 3 and 4 tokens, 4 for each message, 3 for all.
    let counted = whole(&body, object.clone());
    assert_eq!(counted["usage"]["prompt_tokens"], 18);
    assert_eq!(counted["usage"]["completion_tokens"], 3);
    assert_eq!(counted["usage"]["total_tokens"], 21);
    assert!(counted.to_string().starts_with(r#"{"x":1,"choices""#));
    let mut reasoning = body;
    reasoning["model"] = json!("o3-mini");
    assert_eq!(whole(&reasoning, object)["usage"]["prompt_tokens"], 17);
    let written = json!({"choices": [], "usage": null});
    assert_eq!(whole(&reasoning, written.clone()), written);
}
