//! Recording through the library: what the programs in conformance/ cannot see from outside.

use crate::support::{Answer, call, connect, control, read_answer, request, start};
use crate::upstream::{Upstream, whole};
use serde_json::json;
use standin::{Builder, RecordMode, Recording, Standin, TestOutcome, Verdict};
use std::io::Write;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

const KEY: &str = "sk-proj-0123456789abcdefghij";

fn builder(dir: &Path, upstream: &Upstream) -> Builder {
    Standin::builder()
        .cassettes(dir)
        .record(RecordMode::Once)
        .variable("OPENAI_API_KEY", KEY)
        .variable("OPENAI_BASE_URL", format!("{}/v1", upstream.url))
}

fn ask(server: &Standin, cassette: &str, text: &str) -> Answer {
    let headers = [("Content-Type", "application/json"), ("X-Cassette-Name", cassette)];
    call(server, "POST", "/v1/chat/completions", &headers, &format!("{{\"text\":\"{text}\"}}"))
}

/// Waits for what happens beside the test. The bound only ends a test that has failed.
fn eventually(what: &str, right: impl Fn() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(20);
    while !right() {
        assert!(Instant::now() < give_up, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_missing_cassette_is_recorded_and_the_next_call_replayed() {
    let dir = tempfile::tempdir().unwrap();
    let upstream = Upstream::counting();
    let server = start(builder(dir.path(), &upstream));
    let first = ask(&server, "new/tape", "a");
    assert_eq!((first.status, first.header("x-standin-source")), (200, Some("upstream")));
    let second = ask(&server, "new/tape", "a");
    assert_eq!(
        (second.body.as_slice(), second.header("x-standin-source")),
        (first.body.as_slice(), Some("tape"))
    );
    // A cassette of this run stays open.
    assert_eq!(ask(&server, "new/tape", "b").header("x-standin-source"), Some("upstream"));
    drop(server);
    let heard = upstream.heard();
    assert_eq!(heard[0].line, "POST /v1/chat/completions HTTP/1.1");
    assert!(heard[0].head.contains(&format!("Bearer {KEY}")), "{}", heard[0].head);
    assert!(!heard[0].head.contains("cassette"), "{}", heard[0].head);
    assert_eq!(heard[0].body, "{\"text\":\"a\"}");
    let server = start(builder(dir.path(), &upstream));
    assert_eq!(server.counts().interactions, 2);
    assert_eq!(ask(&server, "new/tape", "c").status, 409, "another run does not go on with it");
    assert_eq!(upstream.calls(), 2);
}

#[test]
fn dropping_the_server_stores_what_has_arrived() {
    for round in 0..20 {
        let dir = tempfile::tempdir().unwrap();
        let upstream = Upstream::counting();
        let server = start(builder(dir.path(), &upstream));
        assert_eq!(ask(&server, "tape", "a").status, 200);
        drop(server);
        assert!(dir.path().join("tape.yaml").is_file(), "round {round}");
    }
}

#[test]
fn a_hundred_equal_misses_are_one_call() {
    let dir = tempfile::tempdir().unwrap();
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let upstream = Upstream::start(move |number, _, stream| {
        // Not before all have asked.
        let _ = wait.lock().unwrap().recv();
        whole(stream, 200, &format!("{{\"number\":{number}}}"));
    });
    let server = start(builder(dir.path(), &upstream).workers(4));
    let body = b"{\"text\":\"same\"}";
    let headers = [("Content-Type", "application/json"), ("X-Cassette-Name", "tape")];
    let mut connections: Vec<_> = (0..100).map(|_| connect(&server)).collect();
    for stream in &mut connections {
        stream.write_all(&request("POST", "/v1/chat/completions", &headers, body)).unwrap();
    }
    go.send(()).unwrap();
    let answers: Vec<Answer> = connections.iter_mut().map(read_answer).collect();
    assert!(answers.iter().all(|answer| answer.body == b"{\"number\":1}"), "{answers:?}");
    assert_eq!(upstream.calls(), 1);
    drop(server);
    assert_eq!(start(builder(dir.path(), &upstream)).counts().interactions, 1);
}

#[test]
fn what_is_not_worth_storing_is_passed_on() {
    let dir = tempfile::tempdir().unwrap();
    let upstream = Upstream::start(|_, _, stream| {
        let body = "{\"error\":\"slow down\"}";
        let head =
            format!("HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    });
    let server = start(builder(dir.path(), &upstream));
    let answer = ask(&server, "tape", "a");
    assert!(answer.head.starts_with("HTTP/1.1 429 Slow Down\r\n"), "{}", answer.head);
    assert_eq!(
        (answer.header("retry-after"), answer.body.as_slice()),
        (Some("7"), &b"{\"error\":\"slow down\"}"[..])
    );
    eventually("the journal tells", || !server.journal().is_empty());
    let entry = server.journal().pop().unwrap();
    assert_eq!(entry.outcome.recording, Some(Recording::NotStored));
    assert_eq!(entry.outcome.message.as_deref(), Some("answers with status 429 are not stored"));
    drop(server);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn an_answer_is_stored_although_its_client_has_left() {
    let dir = tempfile::tempdir().unwrap();
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let upstream = Upstream::start(move |_, _, stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(format!("{head}b\r\ndata: one\n\n\r\n").as_bytes()).unwrap();
        let _ = wait.lock().unwrap().recv();
        stream.write_all(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n").unwrap();
    });
    let server = start(builder(dir.path(), &upstream));
    let mut client = connect(&server);
    let headers = [("X-Cassette-Name", "tape")];
    client.write_all(&request("POST", "/v1/chat/completions", &headers, b"{}")).unwrap();
    let mut first = [0; 1];
    std::io::Read::read_exact(&mut client, &mut first).unwrap();
    drop(client);
    go.send(()).unwrap();
    eventually("it is stored", || server.counts().interactions == 1);
    let replayed = call(&server, "POST", "/v1/chat/completions", &headers, "{}");
    assert_eq!(replayed.body, b"data: one\n\ndata: [DONE]\n\n");
}

#[test]
fn a_session_waits_for_its_outcome_where_the_policy_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let upstream = Upstream::counting();
    let server = start(builder(dir.path(), &upstream));
    for (outcome, saved) in [("failed", false), ("passed", true)] {
        let body = json!({"cassette": "tape", "policy": "cache"}).to_string();
        let session = control(&server, "POST", "/_standin/sessions", &body).json();
        let id = session["id"].as_str().unwrap();
        let answer = call(&server, "POST", &format!("/s/{id}/v1/chat/completions"), &[], "{}");
        assert_eq!(answer.header("x-standin-source"), Some("upstream"), "{outcome}");
        let end = json!({"outcome": outcome}).to_string();
        let report = control(&server, "DELETE", &format!("/_standin/sessions/{id}"), &end).json();
        assert_eq!(report["saved"], saved, "{report}");
        assert_eq!((&report["recorded"], &report["verdict"]), (&json!(1), &json!("MISS")));
        assert_eq!(dir.path().join("tape.yaml").exists(), saved, "{outcome}");
    }
}

#[tokio::test]
async fn the_library_begins_and_ends_sessions() {
    let dir = tempfile::tempdir().unwrap();
    let upstream = Upstream::counting();
    for (verdict, recorded, played) in [(Verdict::Miss, 2, 0), (Verdict::Hit, 0, 2)] {
        let server = start(builder(dir.path(), &upstream));
        let session = server.session("tape", standin::SessionOptions::default()).await.unwrap();
        let path = session.url().strip_prefix(&server.url()).unwrap().to_owned();
        for number in ["1", "2"] {
            // Equal calls, different answers: a session keeps both, in order.
            let answer = call(&server, "POST", &format!("{path}/v1/chat/completions"), &[], "{}");
            assert_eq!(answer.json()["number"].to_string(), number);
        }
        let report = session.end(TestOutcome::Passed).await.unwrap();
        assert_eq!(
            (report.verdict, report.recorded, report.played),
            (verdict, recorded, played),
            "{report:?}"
        );
    }
}

#[test]
fn standin_does_not_call_itself() {
    let dir = tempfile::tempdir().unwrap();
    let address = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap()
    };
    let server = start(
        Standin::builder()
            .listen(address)
            .cassettes(dir.path())
            .variable("OPENAI_API_KEY", KEY)
            .variable("OPENAI_BASE_URL", format!("http://localhost:{}/v1", address.port())),
    );
    let answer = ask(&server, "tape", "a");
    assert_eq!((answer.status, answer.header("x-standin-error")), (500, Some("upstream_loop")));
}
