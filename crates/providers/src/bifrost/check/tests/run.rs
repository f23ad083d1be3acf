use super::forms::{form, submit_form};
use super::{good, submit};
use crate::bifrost::{AsyncKind, ModelRules, submission};
use standin_core::Headers;

#[test]
fn a_form_is_run_with_the_vendors_model_and_its_files_as_they_came() {
    let fields = [
        ("model", "openai/m"),
        ("@image[]", "A\r\n\r\nB"),
        ("@image", "other"),
        ("fallbacks", "azure/m"),
        ("fallbacks", "nosuch"),
        ("stream", "TRUE"),
        ("size", "1x1"),
    ];
    let edit = submit_form(AsyncKind::ImageEdits, &fields).unwrap();
    assert_eq!(edit.run.path, "/v1/images/edits");
    assert_eq!(edit.run.content_type, "multipart/form-data; boundary=b0");
    assert_eq!(edit.fallbacks.iter().map(ToString::to_string).collect::<Vec<_>>(), ["azure/m"]);
    let expected = form(&[("model", "m"), ("@image[]", "A\r\n\r\nB"), ("size", "1x1")]);
    let lower = |body: &[u8]| String::from_utf8_lossy(body).to_lowercase();
    assert_eq!(lower(&edit.run.body), lower(&expected));
    let other = edit.run.with_model("gpt-image-1");
    assert!(
        lower(&other.body).contains("\r\n\r\ngpt-image-1\r\n")
            && other.body.len() == edit.run.body.len() + 10
    );

    let variation =
        submit_form(AsyncKind::ImageVariations, &[("model", "openai/m"), ("@image", "1"), ("@image", "2")]);
    let body = lower(&variation.unwrap().run.body);
    assert!(body.contains("name=\"image\"; filename=\"f.bin\"\r\n\r\n1\r\n"), "{body}");
    assert!(body.contains("name=\"images\"; filename=\"f.bin\"\r\n\r\n2\r\n"), "{body}");
}

#[test]
fn a_body_is_run_with_the_vendors_model_and_nothing_for_a_gateway() {
    for (kind, body, run) in [
        (
            AsyncKind::Chat,
            r#"{"x":1,"model":"openai/ft:m/1","max_tokens":5,"messages":[{}],"stream":false,"fallbacks":["openai/b",""]}"#,
            r#"{"x":1,"model":"ft:m/1","max_completion_tokens":5,"messages":[{}],"stream":false}"#,
        ),
        (
            AsyncKind::Chat,
            r#"{"model":"openai/m","max_tokens":5,"max_completion_tokens":6,"messages":[{}]}"#,
            r#"{"model":"m","max_completion_tokens":6,"messages":[{}]}"#,
        ),
        (
            AsyncKind::Chat,
            r#"{"model":"openai/m","max_completion_tokens":null,"messages":[{}],"max_tokens":5}"#,
            r#"{"model":"m","messages":[{}],"max_completion_tokens":5}"#,
        ),
        (
            AsyncKind::Completions,
            r#"{"model":"openai/m","prompt":"p","max_tokens":5}"#,
            r#"{"model":"m","prompt":"p","max_tokens":5}"#,
        ),
        (
            AsyncKind::Embeddings,
            r#"{"model":"openai/m","input":[],"stream":true}"#,
            r#"{"model":"m","input":[]}"#,
        ),
    ] {
        let submitted = submit(kind, body).unwrap();
        assert_eq!(submitted.run.body, run);
        assert_eq!(
            (submitted.run.path, submitted.run.content_type.as_str()),
            (kind.synchronous_path(), "application/json")
        );
    }
    let run = submit(AsyncKind::Chat, &good(AsyncKind::Chat).to_string()).unwrap().run;
    assert_eq!(run.with_model("n").body, r#"{"model":"n","messages":[{"role":"user","content":"hi"}]}"#);
}

#[test]
fn an_encoded_body_is_read() {
    // `{"model":"openai/m","input":"hi"}` by gzip, stored.
    let body = good(AsyncKind::Responses).to_string();
    let packed = stored_gzip(body.as_bytes());
    let submit = |body: Vec<u8>| {
        let headers =
            Headers::from_iter([("content-encoding", "gzip"), ("content-type", "application/json")]);
        submission(AsyncKind::Responses, &headers, &body.into(), &ModelRules::default())
    };
    assert_eq!(submit(packed.clone()).unwrap().run.body, r#"{"model":"m","input":"hi"}"#);
    let refused = submit(packed[..packed.len() / 2].to_vec()).unwrap_err();
    assert!(refused.status == 400 && refused.message.starts_with("invalid compressed request body: "));
}

/// RFC 1952 around one stored block of RFC 1951.
fn stored_gzip(plain: &[u8]) -> Vec<u8> {
    let length = u16::try_from(plain.len()).unwrap();
    let mut crc = u32::MAX;
    for byte in plain {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    let head = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    let tail = [(!crc).to_le_bytes(), u32::from(length).to_le_bytes()].concat();
    [&head[..], &length.to_le_bytes(), &(!length).to_le_bytes(), plain, &tail].concat()
}
