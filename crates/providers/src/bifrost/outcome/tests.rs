use super::*;
use crate::bifrost::check::tests::hostile::tree;
use proptest::prelude::*;

fn executed(
    kind: AsyncKind,
    status: u16,
    content_type: &'static str,
    body: &'static [u8],
) -> Executed<'static> {
    Executed {
        kind,
        provider: Some("openai"),
        asked_model: "openai/gpt-4o",
        resolved_model: "gpt-4o",
        latency_ms: 12,
        status,
        content_type: Some(content_type),
        body,
    }
}

fn completed(executed: &Executed<'_>) -> String {
    match outcome(executed) {
        Outcome::Completed { result } => String::from_utf8(result).unwrap(),
        Outcome::Failed { error, .. } => panic!("{}", String::from_utf8_lossy(&error)),
    }
}

fn error(executed: &Executed<'_>) -> (u16, Value) {
    match outcome(executed) {
        Outcome::Failed { status, error } => (status, serde_json::from_slice(&error).unwrap()),
        Outcome::Completed { result } => panic!("{}", String::from_utf8_lossy(&result)),
    }
}

fn extra(kind: &str) -> String {
    format!(
        r#""extra_fields":{{"request_type":"{kind}","provider":"openai","original_model_requested":"openai/gpt-4o","resolved_model_used":"gpt-4o","latency":12,"chunk_index":0}}"#
    )
}

const JSON: &str = "application/json; charset=utf-8";

