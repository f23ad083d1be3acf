//! Which cassette answers, and what a refusal says: the table of record modes over HTTP.

use crate::support::{Answer, call, interaction, post, start, write};
use standin::{RecordMode, Standin};
use std::path::Path;

const JSON: (&str, &str) = ("content-type", "application/json");

fn library() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let chat = |text: &str| format!("{{\"messages\":\"{text}\"}}");
    let url = "https://api.openai.com/v1/chat/completions";
    write(dir.path(), "hello", &[interaction(&post(url, &chat("hello")), 200, &[JSON], b"\"first\"")]);
    write(
        dir.path(),
        "deep/steps",
        &[
            interaction(&post(url, &chat("step")), 200, &[JSON], b"\"one\""),
            interaction(&post(url, &chat("step")), 200, &[JSON], b"\"two\""),
        ],
    );
    write(
        dir.path(),
        "x.ai",
        &[interaction(
            &post("https://api.x.ai/v1/chat/completions", &chat("hello")),
            200,
            &[JSON],
            b"\"xai\"",
        )],
    );
    dir
}

fn server(dir: &Path, mode: RecordMode) -> Standin {
    start(Standin::builder().cassettes(dir).record(mode))
}

fn ask(server: &Standin, target: &str, cassette: Option<&str>, text: &str) -> Answer {
    let mut headers = vec![("Content-Type", "application/json")];
    headers.extend(cassette.map(|name| ("X-Cassette-Name", name)));
    call(server, "POST", target, &headers, &format!("{{ \"messages\": \"{text}\" }}"))
}

const CHAT: &str = "/v1/chat/completions";

#[test]
fn the_table_of_modes_holds_over_http() {
    let dir = library();
    use RecordMode::{All, NewEpisodes, None, Once};
    // Without a key, where the table says to record the call is refused and says so.
    for (mode, hit, miss, missing, unnamed_miss) in [
        (None, "200", "409", "500", "400"),
        (Once, "200", "409", "500 recording", "400"),
        (NewEpisodes, "200", "500 recording", "500 recording", "400"),
        (All, "500 recording", "500 recording", "500 recording", "400"),
    ] {
        let server = server(dir.path(), mode);
        let told = |answer: &Answer| match answer.header("x-standin-error") {
            Some("credential_missing") => format!("{} recording", answer.status),
            _ => answer.status.to_string(),
        };
        assert_eq!(told(&ask(&server, CHAT, Some("hello"), "hello")), hit, "{mode}");
        assert_eq!(told(&ask(&server, CHAT, Some("hello"), "other")), miss, "{mode}");
        assert_eq!(told(&ask(&server, CHAT, Some("gone"), "hello")), missing, "{mode}");
        assert_eq!(told(&ask(&server, CHAT, Option::None, "hello")), "200", "{mode}");
        assert_eq!(told(&ask(&server, CHAT, Option::None, "other")), unnamed_miss, "{mode}");
    }
}

#[test]
fn refusals_say_what_to_do_and_stop_retries() {
    let dir = library();
    let server = server(dir.path(), RecordMode::Once);
    for (cassette, path, code, words) in [
        (
            Some("hello"),
            CHAT,
            "interaction_out_of_date",
            "Interaction out of date for POST /v1/chat/completions. To re-record, delete {dir}/hello.yaml and re-run with OPENAI_API_KEY set.",
        ),
        (
            Some("gone"),
            CHAT,
            "credential_missing",
            "No cassette found for POST /v1/chat/completions. To record OpenAI cassettes, set OPENAI_API_KEY environment variable and provide X-Cassette-Name header.",
        ),
        (
            Some("gone"),
            "/openai/deployments/d/chat/completions",
            "credential_missing",
            "To record Azure cassettes, set AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENT, and OPENAI_API_VERSION environment variables and provide X-Cassette-Name header.",
        ),
        (
            None,
            CHAT,
            "cassette_not_named",
            "No cassette found for POST /v1/chat/completions. To record a new cassette, include the X-Cassette-Name header with the cassette name.",
        ),
    ] {
        let answer = ask(&server, path, cassette, "nothing like it");
        assert_eq!(answer.header("x-standin-error"), Some(code));
        assert_eq!(answer.header("x-testopenai-error"), Some("true"));
        assert_eq!(answer.header("x-should-retry"), Some("false"));
        let folder = dir.path().canonicalize().unwrap();
        let words = words.replace("{dir}", folder.to_str().unwrap());
        assert!(answer.message().contains(&words), "{}", answer.message());
    }
}

