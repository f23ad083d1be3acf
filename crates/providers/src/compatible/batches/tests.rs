use super::*;
use standin_core::batches::{Cursor, LineCall, Order, Submitted};

const API: Batches = Batches { provider: "openai", root: "/v1" };

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn ids(prefix: &str, length: usize) -> String {
    format!("{prefix}{}", "0".repeat(length))
}

fn json_headers() -> Headers {
    Headers::from_iter([("content-type", "application/json")])
}

fn submitted(body: &Value) -> Result<NewBatch, Failure> {
    API.submitted(&json_headers(), &body.to_string().into(), &ids, now())
}

fn batch() -> Batch {
    let body =
        json!({"input_file_id": "file-1", "endpoint": "/v1/chat/completions", "completion_window": "24h"});
    submitted(&body).unwrap().batch
}

fn form(fields: &[(&str, Option<&str>, &str)]) -> (Headers, Bytes) {
    let mut body = String::new();
    for (name, file, content) in fields {
        let file = file.map_or_else(String::new, |file| format!("; filename=\"{file}\""));
        body.push_str(&format!(
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n"
        ));
    }
    body.push_str("--x--\r\n");
    (Headers::from_iter([("content-type", "multipart/form-data; boundary=x")]), body.into())
}

fn upload(fields: &[(&str, Option<&str>, &str)]) -> Result<NewFile, Failure> {
    let (headers, body) = form(fields);
    API.uploaded(&headers, &body, &ids, now())
}

/// The status, the parameter and the code of a refusal.
fn about(failure: &Failure) -> Value {
    json!([failure.status, failure.param, failure.code])
}

#[test]
fn paths_name_what_is_asked() {
    let id = || "a".to_owned();
    for (method, path, called) in [
        ("POST", "/v1/files", Some(BatchCall::Upload)),
        ("GET", "/v1/files", Some(BatchCall::Files)),
        ("GET", "/v1/files/a", Some(BatchCall::File(id()))),
        ("GET", "/v1/files/a/content", Some(BatchCall::Content(id()))),
        ("DELETE", "/v1/files/a", Some(BatchCall::DeleteFile(id()))),
        ("POST", "/v1/batches/", Some(BatchCall::Submit)),
        ("GET", "/v1/batches", Some(BatchCall::List)),
        ("GET", "/v1/batches/a", Some(BatchCall::Get(id()))),
        ("POST", "/v1/batches/a/cancel", Some(BatchCall::Cancel(id()))),
        ("DELETE", "/v1/batches/a", None),
        ("GET", "/v1/files//content", None),
        ("GET", "/v1/batches/a/cancel", None),
        ("GET", "/v2/batches", None),
        ("POST", "/v1/files/a", None),
    ] {
        assert_eq!(API.called(method, path), called, "{method} {path}");
    }
}

#[test]
fn a_file_is_what_was_uploaded() {
    let NewFile { file, content } =
        upload(&[("purpose", None, "batch"), ("file", Some("in.jsonl"), "{}\n{}\n")]).unwrap();
    assert_eq!(content, "{}\n{}\n");
    let month = 30 * 24 * 3600;
    assert_eq!(
        API.shown_file(&file),
        json!({
            "id": "file-0000000000000000000000", "object": "file", "bytes": 6, "created_at": 1_800_000_000,
            "expires_at": 1_800_000_000 + month, "filename": "in.jsonl", "purpose": "batch", "status": "processed",
            "status_details": null,
        })
    );
    let kept = upload(&[("purpose", None, "assistants"), ("file", Some("a.txt"), "")]).unwrap();
    assert_eq!(kept.file.expires, None);
    let soon = upload(&[
        ("purpose", None, "user_data"),
        ("expires_after[anchor]", None, "created_at"),
        ("expires_after[seconds]", None, "3600"),
        ("file", Some("a.txt"), ""),
    ]);
    assert_eq!(soon.unwrap().file.expires.unwrap().as_second(), 1_800_003_600);
}

#[test]
fn a_file_that_is_none_is_refused() {
    let file = ("file", Some("a"), "x");
    for (fields, told) in [
        (vec![file], (400, Some("purpose"), Some("missing_required_parameter"))),
        (vec![("purpose", None, "batch")], (400, Some("file"), Some("missing_required_parameter"))),
        (
            vec![("purpose", None, "batch"), ("file", None, "x")],
            (400, Some("file"), Some("missing_required_parameter")),
        ),
        (vec![("purpose", None, "fun"), file], (400, Some("purpose"), Some("invalid_value"))),
        (
            vec![("purpose", None, "batch"), ("expires_after[anchor]", None, "now"), file],
            (400, Some("expires_after[anchor]"), Some("invalid_value")),
        ),
        (
            vec![
                ("purpose", None, "batch"),
                ("expires_after[anchor]", None, "created_at"),
                ("expires_after[seconds]", None, "60"),
                file,
            ],
            (400, Some("expires_after[seconds]"), Some("invalid_value")),
        ),
    ] {
        assert_eq!(about(&upload(&fields).unwrap_err()), json!(told), "{fields:?}");
    }
    let no_form = API.uploaded(&json_headers(), &Bytes::from_static(b"{}"), &ids, now());
    assert_eq!(no_form.unwrap_err().status, 400);
}

