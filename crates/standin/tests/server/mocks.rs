//! Mocks over the wire: which one answers, what is counted, and what changes while the server runs.

use crate::support::{Answer, call, control, interaction, post, start, write};
use serde_json::{Value, json};
use standin::{RecordMode, Standin};

pub(crate) const KEY: (&str, &str) = ("Authorization", "Bearer k");
pub(crate) const PATH: &str = "/v1/chat/completions";

pub(crate) fn mocked(text: &str) -> Standin {
    start(Standin::builder().mock(text))
}

pub(crate) fn says(text: &str) -> String {
    json!({"model": "gpt-5", "messages": [{"role": "user", "content": text}]}).to_string()
}

pub(crate) fn chat(server: &Standin, path: &str, text: &str) -> Answer {
    call(server, "POST", path, &[KEY], &says(text))
}

/// What the assistant said; the error where it is one.
pub(crate) fn said(answer: &Answer) -> String {
    let body = answer.json();
    let text = body.pointer("/choices/0/message/content").or_else(|| body.pointer("/error/message"));
    text.and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[test]
fn a_mock_answers_and_says_so() {
    let server = mocked("mocks: [{name: hello, match: hi, answer: Hello!}]");
    let answer = chat(&server, PATH, "say hi");
    assert_eq!((answer.status, said(&answer).as_str()), (200, "Hello!"));
    assert_eq!(answer.header("x-standin-source"), Some("mock"));
    assert_eq!(answer.header("x-standin-mock"), Some("hello"));
    let journal = control(&server, "GET", "/_standin/journal", "").json();
    assert_eq!(journal["entries"][0]["mock"], "hello");
    assert_eq!(journal["entries"][0]["source"], "mock");
    let health = control(&server, "GET", "/health", "").json();
    assert_eq!(health["mocks"], 1);
}

#[test]
fn a_miss_names_the_nearest_and_what_it_lacks() {
    let server = mocked(
        "mocks:\n- {name: far, match: {contains: x, role: tool, system: y}, answer: a}\n- {name: near, match: {contains: weather}, answer: b}\n",
    );
    let answer = chat(&server, PATH, "the time");
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("x-standin-error"), Some("mock_missing"));
    assert_eq!(answer.header("x-standin-near-miss"), Some("mock near unmet=message"));
    let message = answer.message();
    assert!(message.contains("contains \"weather\"") && message.contains("\"the time\""), "{message}");
    assert_eq!(answer.json()["standin"]["near_mocks"][0]["mock"], "near");
}

#[test]
fn an_address_that_mocks_do_not_know_says_which_they_do() {
    let server = mocked("mocks: [{answer: Hello!}]");
    let answer = chat(&server, "/chat/completions", "hi");
    assert_eq!((answer.status, answer.header("x-standin-error")), (404, Some("mock_missing")));
    let message = answer.message();
    assert!(message.contains("lack `/v1`") && !message.contains("cassette"), "{message}");
    let bare = start(Standin::builder().simulate(standin::Simulation::Never));
    assert_eq!(chat(&bare, PATH, "hi").header("x-standin-error"), Some("cassette_not_named"));
}

#[test]
fn a_session_whose_cassette_is_not_there_tells_of_mocks() {
    let dir = tempfile::tempdir().unwrap();
    let builder =
        Standin::builder().cassettes(dir.path()).mock("mocks: [{name: w, match: weather, answer: a}]");
    let server = start(builder.record(RecordMode::None));
    let begun = control(&server, "POST", "/_standin/sessions", "{\"cassette\": \"none\"}").json();
    let path = |path: &str| format!("/s/{}{path}", begun["id"].as_str().unwrap());
    let missed = chat(&server, &path(PATH), "hi");
    assert_eq!((missed.status, missed.header("x-standin-error")), (404, Some("mock_missing")));
    let message = missed.message();
    assert!(message.contains("contains \"weather\"") && message.contains("none.yaml"), "{message}");
    assert_eq!(call(&server, "GET", &path("/v1/models"), &[KEY], "").status, 200);
}

#[test]
fn a_mock_that_is_used_up_is_told_as_such() {
    let server = mocked("mocks: [{name: once, times: 1, answer: Hello!}]");
    assert_eq!([chat(&server, PATH, "hi").status, chat(&server, PATH, "hi").status], [200, 404]);
    let answer = chat(&server, PATH, "hi");
    assert!(answer.message().contains("as often as its `times` say"), "{}", answer.message());
    assert_eq!(answer.header("x-standin-near-miss"), Some("mock once unmet=state"));
}