#[test]
fn a_call_that_names_none_of_what_is_not_read_is_told_how_to_name_one() {
    let empty = tempfile::tempdir().unwrap();
    let unnamed = |builder: standin::Builder| {
        let server = start(builder.cassettes(empty.path()).record(RecordMode::Once));
        let body = r#"{"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}"#;
        call(&server, "POST", CHAT, &[("authorization", "Bearer none")], body).message()
    };
    let cassettes = unnamed(Standin::builder());
    let beside_mocks = unnamed(Standin::builder().mock("mocks: [{match: other, answer: mock}]"));
    for said in [cassettes, beside_mocks] {
        assert!(said.contains("by a session, by the header X-Cassette-Name or by /c/NAME"), "{said}");
        assert!(!said.contains("0 cassettes"), "{said}");
    }
}

#[test]
fn a_miss_shows_the_nearest_in_body_header_and_journal() {
    let dir = library();
    let server = server(dir.path(), RecordMode::None);
    let answer = ask(&server, CHAT, Some("hello"), "hell");
    assert_eq!(answer.header("x-standin-near-miss"), Some("hello#0 failed=body at=/messages"));
    for words in ["/messages", "\"hello\"", "\"hell\"", "Equal: method, path, query, host"] {
        assert!(answer.message().contains(words), "{words}: {}", answer.message());
    }
    let near = &answer.json()["standin"]["near_misses"][0];
    assert_eq!(near["passed"], serde_json::json!(["method", "path", "query", "host"]));
    assert_eq!(near["failed"][0]["differences"][0]["pointer"], "/messages");
    let entry = server.journal().pop().unwrap();
    assert_eq!(entry.outcome.error, Some("interaction_out_of_date"));
    assert_eq!(entry.outcome.near_misses[0].cassette, "hello");
}

#[test]
fn errors_have_the_vendors_shape() {
    let dir = library();
    let server = server(dir.path(), RecordMode::None);
    let error = |target: &str, headers: &[(&str, &str)]| call(&server, "POST", target, headers, "{}").json();
    assert_eq!(error("/v1/x", &[])["error"]["param"], serde_json::Value::Null);
    assert_eq!(error("/v1/messages", &[])["type"], "error");
    assert_eq!(error("/v1/models", &[("anthropic-version", "2023-06-01")])["type"], "error");
    assert_eq!(error("/anthropic/v1/x", &[])["type"], "error");
    assert_eq!(error("/azure/openai/deployments/d/x", &[])["error"]["code"], "cassette_not_named");
    assert_eq!(error("/to/api.anthropic.com/v1/x", &[])["type"], "error");
    assert_eq!(error("/anything/else", &[])["error"]["type"], "standin_error");
}

#[test]
fn every_address_leads_to_the_same_answer() {
    let dir = library();
    let server = server(dir.path(), RecordMode::None);
    for target in [
        "/v1/chat/completions",
        "/openai/v1/chat/completions",
        "/to/api.openai.com/v1/chat/completions",
        "/to/API.OPENAI.COM:443/v1/chat/completions",
        "/c/hello/v1/chat/completions",
        "/c/hello.yaml/v1/chat/completions",
        "/c/hello/openai/v1/chat/completions",
        "/c/hello/to/api.openai.com/v1/chat/completions",
    ] {
        let answer = ask(&server, target, None, "hello");
        assert_eq!((answer.status, answer.body.as_slice()), (200, &b"\"first\""[..]), "{target}");
        assert_eq!(answer.header("x-standin-source"), Some("tape"));
        assert_eq!(answer.header("x-standin-cassette"), Some("hello#0"));
    }
    assert_eq!(ask(&server, "/to/api.x.ai/v1/chat/completions", None, "hello").body, b"\"xai\"");
    assert_eq!(ask(&server, "/to/api.other.ai/v1/chat/completions", None, "hello").status, 400);
    // A name of several segments, spelled both ways.
    for name in ["deep%2Fsteps", "deep/steps", "deep%2fsteps.yaml"] {
        let answer = ask(&server, &format!("/c/{name}/v1/chat/completions"), None, "step");
        assert_eq!(answer.body, b"\"one\"", "{name}");
    }
    assert!(server.cassette_url("deep/steps").ends_with("/c/deep%2Fsteps"));
}

#[test]
fn a_wrong_base_url_is_told() {
    let dir = library();
    let server = server(dir.path(), RecordMode::None);
    for (target, words) in [
        ("/chat/completions", "base URL lack `/v1`?"),
        ("/v1/v1/chat/completions", "have `/v1` too much?"),
        ("//v1/chat/completions", "have `/` too much?"),
    ] {
        let message = ask(&server, target, None, "hello").message();
        assert!(message.contains(words), "{message}");
    }
}

