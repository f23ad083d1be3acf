use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

fn said(value: Value) -> Said {
    serde_json::from_value(value).unwrap()
}

fn text(rendered: &Rendered) -> String {
    String::from_utf8(rendered.bytes().to_vec()).unwrap()
}

/// The answer to a neutral one.
fn answer(endpoint: Endpoint, body: &Value, said: &Said) -> String {
    let asked = asked(endpoint, body);
    text(&render(&compose(said, &asked).unwrap(), &asked))
}

#[test]
fn a_prompt_is_what_the_user_says() {
    let body = json!({"model": "gpt-image-2", "prompt": "a cat", "stream": "true"});
    let edit = asked(Endpoint::ImageEdits, &body);
    assert_eq!(
        (edit.model.as_deref(), edit.user.as_deref(), edit.stream),
        (Some("gpt-image-2"), Some("a cat"), true)
    );
    let last = edit.last.unwrap();
    assert_eq!((last.role, &*last.text, last.value), ("user", "a cat", &json!("a cat")));
    let body = json!({"image": {"filename": "a.png"}, "stream": "true"});
    let variation = asked(Endpoint::ImageVariations, &body);
    assert!(variation.last.is_none() && !variation.stream);
}

#[test]
fn an_answer_echoes_what_was_asked_for() {
    let body = json!({"model": "gpt-image-2", "prompt": "a cat", "n": 3, "quality": "low", "size": "1024x1536", "background": "auto"});
    let body = &body;
    assert_eq!(
        answer(Endpoint::Images, body, &said(json!({"images": ["QQ==", "Qg=="]}))),
        concat!(
            r#"{"created":1750000000,"data":[{"b64_json":"QQ=="},{"b64_json":"Qg=="},{"b64_json":"QQ=="}],"#,
            r#""background":"opaque","output_format":"png","quality":"low","size":"1024x1536","#,
            r#""usage":{"input_tokens":2,"input_tokens_details":{"text_tokens":2,"image_tokens":0},"#,
            r#""output_tokens":1224,"total_tokens":1226}}"#
        )
    );
}

#[test]
fn the_oldest_models_say_less() {
    let body = json!({"model": "dall-e-3", "prompt": "a cat"});
    assert_eq!(
        answer(Endpoint::Images, &body, &said(json!({"images": ["QQ=="], "text": "one cat"}))),
        r#"{"created":1750000000,"data":[{"b64_json":"QQ==","revised_prompt":"one cat"}]}"#
    );
}