#[test]
fn what_the_vendor_asks_for_is_asked_for() {
    let server = mocked("mocks: [{answer: Hello!}]");
    let bare = call(&server, "POST", PATH, &[], &says("hi"));
    assert_eq!((bare.status, bare.json()["error"]["type"].as_str()), (401, Some("invalid_request_error")));
    // The same bytes with a key are another call.
    assert_eq!(chat(&server, PATH, "hi").status, 200);
    assert_eq!(call(&server, "POST", PATH, &[], &says("hi")).status, 401);
    let messages = |headers: &[(&str, &str)]| call(&server, "POST", "/v1/messages", headers, &says("hi"));
    assert_eq!(messages(&[("anthropic-version", "2023-06-01")]).status, 401);
    assert_eq!(messages(&[("x-api-key", "k")]).status, 400);
    assert_eq!(messages(&[("x-api-key", "k"), ("anthropic-version", "2023-06-01")]).status, 200);
    assert_eq!(messages(&[KEY, ("anthropic-version", "2023-06-01")]).status, 200);
    assert_eq!(messages(&[KEY, ("anthropic-version", "1999-01-01")]).status, 400);
    let broken = call(&server, "POST", PATH, &[KEY], "{\"model\":");
    assert_eq!(
        (broken.status, broken.json()["error"]["type"].as_str()),
        (400, Some("invalid_request_error"))
    );
}

#[test]
fn the_same_bytes_with_another_key_or_encoding_are_another_call() {
    let server = mocked("mocks: [{answer: Hello!}]");
    let azure = "/openai/deployments/x/chat/completions?api-version=1";
    let keyed =
        |path: &str, headers: &[(&str, &str)]| call(&server, "POST", path, headers, &says("hi")).status;
    assert_eq!([keyed(azure, &[("x-api-key", "k")]), keyed(azure, &[("api-key", "k")])], [401, 200]);
    let version = ("anthropic-version", "2023-06-01");
    let claude = |key: &str| keyed("/v1/messages", &[("x-api-key", key), version]);
    assert_eq!([claude(""), claude("k"), claude("")], [401, 200, 401]);
    // Plain bytes that say they are encoded are read as they are; what differs is another call.
    let encoded = |coding: &str| keyed(PATH, &[KEY, ("content-encoding", coding)]);
    assert_eq!([encoded("identity"), encoded("gzip")], [200, 200]);
}

#[test]
fn headers_decide_for_the_same_bytes() {
    let server = mocked("mocks:\n- {match: {headers: {x-team: blue}}, answer: blue}\n- {answer: any}\n");
    let team = |team: &str| said(&call(&server, "POST", PATH, &[KEY, ("X-Team", team)], &says("hi")));
    assert_eq!([team("blue"), team("red"), team("blue")], ["blue", "any", "blue"]);
}

#[test]
fn lists_and_counts_belong_to_a_session() {
    let server = mocked(
        "mocks:\n- {match: once, times: 1, answer: first}\n- {match: list, answers: [a, b]}\n- {match: end, exhausted: error, answers: [a]}\n- {answer: other}\n",
    );
    let session = || {
        let begun = control(&server, "POST", "/_standin/sessions", "{}").json();
        let id = begun["id"].as_str().unwrap().to_owned();
        (format!("/s/{id}{PATH}"), id)
    };
    let ((one, id), (two, _)) = (session(), session());
    let ask = |path: &str, text: &str| said(&chat(&server, path, text));
    assert_eq!([ask(&one, "once"), ask(&one, "once"), ask(&two, "once")], ["first", "other", "first"]);
    assert_eq!(
        [ask(&one, "list"), ask(&two, "list"), ask(&one, "list"), ask(&one, "list")],
        ["a", "a", "b", "b"]
    );
    assert_eq!([ask(PATH, "list"), ask(PATH, "list")], ["a", "b"]);
    ask(&one, "end");
    let exhausted = chat(&server, &one, "end");
    assert_eq!((exhausted.status, exhausted.header("x-standin-error")), (409, Some("mock_exhausted")));
    let report = control(&server, "DELETE", &format!("/_standin/sessions/{id}"), "").json();
    assert_eq!((report["verdict"].as_str(), report["mocked"].as_u64()), (Some("PARTIAL"), Some(6)));
    control(&server, "POST", "/_standin/reset", "");
    assert_eq!(ask(PATH, "list"), "a");
}