#[test]
fn what_cannot_be_routed_is_refused_in_the_dialect_of_its_address_and_noted() {
    let dir = library();
    let server = start(Standin::builder().cassettes(dir.path()).max_body(100));
    for target in ["/anthropic/v1/messages", "/c/hello/v1/messages", "/to/api.anthropic.com/v1/x"] {
        let answer = ask(&server, target, Some("../x"), "hello");
        assert_eq!((answer.status, &answer.json()["type"]), (400, &"error".into()), "{target}");
        let large = ask(&server, target, None, &"x".repeat(200));
        assert_eq!((large.status, &large.json()["type"]), (413, &"error".into()), "{target}");
    }
    assert_eq!(server.journal().last().unwrap().outcome.error, Some("body_too_large"));
}

#[test]
fn a_long_address_takes_no_time() {
    let dir = library();
    let server = server(dir.path(), RecordMode::None);
    for path in ["/c/hello".repeat(7_000), format!("/c/{}", "x/".repeat(20_000)), "/s/a".repeat(10_000)] {
        assert!(ask(&server, &format!("{path}/v1/x"), None, "hello").status >= 400);
    }
}

#[test]
fn a_wrong_name_gets_the_right_one() {
    let dir = library();
    let server = server(dir.path(), RecordMode::None);
    for (wrong, right) in [("steps", "deep/steps"), ("helo", "hello"), ("shallow/Steps", "deep/steps")] {
        let message = ask(&server, CHAT, Some(wrong), "x").message();
        assert!(message.ends_with(&format!("Did you mean {right}?")), "{message}");
    }
    assert!(!ask(&server, CHAT, Some("unlike"), "x").message().contains("Did you mean"));
}

#[test]
fn a_mount_prefers_its_own_recordings() {
    let dir = library();
    // By name `a-proxy` comes before `hello`.
    let url = "https://proxy.example/v1/chat/completions";
    write(
        dir.path(),
        "a-proxy",
        &[interaction(&post(url, "{\"messages\":\"hello\"}"), 200, &[JSON], b"\"proxy\"")],
    );
    let server = server(dir.path(), RecordMode::None);
    assert_eq!(ask(&server, "/v1/chat/completions", None, "hello").body, b"\"proxy\"");
    assert_eq!(ask(&server, "/openai/v1/chat/completions", None, "hello").body, b"\"first\"");
}

#[test]
fn without_a_session_the_first_match_always_answers() {
    let dir = library();
    let server = server(dir.path(), RecordMode::None);
    for _ in 0..3 {
        assert_eq!(ask(&server, CHAT, Some("deep/steps"), "step").body, b"\"one\"");
    }
}

#[test]
fn names_that_leave_the_folder_are_refused() {
    let dir = library();
    let server = server(dir.path(), RecordMode::None);
    for name in ["../hello", "/etc/passwd", "a/../../b", "a\\b", "%2e%2e/hello", "a%00b", "."] {
        let answer = ask(&server, CHAT, Some(name), "hello");
        assert_eq!(
            (answer.status, answer.header("x-standin-error")),
            (400, Some("cassette_name_invalid")),
            "{name}"
        );
    }
    for name in ["..%2Fhello", "%2Fetc%2Fpasswd", "a%5Cb", "a%0Ab"] {
        let answer = ask(&server, &format!("/c/{name}/v1/chat/completions"), None, "hello");
        assert_eq!(answer.header("x-standin-error"), Some("cassette_name_invalid"), "{name}");
    }
}

#[test]
fn address_and_header_have_to_agree() {
    let dir = library();
    let server = server(dir.path(), RecordMode::None);
    assert_eq!(ask(&server, "/c/hello/v1/chat/completions", Some("hello"), "hello").status, 200);
    let answer = ask(&server, "/c/hello/v1/chat/completions", Some("x.ai"), "hello");
    assert_eq!((answer.status, answer.header("x-standin-error")), (400, Some("selectors_disagree")));
}

#[test]
fn credentials_are_never_shown() {
    let dir = library();
    let server = server(dir.path(), RecordMode::None);
    let secret = "AIzaCanary0123456789";
    let headers = [("Authorization", "Bearer sk-canary"), ("x-goog-api-key", "canary-header")];
    let body = "{\"api_key\": \"canary-body\", \"messages\": \"x\"}";
    let answer = call(&server, "POST", &format!("/v1/none?key={secret}&alt=sse"), &headers, body);
    assert_eq!(answer.status, 400);
    let journal = serde_json::to_string(&server.journal()).unwrap();
    let shown = format!("{}{}{journal}", answer.head, String::from_utf8_lossy(&answer.body));
    for canary in [secret, "sk-canary", "canary-header", "canary-body"] {
        assert!(!shown.contains(canary), "{shown}");
    }
    assert!(journal.contains("/v1/none?key=...&alt=sse"), "{journal}");
}