#[test]
fn a_batch_that_cannot_be_is_refused() {
    let right = json!({"input_file_id": "file-1", "endpoint": "/v1/embeddings", "completion_window": "24h"});
    assert!(submitted(&right).is_ok());
    for (member, value, told) in [
        ("input_file_id", json!(null), (Some("input_file_id"), Some("missing_required_parameter"))),
        ("input_file_id", json!(3), (Some("input_file_id"), Some("invalid_type"))),
        ("endpoint", json!("/v1/audio/speech"), (Some("endpoint"), Some("invalid_value"))),
        ("completion_window", json!("1h"), (Some("completion_window"), Some("invalid_value"))),
        ("metadata", json!([]), (Some("metadata"), Some("invalid_type"))),
        ("metadata", json!({"a": 1}), (Some("metadata"), Some("invalid_value"))),
        ("metadata", json!({"a": "x".repeat(513)}), (Some("metadata"), Some("invalid_value"))),
        (
            "output_expires_after",
            json!({"anchor": "created_at", "seconds": 1}),
            (Some("output_expires_after[seconds]"), Some("invalid_value")),
        ),
    ] {
        let mut body = right.clone();
        body[member] = value;
        let refused = submitted(&body).unwrap_err();
        assert_eq!(about(&refused), json!([400, told.0, told.1]), "{member}");
    }
    let file = upload(&[("purpose", None, "vision"), ("file", Some("a"), "")]).unwrap().file;
    assert_eq!(about(&API.reads_from(&batch(), Some(&file)).unwrap_err())[1], "input_file_id");
    assert_eq!(API.reads_from(&batch(), None).unwrap_err().status, 400);
}

fn line(id: &str) -> Value {
    json!({"custom_id": id, "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m", "messages": []}})
}

fn faults(text: String) -> Vec<(String, Option<usize>)> {
    let faults = API.lines(&batch(), &text.into()).unwrap_err();
    faults.into_iter().map(|fault| (fault.code, fault.line)).collect()
}