#[test]
fn the_conversation_says_which_step_it_is() {
    let server = mocked("mocks: [{match: {user: weather}, steps: since_user, answers: [one, two]}]");
    let turns = |turns: usize| {
        let mut messages = vec![
            json!({"role": "user", "content": "hi"}),
            json!({"role": "assistant", "content": "hello"}),
            json!({"role": "user", "content": "weather"}),
        ];
        for _ in 0..turns {
            messages.push(json!({"role": "assistant", "content": null, "tool_calls": []}));
            messages.push(json!({"role": "tool", "tool_call_id": "c", "content": "x"}));
        }
        let body = json!({"model": "m", "messages": messages}).to_string();
        said(&call(&server, "POST", PATH, &[KEY], &body))
    };
    // In any order and as often as a client likes.
    assert_eq!([turns(1), turns(0), turns(1), turns(0)], ["two", "one", "two", "one"]);
}

#[test]
fn scenarios_move_through_their_states() {
    let server = mocked(
        "mocks:\n- {match: add, scenario: {name: cart, then: full}, answer: added}\n- {match: show, scenario: {name: cart, when: start}, answer: empty}\n- {match: show, scenario: {name: cart, when: full}, answer: full}\n",
    );
    let ask = |text: &str| said(&chat(&server, PATH, text));
    assert_eq!([ask("show"), ask("add"), ask("show"), ask("show")], ["empty", "added", "full", "full"]);
}

