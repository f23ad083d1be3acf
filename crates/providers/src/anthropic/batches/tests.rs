use super::*;
use proptest::prelude::*;
use standin_core::batches::{LineCall, Stage, Submitted};

const API: MessageBatches = MessageBatches;

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn submitted(body: &Value) -> Result<NewBatch, Failure> {
    let ids = |prefix: &str, length| format!("{prefix}{}", "0".repeat(length));
    API.submitted(&Headers::new(), &body.to_string().into(), &ids, now())
}

fn request(id: &str) -> Value {
    json!({"custom_id": id, "params": {"model": "claude-x", "max_tokens": 1, "messages": []}})
}

fn place(now: Timestamp) -> Place<'static> {
    Place { base: "http://h:1/anthropic", now }
}

#[test]
fn paths_name_what_is_asked() {
    let id = || "b".to_owned();
    for (method, path, called) in [
        ("POST", "/v1/messages/batches", Some(BatchCall::Submit)),
        ("GET", "/v1/messages/batches", Some(BatchCall::List)),
        ("GET", "/v1/messages/batches/b", Some(BatchCall::Get(id()))),
        ("DELETE", "/v1/messages/batches/b", Some(BatchCall::Delete(id()))),
        ("POST", "/v1/messages/batches/b/cancel", Some(BatchCall::Cancel(id()))),
        ("GET", "/v1/messages/batches/b/results", Some(BatchCall::Results(id()))),
        ("POST", "/v1/messages/batches/b", None),
        ("GET", "/v1/messages/batchesx", None),
        ("GET", "/v1/messages/batches/b/results/x", None),
        ("POST", "/v1/messages", None),
        ("POST", "/v1/files", None),
    ] {
        assert_eq!(API.called(method, path), called, "{method} {path}");
    }
}

#[test]
fn a_batch_comes_with_its_requests() {
    let NewBatch { batch, lines } = submitted(&json!({"requests": [request("a"), request("b")]})).unwrap();
    let Submitted::With(lines) = lines else { panic!("they are not in a file") };
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].call.path, "/v1/messages");
    assert_eq!(lines[0].call.body, "{\"model\":\"claude-x\",\"max_tokens\":1,\"messages\":[]}");
    assert_eq!(batch.times.expires.as_second(), 1_800_000_000 + 24 * 3600);
    let mut streaming = request("a");
    streaming["params"]["stream"] = true.into();
    let Submitted::With(lines) = submitted(&json!({"requests": [streaming]})).unwrap().lines else {
        panic!("they are not in a file")
    };
    assert!(matches!(lines[0].end, Some(LineEnd::Answered { status: 400, .. })));
}

#[test]
fn what_is_wrong_with_requests_is_told_with_its_place() {
    let without = |member: &str| {
        let mut request = request("a");
        request.as_object_mut().unwrap().shift_remove(member);
        json!({"requests": [request]})
    };
    let named = |id: Value| {
        let mut request = request("a");
        request["custom_id"] = id;
        json!({"requests": [request]})
    };
    for (body, told) in [
        (json!([]), "The request body"),
        (json!({}), "requests: Field required"),
        (json!({"requests": "x"}), "requests: Input should be a valid list"),
        (json!({"requests": []}), "requests: List should have at least 1 item"),
        (json!({"requests": [1]}), "requests.0: Input should be an object"),
        (without("custom_id"), "requests.0.custom_id: Field required"),
        (without("params"), "requests.0.params: Field required"),
        (named(json!(1)), "requests.0.custom_id: Input should be a valid string"),
        (named(json!("")), "requests.0.custom_id: String should match"),
        (named(json!("a b")), "requests.0.custom_id: String should match"),
        (named(json!("a".repeat(65))), "requests.0.custom_id: String should match"),
        (json!({"requests": [request("a"), request("a")]}), "requests.1.custom_id: 'a' is used"),
        (
            json!({"requests": [{"custom_id": "a", "params": []}]}),
            "requests.0.params: Input should be an object",
        ),
    ] {
        let failure = submitted(&body).unwrap_err();
        assert_eq!(failure.status, 400);
        let message = failure.message.unwrap();
        assert!(message.starts_with(told), "{message}");
    }
}