#[test]
fn lines_are_read_with_bodies_as_they_are() {
    let text = format!(
        "\u{feff}{}\r\n\n{{\"custom_id\":\"b\",\"url\":\"/v1/chat/completions\",\"method\":\"POST\",\"body\":{{\"model\": \"m\", \
         \"temperature\": 1.0}}}}",
        line("a")
    );
    let lines = API.lines(&batch(), &text.into()).unwrap();
    assert_eq!(lines.iter().map(|line| line.custom_id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(lines[1].call.body, "{\"model\": \"m\", \"temperature\": 1.0}");
    assert_eq!(lines[1].call.path, "/v1/chat/completions");
    assert!(lines.iter().all(|line| line.end.is_none()));
}

#[test]
fn what_is_wrong_with_lines_is_told_of_each() {
    let with = |member: &str, value: Value| {
        let mut line = line("x");
        line[member] = value;
        line.to_string()
    };
    for (text, code) in [
        ("nonsense".to_owned(), "invalid_json_line"),
        ("[1]".to_owned(), "invalid_json_line"),
        (with("custom_id", json!(null)), "missing_required_parameter"),
        (with("custom_id", json!(4)), "invalid_type"),
        (with("custom_id", json!("ä".repeat(513))), "string_above_max_length"),
        (with("method", json!("GET")), "invalid_method"),
        (with("url", json!("/v1/embeddings")), "invalid_url"),
        (with("body", json!(null)), "missing_required_parameter"),
        (with("body", json!("text")), "invalid_type"),
        (with("body", json!({"model": "other"})), "mismatched_model"),
        (line("first").to_string(), "duplicate_custom_id"),
    ] {
        let text = format!("{}\n{text}\n", line("first"));
        assert_eq!(faults(text), [(code.to_owned(), Some(2))]);
    }
    assert_eq!(faults(" \n\n".to_owned()), [("empty_file".to_owned(), None)]);
    let many: String = (0..50_001).map(|at| format!("{}\n", line(&at.to_string()))).collect();
    assert_eq!(faults(many), [("too_many_requests".to_owned(), None)]);
    let streaming = line("s").to_string().replace("\"messages\":[]", "\"stream\":true");
    let lines = API.lines(&batch(), &streaming.into()).unwrap();
    assert!(matches!(lines[0].end, Some(LineEnd::Answered { status: 400, .. })));
}

#[test]
fn a_result_is_one_line_whatever_the_answer() {
    let line = |end: LineEnd| {
        let call = LineCall { path: String::new(), body: Bytes::new() };
        let line = Line { number: 0, custom_id: "a\"b".to_owned(), call, end: None };
        let (file, text) = API.result(&batch(), &line, &end);
        assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 1);
        assert_eq!(text.last(), Some(&b'\n'));
        let value: Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(value["custom_id"], "a\"b");
        assert!(value["id"].as_str().unwrap().starts_with("batch_req_"));
        (file, value)
    };
    let answered =
        |status, body: &'static str| LineEnd::Answered { status, body: Bytes::from_static(body.as_bytes()) };
    let (file, value) = line(answered(200, "{\n \"a\": 1.0\r\n}"));
    assert_eq!((file, &value["response"]["body"]), (ResultFile::Output, &json!({"a": 1.0})));
    assert_eq!((&value["response"]["status_code"], &value["error"]), (&json!(200), &Value::Null));
    let (file, value) = line(answered(503, "oh\nno"));
    assert_eq!((file, &value["response"]["body"]), (ResultFile::Errors, &json!("oh\nno")));
    for (end, code) in [
        (LineEnd::Canceled, "batch_cancelled"),
        (LineEnd::Expired, "batch_expired"),
        (LineEnd::Lost { reason: "x".to_owned() }, "request_timeout"),
    ] {
        let (file, value) = line(end);
        assert_eq!((file, &value["error"]["code"]), (ResultFile::Errors, &json!(code)));
        assert_eq!(value["response"], Value::Null);
    }
}

#[test]
fn tokens_are_added_up_in_either_spelling() {
    let mut usage = None;
    API.add_usage(&mut usage, b"{}");
    assert_eq!(usage, None);
    API.add_usage(
        &mut usage,
        br#"{"usage":{"prompt_tokens":3,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":1}}}"#,
    );
    API.add_usage(
        &mut usage,
        br#"{"usage":{"input_tokens":5,"output_tokens":6,"output_tokens_details":{"reasoning_tokens":2}}}"#,
    );
    assert_eq!(
        usage,
        Some(json!({
            "input_tokens": 8, "input_tokens_details": {"cached_tokens": 1}, "output_tokens": 10,
            "output_tokens_details": {"reasoning_tokens": 2}, "total_tokens": 18,
        }))
    );
}

#[test]
fn queries_are_read_or_told_what_is_right() {
    let listing = API.listing(None).unwrap();
    assert_eq!((listing.limit, listing.cursor, listing.order), (20, Cursor::Start, Order::Newest));
    assert_eq!(API.file_listing(None).unwrap().limit, 10_000);
    let listing = API.file_listing(Some("after=file-1&limit=3&order=asc&purpose=batch")).unwrap();
    assert_eq!(listing.cursor, Cursor::After("file-1".to_owned()));
    assert_eq!((listing.limit, listing.order, listing.purpose.as_deref()), (3, Order::Oldest, Some("batch")));
    for query in ["limit=0", "limit=101", "limit=x", "order=up"] {
        assert_eq!(API.listing(Some(query)).unwrap_err().status, 400, "{query}");
    }
}

#[test]
fn a_batch_shows_the_time_of_what_happened_to_it_and_of_nothing_else() {
    let mut batch = batch();
    for (stage, status, time) in [
        (Stage::Completed, "completed", "completed_at"),
        (Stage::Failed, "failed", "failed_at"),
        (Stage::Expired, "expired", "expired_at"),
        (Stage::Cancelled, "cancelled", "cancelled_at"),
    ] {
        batch.stage = stage;
        batch.times.ended = Some(now());
        let shown = API.shown(&batch, &Place { base: "", now: now() });
        assert_eq!(shown["status"], status);
        let event = API.event().unwrap()(&batch);
        assert_eq!(event["type"], format!("batch.{status}"));
        assert_eq!((&event["data"]["id"], &event["created_at"]), (&shown["id"], &shown[time]));
        for name in ["completed_at", "failed_at", "expired_at", "cancelled_at"] {
            assert_eq!(shown[name].is_null(), name != time, "{status} {name}");
        }
        assert_eq!(API.may_cancel(&batch).unwrap_err().status, 409);
    }
    assert_eq!(
        submitted(&json!({"input_file_id": "f", "endpoint": "/v1/responses", "completion_window": "24h"}))
            .unwrap()
            .lines,
        Submitted::Named
    );
}