#[test]
fn parallel_calls_never_share_a_turn() {
    let answers: Vec<String> = (0..64).map(|step| step.to_string()).collect();
    let server = mocked(&json!({"mocks": [{"answers": answers}]}).to_string());
    let mut got: Vec<u32> = std::thread::scope(|scope| {
        let ask = || (0..8).map(|_| said(&chat(&server, PATH, "x")).parse().unwrap()).collect::<Vec<u32>>();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    got.sort_unstable();
    assert_eq!(got, (0..64).collect::<Vec<u32>>());
}

#[test]
fn cassettes_answer_what_mocks_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let body = says("recorded");
    let request = post("https://api.openai.com/v1/chat/completions", &body);
    write(
        dir.path(),
        "tape",
        &[interaction(&request, 200, &[("Content-Type", "application/json")], b"{\"id\":\"tape\"}")],
    );
    let models = crate::support::Request { method: "GET", url: "https://api.openai.com/v1/models", body: "" };
    write(
        dir.path(),
        "models",
        &[interaction(&models, 200, &[("Content-Type", "application/json")], b"{\"id\":\"models\"}")],
    );
    let server =
        start(Standin::builder().mock("mocks: [{match: mocked, answer: mock}]").cassettes(dir.path()));
    let source = |answer: &Answer| answer.header("x-standin-source").unwrap().to_owned();
    assert_eq!(source(&chat(&server, PATH, "mocked")), "mock");
    assert_eq!(source(&chat(&server, PATH, "recorded")), "tape");
    // A key is asked for by mocks only.
    assert_eq!(source(&call(&server, "POST", PATH, &[], &body)), "tape");
    // What standin makes up itself comes last.
    assert_eq!(source(&call(&server, "GET", "/v1/models", &[KEY], "")), "tape");
    let missed = chat(&server, PATH, "neither");
    assert_eq!(missed.header("x-standin-error"), Some("mock_missing"));
    assert!(missed.message().contains("no interaction of the 2 cassettes"), "{}", missed.message());
    // Who names a cassette is told of the cassette.
    let named = call(&server, "POST", PATH, &[KEY, ("X-Cassette-Name", "tape")], &says("neither"));
    assert_eq!(named.header("x-standin-error"), Some("interaction_out_of_date"));
}

#[test]
fn errors_are_the_vendors() {
    let server = mocked(
        "mocks:\n- {match: fast, answer: {status: 429, headers: {retry-after: '7'}}}\n- {match: down, answer: {status: 503, error: Maintenance}}\n- {match: odd, status: 418, response: {teapot: true}}\n",
    );
    let fast = chat(&server, PATH, "fast");
    assert_eq!(
        (fast.status, fast.header("retry-after"), fast.header("retry-after-ms")),
        (429, Some("7"), None)
    );
    assert_eq!(fast.json()["error"]["code"], "rate_limit_exceeded");
    assert_eq!(said(&chat(&server, PATH, "down")), "Maintenance");
    let odd = chat(&server, PATH, "odd");
    assert_eq!((odd.status, odd.json()), (418, json!({"teapot": true})));
    let claude = [("x-api-key", "k"), ("anthropic-version", "2023-06-01")];
    let fast = call(&server, "POST", "/v1/messages", &claude, &says("fast"));
    assert_eq!(fast.json()["error"]["type"], "rate_limit_error");
    assert_eq!(fast.header("request-id"), fast.json()["request_id"].as_str());
}

#[test]
fn a_template_is_filled_in_from_each_call() {
    let server =
        mocked("mocks: [{template: true, answer: 'You said {{ message }} in {{ headers[\"x-lang\"] }}.'}]");
    let ask =
        |lang: &str, text: &str| said(&call(&server, "POST", PATH, &[KEY, ("X-Lang", lang)], &says(text)));
    assert_eq!(ask("en", "a \"b\"\n"), "You said a \"b\"\n in en.");
    assert_eq!(ask("de", "a \"b\"\n"), "You said a \"b\"\n in de.");
    let server = mocked("mocks: [{name: wrong, template: true, answer: '{{ request.nobody.knows }}'}]");
    let failed = chat(&server, PATH, "x");
    assert_eq!((failed.status, failed.header("x-standin-error")), (500, Some("mock_failed")));
    assert!(failed.message().contains("the mock wrong"), "{}", failed.message());
}

#[test]
fn broken_mocks_do_not_start() {
    let error = Standin::builder().mock("mocks: [{}]").start_blocking().unwrap_err().to_string();
    assert!(error.starts_with("(given):1: a mock needs one of `answer`"), "{error}");
    let error = Standin::builder().mocks("nowhere.yaml").start_blocking().unwrap_err().to_string();
    assert!(error.contains("nowhere.yaml:1: cannot be read"), "{error}");
}

#[test]
fn what_is_asked_without_a_writer_is_made_up() {
    let server = mocked(
        "mocks:\n- {match: {model: gpt-asked}, endpoint: chat, answer: {text: Hello!, model: gpt-mock}}\n- {match: {model: claude-asked}, provider: anthropic, answer: x}\n",
    );
    let models = call(&server, "GET", "/v1/models", &[KEY], "").json();
    let ids: Vec<_> = models["data"].as_array().unwrap().iter().map(|model| &model["id"]).collect();
    assert_eq!(ids, ["gpt-asked", "gpt-mock"]);
    assert_eq!(call(&server, "GET", "/v1/models/gpt-mock", &[KEY], "").status, 200);
    assert_eq!(call(&server, "GET", "/v1/models/gpt-none", &[KEY], "").status, 404);
    let claude = [("x-api-key", "k"), ("anthropic-version", "2023-06-01")];
    let models = call(&server, "GET", "/v1/models", &claude, "").json();
    assert_eq!(
        (models["data"][0]["id"].as_str(), models["has_more"].as_bool()),
        (Some("claude-asked"), Some(false))
    );
    let count = call(&server, "POST", "/v1/messages/count_tokens", &claude, &says("hello there")).json();
    assert!(count["input_tokens"].as_u64().unwrap() > 2, "{count}");
    let bodiless = call(&server, "GET", "/v1/chat/completions", &[KEY], "");
    assert_eq!(bodiless.header("x-standin-error"), Some("mock_missing"));
    for (path, words) in [
        ("/chat/completions", "lack `/v1`"),
        ("/v1/v1/messages", "have `/v1` too much"),
        ("/v1/x", "docs/mocks.md"),
    ] {
        let answer = call(&server, "POST", path, &[KEY], &says("hi"));
        assert!(answer.message().contains(words), "{}", answer.message());
    }
}

#[test]
fn a_tool_that_the_call_does_not_declare_is_told() {
    let server = mocked("mocks: [{answer: {tool_calls: [{name: get_weather}]}}]");
    assert_eq!(chat(&server, PATH, "x").status, 200);
    let journal = control(&server, "GET", "/_standin/journal", "").json();
    assert_eq!(journal["entries"][0]["message"], "the call does not declare the tool get_weather");
}
