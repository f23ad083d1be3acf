//! The control API, its guard, and two servers side by side.

use crate::support::{call, control, interaction, post, start, write};
use serde_json::json;
use standin::Standin;
use std::time::Duration;

#[test]
fn health_metrics_and_journal_tell_what_happened() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "tape", &[interaction(&post("https://api.openai.com/v1/p", ""), 200, &[], b"x")]);
    let server = start(Standin::builder().cassettes(dir.path()));
    for _ in 0..3 {
        assert_eq!(call(&server, "POST", "/v1/p", &[], "").status, 200);
    }
    assert_eq!(call(&server, "POST", "/v1/q", &[], "").status, 400);
    let health = call(&server, "GET", "/health", &[], "").json();
    assert_eq!((&health["status"], &health["cassettes"]), (&json!("ok"), &json!(1)));
    let metrics = String::from_utf8(call(&server, "GET", "/metrics", &[], "").body).unwrap();
    assert!(
        metrics.contains("standin_answers_total{source=\"tape\",provider=\"openai\",error=\"\"} 3\n"),
        "{metrics}"
    );
    assert!(metrics.contains("error=\"cassette_not_named\"} 1\n"), "{metrics}");
    let journal = control(&server, "GET", "/_standin/journal", "").json();
    assert_eq!(journal["written"], 4);
    let entries = journal["entries"].as_array().unwrap();
    assert_eq!((&entries[2]["source"], &entries[2]["cassette"]), (&json!("tape"), &json!("tape")));
    assert_eq!((&entries[3]["source"], &entries[3]["status"]), (&json!("refusal"), &json!(400)));
    assert_eq!(control(&server, "POST", "/_standin/reset", "").status, 200);
    assert_eq!(control(&server, "GET", "/_standin/journal", "").json()["entries"], json!([]));
}

#[test]
fn the_journal_is_bounded() {
    let server = start(Standin::builder().journal(5));
    for _ in 0..9 {
        call(&server, "GET", "/v1/x", &[], "");
    }
    assert_eq!(server.journal().iter().map(|entry| entry.id).collect::<Vec<_>>(), [5, 6, 7, 8, 9]);
}

#[test]
fn foreign_pages_cannot_control_standin() {
    let server = start(Standin::builder());
    let host = server.address().to_string();
    let with = |headers: &[(&str, &str)]| call(&server, "GET", "/_standin/journal", headers, "").status;
    assert_eq!(with(&[("Host", &host)]), 200);
    assert_eq!(with(&[("Host", "evil.example")]), 403);
    assert_eq!(with(&[("Host", &host), ("Origin", "http://evil.example")]), 403);
    assert_eq!(with(&[("Host", &host), ("Origin", &format!("http://{host}"))]), 200);
    // Calls themselves may come under any name: a container's, a gateway's.
    assert_eq!(call(&server, "GET", "/v1/x", &[("Host", "standin.test")], "").status, 400);
}

#[test]
fn a_token_is_asked_for_where_there_is_one() {
    let server = start(Standin::builder().control_token("right"));
    let host = server.address().to_string();
    let with = |token: &str| {
        call(&server, "POST", "/_standin/reset", &[("Host", &host), ("Authorization", token)], "").status
    };
    assert_eq!((with("Bearer right"), with("Bearer wrong"), with("right")), (200, 401, 401));
    assert_eq!(call(&server, "GET", "/health", &[("Host", &host)], "").status, 200);
}

#[test]
fn control_errors_say_what_is_right() {
    let server = start(Standin::builder());
    for (method, path, body, status, words) in [
        ("POST", "/_standin/sessions", "[", 400, "the body is not a session"),
        ("PUT", "/_standin/mocks", "mocks: [{answr: x}]", 422, "did you mean `answer`?"),
        ("DELETE", "/_standin/mocks/none", "", 404, "no mock has this name"),
        ("POST", "/_standin/mocks", "", 405, "does not take POST"),
        ("POST", "/_standin/sessions", "{\"cassette\":\"a\",\"mode\":1}", 400, "unknown field `mode`"),
        ("POST", "/_standin/sessions", "{\"cassette\":\"../a\"}", 400, "relative path"),
        ("POST", "/_standin/sessions", "{\"cassette\":\"a\",\"record\":\"maybe\"}", 400, "new_episodes"),
        ("POST", "/_standin/sessions", "{\"cassette\":\"a\",\"exhausted\":\"x\"}", 400, "repeat or error"),
        ("POST", "/_standin/sessions", "{\"cassette\":\"a\",\"policy\":\"x\"}", 400, "fixture or cache"),
        ("DELETE", "/_standin/sessions/none", "", 404, "no open session `none`"),
        ("PUT", "/_standin/sessions", "", 405, "does not take PUT"),
        ("GET", "/_standin/session", "", 404, "/_standin/sessions"),
    ] {
        let answer = control(&server, method, path, body);
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.message().contains(words), "{}", answer.message());
    }
}

#[test]
fn a_session_comes_with_an_environment() {
    let server = start(Standin::builder());
    let session = control(&server, "POST", "/_standin/sessions", "{\"cassette\":\"a\"}").json();
    let base = session["base_url"].as_str().unwrap();
    assert!(base.starts_with(&server.url()), "{base}");
    assert_eq!(session["env"]["OPENAI_BASE_URL"], format!("{base}/openai/v1"));
    assert_eq!(session["env"]["ANTHROPIC_BASE_URL"], format!("{base}/anthropic"));
    assert_eq!(session["env"]["AZURE_OPENAI_ENDPOINT"], format!("{base}/azure"));
}

#[test]
fn two_servers_share_nothing() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (dir, answer) in [(&one, "one"), (&two, "two")] {
        write(dir.path(), "tape", &[interaction(&post("http://h/p", ""), 200, &[], answer.as_bytes())]);
    }
    let first = start(Standin::builder().cassettes(one.path()));
    let second = start(Standin::builder().cassettes(two.path()));
    assert_eq!(call(&first, "POST", "/p", &[], "").body, b"one");
    assert_eq!(call(&second, "POST", "/p", &[], "").body, b"two");
    let session = control(&first, "POST", "/_standin/sessions", "{\"cassette\":\"tape\"}").json();
    let id = session["id"].as_str().unwrap();
    assert_eq!(call(&second, "POST", &format!("/s/{id}/p"), &[], "").status, 404);
    control(&second, "POST", "/_standin/reset", "");
    assert_eq!(first.journal().len(), 1);
    assert_eq!(call(&first, "POST", &format!("/s/{id}/p"), &[], "").body, b"one");
    let metrics = String::from_utf8(call(&second, "GET", "/metrics", &[], "").body).unwrap();
    assert!(metrics.contains("source=\"tape\",provider=\"opaque\",error=\"\"} 1\n"), "{metrics}");
}

#[test]
fn dropping_or_stopping_a_server_frees_its_port() {
    let server = start(Standin::builder());
    let address = server.address();
    drop(server);
    assert!(std::net::TcpStream::connect(address).is_err());
    let again = start(Standin::builder().listen(address));
    assert_eq!(again.address(), address);
    let taken = Standin::builder().listen(address).start_blocking().unwrap_err();
    assert!(taken.to_string().contains("choose another port"), "{taken}");
    again.stop(Duration::from_secs(1));
    assert!(std::net::TcpStream::connect(address).is_err());
}

/// The server has threads of its own: a test that blocks its only runtime thread is still answered.
#[tokio::test]
async fn a_blocked_runtime_does_not_stop_the_server() {
    let server = Standin::builder().start().await.unwrap();
    assert_eq!(call(&server, "GET", "/health", &[], "").status, 200);
}
