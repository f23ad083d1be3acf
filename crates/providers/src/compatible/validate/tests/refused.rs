//! What is said, and which of several things first. The facts are those of recorded errors.

use super::{chat, judged, refuses, said, validate, with};
use crate::compatible::Models;
use serde_json::{Value, json};
use standin_core::Headers;
use standin_core::dialect::Endpoint::{
    Chat, Completions, Embeddings, ImageEdits, Images, Moderations, Responses, Speech, Transcriptions,
};

#[test]
fn recorded_errors_are_told() {
    let empty = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array \
                 instead.";
    refuses(Chat, &chat(json!({"messages": []})), empty, json!("messages"), json!("empty_array"));
    for (endpoint, model) in [
        (Chat, "gpt-4.1-nano-wrong"),
        (Completions, "babbage-002-wrong"),
        (Embeddings, "text-embedding-4-ultra"),
    ] {
        // Nobody looks at the rest of a request that comes to no model.
        let body = json!({"model": model, "messages": [], "temperature": -1});
        let message = format!("The model `{model}` does not exist or you do not have access to it.");
        assert_eq!(said(endpoint, &body), (404, json!([message, null, "model_not_found"])));
    }
    let body = json!({"model": "gpt-4.1-nano-wrong", "input": "x"});
    let message = "The requested model 'gpt-4.1-nano-wrong' does not exist.";
    refuses(Responses, &body, message, json!("model"), json!("model_not_found"));

    let body = chat(json!({
        "model": "gpt-5-nano", "messages": [{"role": "user", "content": null}], "temperature": -0.5, "max_tokens": 0,
    }));
    let message =
        "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -0.5 instead.";
    refuses(Chat, &body, message, json!("temperature"), json!("decimal_below_min_value"));
    let body = json!({"model": "babbage-002", "prompt": "x", "max_tokens": -1, "temperature": 3});
    let message =
        "Invalid 'max_tokens': integer below minimum value. Expected a value >= 0, but got -1 instead.";
    refuses(Completions, &body, message, json!("max_tokens"), json!("integer_below_min_value"));
    let body = json!({
        "model": "text-embedding-3-small", "input": [102_257], "encoding_format": "invalid", "dimensions": -1,
    });
    let message = "-1 is less than the minimum of 1 - 'dimensions'";
    refuses(Embeddings, &body, message, Value::Null, Value::Null);
    let body = json!({"model": "gpt-image-1", "prompt": "x", "response_format": "url"});
    let message = "Unknown parameter: 'response_format'.";
    refuses(Images, &body, message, json!("response_format"), json!("unknown_parameter"));
    let body = chat(json!({"model": "o3-mini", "max_tokens": 5}));
    let message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                   'max_completion_tokens' instead.";
    refuses(Chat, &body, message, json!("max_tokens"), json!("unsupported_parameter"));
}

#[test]
fn a_request_names_its_model() {
    for body in [chat(json!({"model": null})), chat(json!({"model": " "})), json!({})] {
        refuses(Chat, &body, "you must provide a model parameter", Value::Null, Value::Null);
    }
    let missing = "missing_required_parameter";
    refuses(
        Responses,
        &json!({"input": "x"}),
        "Missing required parameter: 'model'.",
        json!("model"),
        json!(missing),
    );
    let typed = "Invalid type for 'model': expected a string, but got an integer instead.";
    refuses(Chat, &chat(json!({"model": 4})), typed, json!("model"), json!("invalid_type"));
    let by_path = validate(
        Chat,
        &Headers::default(),
        &json!({"messages": [{"role": "user", "content": "x"}]}),
        Models::Deployed,
    );
    assert_eq!(by_path, Ok(()));
}