#[test]
fn where_nothing_is_said_there_is_a_colour_in_the_size_that_is_asked_for() {
    let body = json!({"image": {"filename": "a.png"}, "size": "256x512", "n": "2"});
    let object: Value =
        serde_json::from_str(&answer(Endpoint::ImageVariations, &body, &Said::default())).unwrap();
    let image = |at: usize| STANDARD.decode(object["data"][at]["b64_json"].as_str().unwrap()).unwrap();
    assert!(image(0).starts_with(b"\x89PNG\r\n\x1a\n") && image(0).ends_with(b"IEND\xaeB`\x82"));
    assert_eq!(image(0)[16..24], [0, 0, 1, 0, 0, 0, 2, 0]);
    assert_ne!(image(0), image(1));
    let body = json!({"prompt": "a cat", "output_format": "webp", "response_format": "url"});
    let answer = answer(Endpoint::Images, &body, &Said::default());
    assert!(answer.contains(r#""data":[{"url":"data:image/webp;base64,UklG"#), "{answer}");
}

#[test]
fn what_is_no_image_is_refused() {
    let body = json!({"prompt": "a cat", "response_format": "url"});
    let refused = compose(&said(json!({"images": ["QQ=="]})), &asked(Endpoint::Images, &body)).unwrap_err();
    assert!(refused.to_string().contains("ask for b64_json"), "{refused}");
    let body = json!({"prompt": "a cat"});
    let refused = compose(&said(json!({"audio": "QQ=="})), &asked(Endpoint::ImageEdits, &body)).unwrap_err();
    assert_eq!(refused.to_string(), "image_edits cannot say audio");
}

#[test]
fn a_stream_has_partial_images_and_the_image() {
    let body = json!({"model": "gpt-image-2", "prompt": "a cat", "stream": true, "partial_images": 2});
    let object = json!({
        "created": 7,
        "data": [{"b64_json": "Qw=="}],
        "quality": "low",
        "usage": {"input_tokens": 1, "input_tokens_details": {"text_tokens": 1, "image_tokens": 0}, "output_tokens": 2, "total_tokens": 3},
        "safety_identifier": "s",
        "partial_images": ["QQ==", "Qg==", "WA=="],
    });
    let asked = asked(Endpoint::Images, &body);
    let rendered = render(&object, &asked);
    assert_eq!(rendered.content_type, "text/event-stream");
    assert_eq!(
        text(&rendered),
        concat!(
            "event: image_generation.partial_image\n",
            r#"data: {"type":"image_generation.partial_image","b64_json":"QQ==","partial_image_index":0,"created_at":7,"#,
            r#""size":"1024x1024","quality":"low","background":"opaque","output_format":"png"}"#,
            "\n\nevent: image_generation.partial_image\n",
            r#"data: {"type":"image_generation.partial_image","b64_json":"Qg==","partial_image_index":1,"created_at":7,"#,
            r#""size":"1024x1024","quality":"low","background":"opaque","output_format":"png"}"#,
            "\n\nevent: image_generation.completed\n",
            r#"data: {"type":"image_generation.completed","b64_json":"Qw==","created_at":7,"#,
            r#""size":"1024x1024","quality":"low","background":"opaque","output_format":"png","#,
            r#""usage":{"input_tokens":1,"input_tokens_details":{"text_tokens":1,"image_tokens":0},"output_tokens":2,"total_tokens":3},"#,
            r#""safety_identifier":"s"}"#,
            "\n\n"
        )
    );
}

#[test]
fn an_edit_from_a_form_is_streamed() {
    let image = json!({"filename": "a.png", "content_type": "image/png", "bytes": 3});
    let body = json!({"prompt": "a cat", "image": [image, image], "stream": "true", "partial_images": "1"});
    assert_eq!(
        answer(
            Endpoint::ImageEdits,
            &body,
            &said(json!({"images": ["QQ=="], "usage": {"input_tokens": 9, "output_tokens": 4}}))
        ),
        concat!(
            "event: image_edit.partial_image\n",
            r#"data: {"type":"image_edit.partial_image","b64_json":"QQ==","partial_image_index":0,"created_at":1750000000,"#,
            r#""size":"1024x1024","quality":"high","background":"opaque","output_format":"png"}"#,
            "\n\nevent: image_edit.completed\n",
            r#"data: {"type":"image_edit.completed","b64_json":"QQ==","created_at":1750000000,"#,
            r#""size":"1024x1024","quality":"high","background":"opaque","output_format":"png","#,
            r#""usage":{"input_tokens":9,"input_tokens_details":{"text_tokens":2,"image_tokens":7},"output_tokens":4,"total_tokens":13}}"#,
            "\n\n"
        )
    );
}

#[test]
fn a_written_object_stays_as_it_is() {
    let body = json!({"model": "dall-e-2", "prompt": "a cat"});
    let asked = asked(Endpoint::Images, &body);
    let object = r#"{"data":[{"url":"http://localhost/a.png","x":1}],"created":3,"y":null}"#;
    let written: Value = serde_json::from_str(object).unwrap();
    assert_eq!(text(&render(&written, &asked)), object);
    let with_partials = json!({"created": 3, "partial_images": ["QQ=="], "data": []});
    assert_eq!(text(&render(&with_partials, &asked)), r#"{"created":3,"data":[]}"#);
}

#[test]
fn odd_objects_are_rendered() {
    let body = json!({"prompt": 3, "stream": true, "partial_images": 900});
    let asked = asked(Endpoint::Images, &body);
    for odd in [
        json!(1),
        json!([]),
        json!({}),
        json!({"data": {}}),
        json!({"data": [1], "partial_images": 2, "created": "x"}),
    ] {
        render(&odd, &asked);
    }
}