#[test]
fn what_a_vendor_says_stays_byte_for_byte() {
    let chat = executed(AsyncKind::Chat, 200, JSON, b" {\"choices\" : [1.50e3, 12345678901234567890123]} \n");
    let told = extra("chat_completion");
    assert_eq!(completed(&chat), format!("{{\"choices\" : [1.50e3, 12345678901234567890123],{told}}}"));
    let empty = executed(AsyncKind::Rerank, 200, JSON, b"{}");
    assert_eq!(completed(&empty), format!("{{{}}}", extra("rerank")));
    let told = executed(AsyncKind::Ocr, 201, JSON, br#"{"extra_fields":{"provider":"mistral"}}"#);
    assert_eq!(completed(&told), r#"{"extra_fields":{"provider":"mistral"}}"#);
}

#[test]
fn sounds_are_base64() {
    let speech = executed(AsyncKind::Speech, 200, "audio/mpeg", b"ID3\x00\xff");
    assert_eq!(completed(&speech), format!("{{\"audio\":\"SUQzAP8=\",{}}}", extra("speech")));
    let timed = executed(AsyncKind::Speech, 200, JSON, br#"{"audio_base64":"SUQz","alignment":{}}"#);
    assert_eq!(
        completed(&timed),
        format!("{{\"audio_base64\":\"SUQz\",\"alignment\":{{}},{}}}", extra("speech"))
    );
    let other = executed(AsyncKind::Speech, 200, JSON, b"{}");
    assert!(completed(&other).starts_with(r#"{"audio":"e30=","#));
}

#[test]
fn transcriptions_are_json_in_every_format() {
    for (content_type, body, text) in [
        (JSON, &b"{\"text\":\"hi\"}"[..], "hi"),
        ("text/plain", b"hi\n", "hi\n"),
        ("text/plain", b"{\"text\":\"in words\"}", "{\"text\":\"in words\"}"),
        (
            "application/x-subrip",
            b"1\n00:00:00,000 --> 00:00:01,000\nhi\n",
            "1\n00:00:00,000 --> 00:00:01,000\nhi\n",
        ),
        ("text/vtt", b"WEBVTT\n\n00:00.000 --> 00:01.000\nhi\n", "WEBVTT\n\n00:00.000 --> 00:01.000\nhi\n"),
        ("", b"{\"text\":\"hi\"}", "hi"),
        ("", b"hi", "hi"),
    ] {
        let result: Value =
            serde_json::from_str(&completed(&executed(AsyncKind::Transcriptions, 200, content_type, body)))
                .unwrap();
        assert_eq!(result["text"], text, "{content_type}");
        assert_eq!(result["extra_fields"]["request_type"], "transcription");
    }
}

#[test]
fn images_are_numbered() {
    let body = br#"{"created":1,"data":[{"url":"u"},{"b64_json":"iVBORw0KGgo=","index":7}]}"#;
    let images = executed(AsyncKind::ImageGenerations, 200, JSON, body);
    let result = completed(&images);
    assert_eq!(
        result,
        format!(
            r#"{{"created":1,"data":[{{"url":"u","index":0}},{{"b64_json":"iVBORw0KGgo=","index":7}}],{}}}"#,
            extra("image_generation")
        )
    );
    let result = result.as_bytes();
    assert_eq!(content(AsyncKind::ImageGenerations, result, 0), Content::Elsewhere("u".to_owned()));
    let Content::Bytes { content_type, bytes } = content(AsyncKind::ImageGenerations, result, 1) else {
        panic!("no bytes")
    };
    assert_eq!((content_type, bytes.as_slice()), ("image/png", &b"\x89PNG\r\n\x1a\n"[..]));
    assert_eq!(content(AsyncKind::ImageGenerations, result, 2), Content::Nothing);
    assert_eq!(content(AsyncKind::Chat, result, 0), Content::Nothing);
}

#[test]
fn speech_is_bytes_again() {
    let speech = completed(&executed(AsyncKind::Speech, 200, "audio/wav", b"RIFF\0\0\0\0WAVEfmt "));
    let answer = content(AsyncKind::Speech, speech.as_bytes(), 0).answer();
    assert_eq!((answer.status, answer.field("content-type")), (200, Some("audio/wav")));
    assert_eq!(answer.body, b"RIFF\0\0\0\0WAVEfmt ");
    assert_eq!(Content::Nothing.answer().status, 404);
    let elsewhere = Content::Elsewhere("https://images.test/1".to_owned()).answer();
    assert_eq!((elsewhere.status, elsewhere.field("location")), (302, Some("https://images.test/1")));
}

#[test]
fn answers_that_are_no_objects_fail() {
    for body in [&b""[..], b"[]", b"data: {}\n\n", b"null"] {
        let (status, said) = error(&executed(AsyncKind::Embeddings, 200, JSON, body));
        assert_eq!((status, &said["is_bifrost_error"]), (500, &json!(true)));
        let message = said["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("failed to serialize result: the answer is not "), "{message}");
    }
}

#[test]
fn errors_of_any_shape_are_told() {
    let long = "x".repeat(5000);
    for (status, body, becomes, told) in [
        (
            429,
            r#"{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
            429,
            json!({"message": "slow down", "type": "requests", "code": "rate_limit_exceeded"}),
        ),
        (
            529,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}"#,
            529,
            json!({"message": "Overloaded", "type": "overloaded_error"}),
        ),
        (
            400,
            r#"[{"error":{"code":400,"message":"bad key","status":"INVALID_ARGUMENT"}}]"#,
            400,
            json!({"message": "bad key", "type": "INVALID_ARGUMENT", "code": 400}),
        ),
        (
            403,
            r#"{"message":"no access","__type":"AccessDenied"}"#,
            403,
            json!({"message": "no access", "type": "AccessDenied"}),
        ),
        (404, r#"{"error":"model not found"}"#, 404, json!({"message": "model not found"})),
        (
            422,
            r#"{"detail":[{"loc":["body"],"msg":"field required"},{"msg":"too long"}]}"#,
            422,
            json!({"message": "field required; too long"}),
        ),
        (401, r#""denied""#, 401, json!({"message": "denied"})),
        (502, "<html>Bad Gateway</html>\n", 502, json!({"message": "<html>Bad Gateway</html>"})),
        (503, "", 503, json!({"message": "the provider answered with status 503"})),
        (500, "{}", 500, json!({"message": "the provider answered with status 500"})),
        (302, "", 500, json!({"message": "the provider answered with status 500"})),
        (500, &*long, 500, json!({"message": "x".repeat(1000)})),
    ] {
        let executed = Executed { body: body.as_bytes(), ..executed(AsyncKind::Chat, status, JSON, b"") };
        let (kept, said) = error(&executed);
        assert_eq!((kept, &said["error"], &said["status_code"]), (becomes, &told, &json!(becomes)), "{body}");
        assert_eq!(said["is_bifrost_error"], false);
        assert_eq!(said["extra_fields"]["provider"], "openai");
    }
}

#[test]
fn an_error_object_stays_one() {
    let inner = ErrorObject::inside(402, "over budget").kind("budget_exceeded").to_value().to_string();
    let executed = Executed { body: inner.as_bytes(), ..executed(AsyncKind::Ocr, 402, JSON, b"") };
    let (status, said) = error(&executed);
    assert_eq!((status, &said["is_bifrost_error"]), (402, &json!(true)));
    assert_eq!(said["error"], json!({"message": "over budget", "type": "budget_exceeded"}));
}

#[test]
fn an_answer_without_members_stays_an_object() {
    for kind in AsyncKind::ALL {
        let Outcome::Completed { result } = outcome(&executed(kind, 200, JSON, b"{}")) else {
            panic!("{kind:?} failed");
        };
        let result: Value = serde_json::from_slice(&result).unwrap();
        assert_eq!(result["extra_fields"]["request_type"], kind.name());
    }
}

proptest! {
    #[test]
    fn any_answer_becomes_json(
        kind in prop::sample::select(&AsyncKind::ALL[..]),
        status in 100..700u16,
        body in prop_oneof![
            tree().prop_map(|tree| tree.to_string().into_bytes()),
            prop::collection::vec(any::<u8>(), 0..40),
        ],
        content_type in prop_oneof![Just(None), Just(Some(JSON)), Just(Some("text/plain"))],
    ) {
        let executed = Executed { status, content_type, body: &body, ..executed(kind, 0, JSON, b"") };
        match outcome(&executed) {
            Outcome::Completed { result } => {
                let result: Value = serde_json::from_slice(&result).unwrap();
                prop_assert!((200..300).contains(&status));
                prop_assert_eq!(&result["extra_fields"]["request_type"], kind.name());
            }
            Outcome::Failed { status, error } => {
                let error: Value = serde_json::from_slice(&error).unwrap();
                prop_assert!((400..600).contains(&status));
                prop_assert_eq!(&error["status_code"], status);
                prop_assert!(error["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
            }
        }
    }
}