#[test]
fn a_batch_tells_how_its_requests_ended_when_all_have() {
    let mut batch = submitted(&json!({"requests": [request("a")]})).unwrap().batch;
    batch.tally.total = 3;
    batch.tally.succeeded = 2;
    batch.tally.errored = 1;
    for stage in Stage::ALL {
        batch.stage = stage;
        batch.times.ended = stage.is_over().then(now);
        let shown = API.shown(&batch, &place(now()));
        let counts = &shown["request_counts"];
        let status = shown["processing_status"].as_str().unwrap();
        if stage.is_over() {
            assert_eq!(
                (status, &counts["processing"], &counts["succeeded"]),
                ("ended", &json!(0), &json!(2))
            );
            let url = "http://h:1/anthropic/v1/messages/batches/";
            assert!(shown["results_url"].as_str().unwrap().starts_with(url));
            assert!(API.has_results(&batch, now()).is_ok() && API.may_delete(&batch).is_ok());
            assert_eq!(API.may_cancel(&batch).unwrap_err().status, 400);
        } else {
            assert_eq!(status, if stage == Stage::Cancelling { "canceling" } else { "in_progress" });
            assert_eq!((&counts["processing"], &counts["errored"]), (&json!(3), &json!(0)));
            assert_eq!((&shown["results_url"], &shown["ended_at"]), (&Value::Null, &Value::Null));
            assert!(API.has_results(&batch, now()).is_err() && API.may_delete(&batch).is_err());
        }
    }
    batch.stage = Stage::Completed;
    let later = Timestamp::from_second(1_800_000_000 + 29 * 24 * 3600).unwrap();
    let shown = API.shown(&batch, &place(later));
    assert_eq!(shown["archived_at"], "2027-02-13T08:00:00.000000Z");
    assert_eq!(shown["results_url"], Value::Null);
    assert_eq!(API.has_results(&batch, later).unwrap_err().status, 404);
}

#[test]
fn a_page_is_before_or_after_and_of_a_size() {
    assert_eq!(API.listing(Some("before_id=b")).unwrap().cursor, Cursor::Before("b".to_owned()));
    assert_eq!(API.listing(Some("after_id=b&limit=1000")).unwrap().limit, 1000);
    for (query, told) in [
        ("limit=0", "limit: Input should be greater"),
        ("limit=-1", "limit: Input should be greater"),
        ("limit=1001", "limit: Input should be less"),
        ("limit=x", "limit: Input should be a valid integer"),
        ("after_id=a&before_id=b", "after_id, before_id"),
    ] {
        let message = API.listing(Some(query)).unwrap_err().message.unwrap();
        assert!(message.starts_with(told), "{message}");
    }
}

proptest! {
    /// Whatever was answered, its result is one line of JSON of one of the four types.
    #[test]
    fn a_result_is_one_line(status in 100u16..600, body in proptest::collection::vec(any::<u8>(), 0..40), id in ".*") {
        let call = LineCall { path: String::new(), body: Bytes::new() };
        let line = Line { number: 0, custom_id: id.clone(), call, end: None };
        for (end, kinds) in [
            (LineEnd::Answered { status, body: body.into() }, &["succeeded", "errored"][..]),
            (LineEnd::Lost { reason: id.clone() }, &["errored"]),
            (LineEnd::Canceled, &["canceled"]),
            (LineEnd::Expired, &["expired"]),
        ] {
            let text = result::result(&line, &end);
            prop_assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 1);
            let value: Value = serde_json::from_slice(&text).unwrap();
            prop_assert_eq!(value["custom_id"].as_str(), Some(id.as_str()));
            prop_assert!(kinds.contains(&value["result"]["type"].as_str().unwrap()));
        }
    }
}