#[test]
fn types_and_bounds_are_kept() {
    for (changes, param, code) in [
        (json!({"messages": "hello"}), "messages", "invalid_type"),
        (json!({"temperature": "warm"}), "temperature", "invalid_type"),
        (json!({"temperature": 2.1}), "temperature", "decimal_above_max_value"),
        (json!({"top_p": 1.5}), "top_p", "decimal_above_max_value"),
        (json!({"presence_penalty": -3}), "presence_penalty", "decimal_below_min_value"),
        (json!({"n": 0}), "n", "integer_below_min_value"),
        (json!({"n": 129}), "n", "integer_above_max_value"),
        (json!({"max_tokens": 0}), "max_tokens", "integer_below_min_value"),
        (json!({"max_completion_tokens": 0}), "max_completion_tokens", "integer_below_min_value"),
        (json!({"logprobs": true, "top_logprobs": 21}), "top_logprobs", "integer_above_max_value"),
        (json!({"stop": ["a", "b", "c", "d", "e"]}), "stop", "array_above_max_length"),
        (json!({"stream": "yes"}), "stream", "invalid_type"),
        (json!({"reasoning_effort": "hard"}), "reasoning_effort", "invalid_value"),
        (json!({"response_format": {"type": "xml"}}), "response_format.type", "invalid_value"),
        (
            json!({"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}}),
            "response_format.json_schema.name",
            "missing_required_parameter",
        ),
        (
            json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}}),
            "response_format.json_schema.schema",
            "missing_required_parameter",
        ),
    ] {
        let (status, told) = said(Chat, &chat(changes.clone()));
        assert_eq!((status, &told[1], &told[2]), (400, &json!(param), &json!(code)), "{changes}");
    }
    for (endpoint, body, param) in [
        (Responses, json!({"model": "gpt-4o", "input": "x", "max_output_tokens": 15}), "max_output_tokens"),
        (Responses, json!({"model": "gpt-4o", "input": [{"role": "bot", "content": "x"}]}), "input[0].role"),
        (
            Responses,
            json!({"model": "gpt-4o", "input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}),
            "input[0].content[0].type",
        ),
        (Completions, json!({"model": "babbage-002", "prompt": "x", "logprobs": 6}), "logprobs"),
        (Completions, json!({"model": "babbage-002", "prompt": "x", "best_of": 1, "n": 2}), "best_of"),
        (Images, json!({"model": "gpt-image-1"}), "prompt"),
        (Images, json!({"prompt": "x", "n": 11}), "n"),
        (Images, json!({"model": "dall-e-3", "prompt": "x", "n": 2}), "n"),
        (Images, json!({"model": "dall-e-3", "prompt": "x", "size": "256x256"}), "size"),
        (Speech, json!({"model": "tts-1", "voice": "alloy", "input": "x".repeat(4097)}), "input"),
        (Speech, json!({"model": "tts-1", "input": "x"}), "voice"),
        (Speech, json!({"model": "tts-1", "voice": "alloy", "input": "x", "speed": 5}), "speed"),
        (Moderations, json!({"model": "omni-moderation-latest"}), "input"),
    ] {
        assert_eq!(said(endpoint, &body).1[1], json!(param), "{body}");
    }
}

#[test]
fn messages_are_what_their_roles_are() {
    let null = "Invalid value for 'content': expected a string, got null.";
    let body = chat(json!({"messages": [{"role": "user", "content": null}]}));
    refuses(Chat, &body, null, json!("messages.[0].content"), Value::Null);
    let body = chat(json!({"messages": [{"role": "bot", "content": "x"}]}));
    let message = "Invalid value: 'bot'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and \
                   'developer'.";
    refuses(Chat, &body, message, json!("messages[0].role"), json!("invalid_value"));
    let body = chat(json!({"messages": [{"role": "user", "content": 5}]}));
    let message = "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an \
                   integer instead.";
    refuses(Chat, &body, message, json!("messages[0].content"), json!("invalid_type"));
    for (part, param) in [
        (json!({"type": "picture"}), "messages[0].content[0].type"),
        (
            json!({"type": "image_url", "image_url": "https://a.test/x.png"}),
            "messages[0].content[0].image_url",
        ),
        (json!({"type": "image_url", "image_url": {"url": "x.png"}}), "messages[0].content[0].image_url.url"),
        (
            json!({"type": "input_audio", "input_audio": {"data": "AA", "format": "ogg"}}),
            "messages[0].content[0].input_audio.format",
        ),
    ] {
        let body = chat(json!({"messages": [{"role": "user", "content": [part]}]}));
        assert_eq!(said(Chat, &body).1[1], json!(param));
    }
}

#[test]
fn models_that_reason_take_less() {
    for (model, changes, param) in [
        ("gpt-5-nano", json!({"temperature": 0.2}), "temperature"),
        ("o1", json!({"top_p": 0.5}), "top_p"),
        ("o4-mini", json!({"stop": "x"}), "stop"),
    ] {
        let body = chat(with(json!({"model": model}), changes.clone()));
        assert_eq!(said(Chat, &body).1[1], json!(param));
        assert_eq!(judged(Chat, &chat(changes)), Ok(()), "an older model takes it");
    }
    for taken in
        [json!({"model": "gpt-5", "temperature": 1}), json!({"model": "gpt-5.1", "temperature": 0.2})]
    {
        assert_eq!(judged(Chat, &chat(taken.clone())), Ok(()), "{taken}");
    }
    let body = json!({"model": "o3", "input": "x", "temperature": 0.1});
    assert_eq!(said(Responses, &body).1[1], json!("temperature"));
}

#[test]
fn embeddings_are_of_something() {
    let of = |changes| with(json!({"model": "text-embedding-3-small", "input": "x"}), changes);
    for (changes, message) in [
        (json!({"input": ""}), "Invalid 'input': input cannot be an empty string."),
        (json!({"input": ["a", ""]}), "Invalid 'input[1]': input cannot be an empty string."),
        (json!({"input": [102_257]}), "Invalid 'input': 102257 is no token of this model."),
        (json!({"encoding_format": "hex"}), "'hex' is not one of ['float', 'base64'] - 'encoding_format'"),
        (
            json!({"dimensions": 1537}),
            "Invalid value for 'dimensions' = 1537. Must be less than or equal to 1536.",
        ),
        (
            json!({"model": "text-embedding-ada-002", "dimensions": 8}),
            "This model does not support specifying dimensions.",
        ),
    ] {
        refuses(Embeddings, &of(changes), message, Value::Null, Value::Null);
    }
    for input in [
        json!([]),
        json!(5),
        json!(null),
        json!([["a"]]),
        json!([[]]),
        json!(["a", 1]),
        json!(vec!["a"; 2049]),
    ] {
        let (status, told) = said(Embeddings, &of(json!({"input": input})));
        assert_eq!((status, &told[2]), (400, &Value::Null), "{told}");
    }
    assert!(judged(Embeddings, &of(json!({"input": vec![1; 8193]}))).is_err());
    assert_eq!(judged(Embeddings, &of(json!({"input": vec![1; 8192]}))), Ok(()));
}

#[test]
fn forms_have_files() {
    let form = Headers::from_iter([("content-type", "multipart/form-data; boundary=x")]);
    let file = json!({"filename": "a.wav", "content_type": "audio/wav", "bytes": 4});
    let param = |endpoint, body: &Value| {
        let failure = validate(endpoint, &form, body, Models::Named).err();
        failure.and_then(|failure| failure.param.map(|param| *param))
    };
    let whole = json!({"file": file, "model": "whisper-1", "temperature": "0.5", "response_format": "verbose_json", "timestamp_granularities": "word"});
    assert_eq!(param(Transcriptions, &whole), None);
    for (changes, expected) in [
        (json!({"file": "text"}), "file"),
        (json!({"temperature": "2"}), "temperature"),
        (json!({"response_format": "doc"}), "response_format"),
        (json!({"response_format": "json"}), "timestamp_granularities"),
        (json!({"model": "gpt-4o-transcribe", "response_format": "srt"}), "response_format"),
    ] {
        assert_eq!(param(Transcriptions, &with(whole.clone(), changes)), Some(json!(expected)));
    }
    let edit = json!({"image": [file, file], "prompt": "x", "model": "gpt-image-1", "n": "2"});
    assert_eq!(param(ImageEdits, &edit), None);
    assert_eq!(param(ImageEdits, &with(edit.clone(), json!({"n": "20"}))), Some(json!("n")));
    assert_eq!(param(ImageEdits, &json!({"prompt": "x"})), Some(json!("image")));
}
