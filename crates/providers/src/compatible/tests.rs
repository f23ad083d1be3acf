//! Endpoints other than chat: completions, embeddings, moderations, models, and errors.

use super::*;
use proptest::prelude::*;
use serde_json::json;
use standin_core::dialect::RenderedBody;
use standin_core::tokens::Split;

fn whole(endpoint: Endpoint, body: &Value, object: Value) -> Value {
    let rendered = render(object, &asked(endpoint, body), &Options::default());
    assert_eq!(rendered.content_type, "application/json");
    serde_json::from_slice(&rendered.bytes()).unwrap()
}

fn frames(body: &Value, options: &Options, object: Value) -> Vec<String> {
    let rendered = render(object, &asked(Endpoint::Completions, body), options);
    assert_eq!(rendered.content_type, "text/event-stream");
    let RenderedBody::Frames(frames) = rendered.body else { panic!("no stream") };
    frames.iter().map(|frame| String::from_utf8(frame.to_vec()).unwrap()).collect()
}

#[test]
fn two_prompts_are_streamed_as_openai_does() {
    let body = json!({
        "model": "davinci", "prompt": ["a", "b"], "stream": true, "stream_options": {"include_usage": true},
    });
    let usage = json!({"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5});
    let object = json!({
        "id": "cmpl-1", "object": "text_completion", "created": 1, "model": "davinci",
        "choices": [
            {"text": " one two", "index": 0, "logprobs": null, "finish_reason": "stop"},
            {"text": " three", "index": 1, "logprobs": null, "finish_reason": "length"},
        ],
        "usage": usage,
    });
    let chunk = |choice: &str| {
        format!(
            "data: {{\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"created\":1,\"choices\":[{choice}],\
             \"model\":\"davinci\",\"usage\":null}}\n\n"
        )
    };
    assert_eq!(
        frames(&body, &Options::default(), object),
        [
            chunk(r#"{"text":" one","index":0,"logprobs":null,"finish_reason":null}"#),
            chunk(r#"{"text":" three","index":1,"logprobs":null,"finish_reason":"length"}"#),
            chunk(r#"{"text":" two","index":0,"logprobs":null,"finish_reason":"stop"}"#),
            format!(
                "data: {{\"id\":\"cmpl-1\",\"object\":\"text_completion\",\"created\":1,\"model\":\"davinci\",\
                 \"usage\":{usage},\"choices\":[]}}\n\n"
            ),
            "data: [DONE]\n\n".to_owned(),
        ]
    );
}

#[test]
fn logprobs_of_completions_are_cut_with_their_tokens() {
    let object = json!({"choices": [{"text": "a b", "index": 0, "logprobs": {
        "tokens": ["a", " b"], "token_logprobs": [-1.0, -2.0], "top_logprobs": null, "text_offset": [0, 1],
    }}]});
    let frames = frames(&json!({"stream": true}), &Options::default(), object);
    let choice = |frame: &str| serde_json::from_str::<Value>(&frame[6..]).unwrap()["choices"][0].clone();
    assert_eq!(
        [choice(&frames[0]), choice(&frames[1])],
        [
            json!({
                "text": "a", "index": 0,
                "logprobs": {"tokens": ["a"], "token_logprobs": [-1.0], "top_logprobs": null, "text_offset": [0]},
                "finish_reason": null,
            }),
            json!({
                "text": " b", "index": 0,
                "logprobs": {"tokens": [" b"], "token_logprobs": [-2.0], "top_logprobs": null, "text_offset": [1]},
                "finish_reason": "stop",
            }),
        ]
    );
}

#[test]
fn a_completion_for_every_prompt_and_choice() {
    let body = json!({"model": "davinci", "prompt": ["say one", "say two"], "n": 2});
    let asked = asked(Endpoint::Completions, &body);
    let last = asked.last.as_ref().unwrap();
    assert_eq!(
        (last.role, &*last.text, asked.user.as_deref()),
        ("user", "say one\nsay two", Some("say one\nsay two"))
    );
    let said = Said { text: Some("Hi".to_owned()), ..Said::default() };
    let object = compose(&said, &asked).unwrap();
    assert_eq!(object["choices"].as_array().map(Vec::len), Some(4));
    assert_eq!(
        object["choices"][3],
        json!({"text": "Hi", "index": 3, "logprobs": null, "finish_reason": "stop"})
    );
    assert_eq!(object["usage"], json!({"prompt_tokens": 4, "completion_tokens": 4, "total_tokens": 8}));
    assert!(compose(&Said::default(), &asked).is_err());
}

fn embedding(body: &Value, stored: &Value) -> Value {
    let object = json!({"object": "list", "model": "m", "data": [
        {"object": "embedding", "index": 0, "embedding": stored},
    ]});
    whole(Endpoint::Embeddings, body, object)["data"][0]["embedding"].clone()
}

#[test]
fn vectors_have_the_form_that_was_asked_for() {
    let (floats, packed) = (json!({"input": "x"}), json!({"input": "x", "encoding_format": "base64"}));
    // 0.1 and -2 as 32 bits, least byte first: cdcccc3d 000000c0.
    assert_eq!(embedding(&packed, &json!([0.1, -2])), "zczMPQAAAMA=");
    assert_eq!(embedding(&floats, &json!("zczMPQAAAMA=")), json!([0.1, -2.0]));
    assert_eq!(embedding(&packed, &json!("zczMPQAAAMA=")), "zczMPQAAAMA=");
    assert_eq!(embedding(&floats, &json!([0.1, -2])), json!([0.1, -2]));
    for odd in [json!("?"), json!(["a"]), json!(null), json!("zczM")] {
        assert_eq!(embedding(&packed, &odd), odd);
        assert_eq!(embedding(&floats, &odd), odd);
    }
    let long = embedding(&packed, &Value::from(vec![0.25; 256]));
    assert_eq!(long.as_str().map(str::len), Some(1368));
}

#[test]
fn vectors_are_cut_and_have_length_one_again() {
    let of = |dimensions: usize| {
        embedding(&json!({"input": "x", "dimensions": dimensions}), &json!([3.0, 4.0, 12.0]))
    };
    assert_eq!(of(2), json!([0.6, 0.8]));
    assert_eq!(of(3), json!([3.0, 4.0, 12.0]));
    assert_eq!(of(4), json!([3.0, 4.0, 12.0]));
    let refused = accepts(Endpoint::Embeddings, &json!({"input": "x", "dimensions": -1})).unwrap_err();
    assert_eq!(
        failure(&refused),
        json!({"error": {
            "message": "-1 is less than the minimum of 1 - 'dimensions'",
            "type": "invalid_request_error", "param": null, "code": null,
        }})
    );
}

#[test]
fn an_embedding_for_every_input() {
    let said = Said { embedding: Some(vec![0.5, 0.5]), ..Said::default() };
    for (input, inputs, tokens) in [
        (json!("Hello there!"), 1, 3),
        (json!(["Hello there!", "a"]), 2, 4),
        (json!([1, 2, 3]), 1, 3),
        (json!([[1, 2], [3]]), 2, 3),
    ] {
        let body = json!({"model": "text-embedding-3-small", "input": input});
        let object = compose(&said, &asked(Endpoint::Embeddings, &body)).unwrap();
        let data = object["data"].as_array().unwrap();
        assert_eq!(data.len(), inputs);
        assert_eq!(
            data[inputs - 1],
            json!({"object": "embedding", "index": inputs - 1, "embedding": [0.5, 0.5]})
        );
        assert_eq!(object["usage"], json!({"prompt_tokens": tokens, "total_tokens": tokens}));
    }
    let body = json!({"input": "x"});
    assert!(compose(&Said::default(), &asked(Endpoint::Embeddings, &body)).is_err());
}

#[test]
fn moderations_flag_what_is_said() {
    let body = json!({"input": ["fine", "fight"]});
    let flagging = |names: &[&str]| Said {
        flagged: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..Said::default()
    };
    let object = compose(&flagging(&["violence"]), &asked(Endpoint::Moderations, &body)).unwrap();
    assert_eq!(object["model"], "omni-moderation-latest");
    assert!(object["id"].as_str().unwrap().starts_with("modr-"));
    let results = object["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    let result = &results[0];
    assert_eq!(result["flagged"], true);
    for group in ["categories", "category_scores", "category_applied_input_types"] {
        assert_eq!(result[group].as_object().map(serde_json::Map::len), Some(13), "{group}");
    }
    assert_eq!(
        (&result["categories"]["violence"], &result["categories"]["hate"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(
        (&result["category_scores"]["violence"], &result["category_scores"]["hate"]),
        (&json!(0.99), &json!(0.0))
    );

    let image = json!({"input": [{"type": "image_url", "image_url": {"url": "data:"}}, {"type": "text", "text": "hm"}]});
    let asked_of_image = asked(Endpoint::Moderations, &image);
    assert_eq!(asked_of_image.user.as_deref(), Some("hm"));
    let object = compose(&flagging(&[]), &asked_of_image).unwrap();
    assert_eq!(object["results"][0]["flagged"], false);
    assert_eq!(object["results"][0]["category_applied_input_types"]["violence"], json!(["text", "image"]));
    assert_eq!(object["results"][0]["category_applied_input_types"]["hate"], json!(["text"]));
    assert!(compose(&flagging(&["rudeness"]), &asked_of_image).is_err());
    assert!(compose(&Said::default(), &asked_of_image).is_err());
}

#[test]
fn models_are_those_that_are_named() {
    let names = ["gpt-4o".to_owned(), "o3".to_owned()];
    let model = json!({"id": "o3", "object": "model", "created": 1_750_000_000, "owned_by": "openai"});
    assert_eq!(models::models(&names, Some("o3")), Some(model.clone()));
    assert_eq!(models::models(&names, Some("o4")), None);
    let list = models::models(&names, None).unwrap();
    assert_eq!((&list["object"], &list["data"][1]), (&json!("list"), &model));
}

#[test]
fn errors_have_what_is_usual_and_what_was_said() {
    for (status, kind, code) in [
        (400, "invalid_request_error", Value::Null),
        (401, "invalid_request_error", json!("invalid_api_key")),
        (404, "invalid_request_error", json!("model_not_found")),
        (418, "invalid_request_error", Value::Null),
        (429, "requests", json!("rate_limit_exceeded")),
        (500, "server_error", Value::Null),
        (503, "server_error", Value::Null),
        (529, "server_error", Value::Null),
    ] {
        let error = &failure(&Failure::of(status))["error"];
        assert_eq!(
            (&error["type"], &error["code"], &error["param"]),
            (&json!(kind), &code, &Value::Null),
            "{status}"
        );
        assert!(error["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
    let written = Failure::of(429).kind("tokens").coded("x").about("messages").saying("Slow");
    assert_eq!(
        failure(&written),
        json!({"error": {"message": "Slow", "type": "tokens", "param": "messages", "code": "x"}})
    );
    for quota in [Failure::of(429).kind("insufficient_quota"), Failure::of(429).coded("insufficient_quota")] {
        let error = &failure(&quota)["error"];
        assert_eq!(
            (&error["type"], &error["code"]),
            (&json!("insufficient_quota"), &json!("insufficient_quota"))
        );
    }
    assert_eq!(failure(&no_key())["error"]["code"], Value::Null);
    let long = &failure(&Failure::of(400).coded("context_length_exceeded"))["error"];
    assert_eq!((&long["code"], &long["param"]), (&json!("context_length_exceeded"), &json!("messages")));
}

#[test]
fn limits_are_told_where_vendors_tell_them() {
    let value = |status, name: &str| {
        rate_limits(status).into_iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    };
    assert_eq!(value(200, "x-ratelimit-remaining-requests").as_deref(), Some("9999"));
    assert_eq!(value(400, "x-ratelimit-reset-tokens").as_deref(), Some("6ms"));
    assert_eq!(value(429, "x-ratelimit-remaining-tokens").as_deref(), Some("0"));
    assert_eq!(value(429, "retry-after").as_deref(), Some("1"));
    assert_eq!((rate_limits(404), rate_limits(500)), (Vec::new(), Vec::new()));
}

proptest! {
    #[test]
    fn completions_are_put_together_as_they_were_written(
        texts in prop::collection::vec(any::<String>(), 1..5),
        most in prop::option::of(1usize..5),
        tokens in any::<bool>(),
    ) {
        let choices: Vec<Value> = texts.iter().enumerate().map(|(index, text)| {
            let tokens = tokens.then(|| json!({"tokens": text.chars().map(String::from).collect::<Vec<_>>()}));
            json!({"text": text, "index": index, "logprobs": tokens, "finish_reason": "stop", "x": [index]})
        }).collect();
        let options = Options { split: most.map(Split::Tokens), ..Options::default() };
        let mut frames = frames(&json!({"stream": true}), &options, json!({"choices": choices}));
        let end = frames.pop();
        prop_assert_eq!(end.as_deref(), Some("data: [DONE]\n\n"));
        let mut seen = vec![json!({"text": "", "logprobs": null, "finish_reason": null}); texts.len()];
        for frame in frames {
            let chunk: Value = serde_json::from_str(&frame[6..]).unwrap();
            let choice = chunk["choices"][0].clone();
            let known = &mut seen[usize::try_from(choice["index"].as_u64().unwrap()).unwrap()];
            prop_assert!(known["finish_reason"].is_null(), "a text after its end");
            for (key, value) in choice.as_object().unwrap() {
                match (key.as_str(), value) {
                    ("text", Value::String(piece)) => {
                        known["text"] = json!(format!("{}{piece}", known["text"].as_str().unwrap()));
                    }
                    ("logprobs", Value::Object(new)) if !known["logprobs"].is_null() => {
                        let new = new["tokens"].as_array().unwrap().clone();
                        known["logprobs"]["tokens"].as_array_mut().unwrap().extend(new);
                    }
                    ("logprobs", Value::Null) => {}
                    _ => known[key] = value.clone(),
                }
            }
        }
        prop_assert_eq!(seen, choices);
    }
}
