//! Which calls a fault is said to have struck, and which are counted.

use crate::support::{Answer, call, control, start};
use serde_json::json;
use standin::{Builder, Standin};

const KEY: (&str, &str) = ("Authorization", "Bearer k");

fn asking(fault: &str) -> Builder {
    Standin::builder().fault(fault.parse().unwrap())
}

fn chat(server: &Standin, stream: bool) -> Answer {
    let message = json!({"role": "user", "content": "Tell me of otters"});
    let body = json!({"model": "gpt-4o", "stream": stream, "messages": [message]});
    call(server, "POST", "/v1/chat/completions", &[KEY], &body.to_string())
}

/// The faults that the journal names, a call each.
fn named(server: &Standin) -> Vec<Option<String>> {
    server.journal().iter().map(|entry| entry.outcome.fault.clone()).collect()
}

fn counted(server: &Standin) -> Vec<String> {
    let metrics = String::from_utf8(control(server, "GET", "/metrics", "").body).unwrap();
    metrics.lines().filter(|line| line.starts_with("standin_faults_total")).map(str::to_owned).collect()
}

#[test]
fn what_is_left_as_it_is_was_not_struck() {
    for fault in ["duplicate", "reorder", "error", "crlf", "crc"] {
        let (faulty, server) = (start(asking(fault)), start(Standin::builder()));
        let (whole, plain) = (chat(&faulty, false), chat(&server, false));
        assert_eq!((&whole.body, whole.header("x-standin-fault")), (&plain.body, None), "{fault}");
        assert_eq!(named(&faulty), [None], "{fault}");
        assert_eq!(counted(&faulty), [""; 0], "{fault}");
    }
    let server = start(asking("duplicate"));
    assert_eq!(chat(&server, true).header("x-standin-fault"), Some("duplicate"));
    assert_eq!(named(&server), [Some("duplicate".to_owned())]);
}

#[test]
fn faults_are_counted_by_kind_and_endpoint() {
    let server = start(asking("malformed").limit("rpm=2,window=24h".parse().unwrap()));
    let other = |fault: &str| {
        let headers = [KEY, ("X-Standin-Fault", fault)];
        call(&server, "GET", "/v1/models", &headers, "").status
    };
    assert_eq!(other("status=418,message=a"), 418);
    assert_eq!(other("status=503,message=b"), 503);
    chat(&server, false);
    chat(&server, true);
    assert_eq!(chat(&server, false).status, 429);
    let mut counted = counted(&server);
    counted.sort();
    assert_eq!(
        counted,
        [
            r#"standin_faults_total{fault="limit",endpoint="chat"} 1"#,
            r#"standin_faults_total{fault="malformed",endpoint="chat"} 2"#,
            r#"standin_faults_total{fault="status",endpoint=""} 2"#,
        ]
    );
}

#[test]
fn what_is_at_no_endpoint_is_at_none_that_a_fault_names() {
    let server = start(asking("status=503,endpoint=chat"));
    for (method, path) in
        [("POST", "/v1/no/such"), ("GET", "/v1/models"), ("POST", "/to/example.com/v1/chat")]
    {
        let answer = call(&server, method, path, &[KEY], "");
        assert_ne!(answer.status, 503, "{path}");
        assert_eq!(answer.header("x-standin-fault"), None, "{path}");
    }
    // It is the address that tells, whatever is sent to it.
    assert_eq!(call(&server, "POST", "/v1/chat/completions", &[KEY], "{").status, 503);
    assert_eq!(call(&server, "POST", "/v1/embeddings", &[KEY], "{").status, 400);
    // A fault of all calls is of those, too.
    let server = start(asking("status=503"));
    assert_eq!(call(&server, "POST", "/v1/no/such", &[KEY], "").status, 503);
}
