//! Answers that nobody wrote, over the wire.

use crate::support::{Answer, call, control, interaction, post, start, write};
use serde_json::{Value, json};
use standin::{Simulation, Standin};

const KEY: (&str, &str) = ("Authorization", "Bearer k");

fn ask(server: &Standin, path: &str, body: &Value) -> Answer {
    let version = ("anthropic-version", "2023-06-01");
    let headers: &[_] = if path == "/v1/messages" { &[KEY, version] } else { &[KEY] };
    call(server, "POST", path, headers, &body.to_string())
}

fn question(text: &str) -> Value {
    json!({"model": "gpt-4o", "messages": [{"role": "user", "content": text}]})
}

fn source(answer: &Answer) -> &str {
    answer.header("x-standin-source").unwrap()
}

#[test]
fn a_server_that_was_told_nothing_answers() {
    let (one, other) = (start(Standin::builder()), start(Standin::builder()));
    for (path, body, at) in [
        ("/v1/chat/completions", question("Tell me of otters"), "/choices/0/message/content"),
        ("/v1/completions", json!({"model": "gpt-4o", "prompt": "Otters"}), "/choices/0/text"),
        ("/v1/responses", json!({"model": "gpt-4o", "input": "Otters"}), "/output/0/content/0/text"),
        (
            "/v1/messages",
            json!({"model": "claude-haiku-4-5", "max_tokens": 90, "messages": [{"role": "user", "content": "Otters"}]}),
            "/content/0/text",
        ),
    ] {
        let answer = ask(&one, path, &body);
        assert_eq!((answer.status, source(&answer)), (200, "simulator"), "{path}");
        let text = answer.json().pointer(at).and_then(Value::as_str).unwrap().to_owned();
        assert!(text.split(' ').count() > 5, "{path}: {text}");
        assert_eq!(ask(&other, path, &body).body, answer.body, "{path}");
    }
    let models = call(&one, "GET", "/v1/models", &[KEY], "").json();
    assert!(models["data"].as_array().unwrap().len() > 3);
}

#[test]
fn limits_schemas_and_tools_are_kept_to() {
    let server = start(Standin::builder());
    let mut short = question("Tell me of otters");
    short["max_tokens"] = json!(5);
    let short = ask(&server, "/v1/chat/completions", &short).json();
    assert_eq!(short["choices"][0]["finish_reason"], "length");
    assert_eq!(short["usage"]["completion_tokens"], 5);
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer", "minimum": 3, "maximum": 3}}, "required": ["n"]});
    let mut structured = question("How many?");
    structured["response_format"] =
        json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema}});
    let structured = ask(&server, "/v1/chat/completions", &structured).json();
    assert_eq!(structured["choices"][0]["message"]["content"], "{\"n\":3}");
    let mut tools = question("How many?");
    tools["tools"] = json!([{"type": "function", "function": {"name": "count", "parameters": schema}}]);
    tools["tool_choice"] = json!("required");
    let tools = ask(&server, "/v1/chat/completions", &tools).json();
    let called = &tools["choices"][0]["message"]["tool_calls"][0]["function"];
    assert_eq!(called, &json!({"name": "count", "arguments": "{\"n\":3}"}));
}

#[test]
fn responses_that_were_made_up_are_kept_and_continued() {
    let server = start(Standin::builder());
    let first = ask(&server, "/v1/responses", &json!({"model": "gpt-4o", "input": "Otters"})).json();
    let id = first["id"].as_str().unwrap();
    assert_eq!(call(&server, "GET", &format!("/v1/responses/{id}"), &[KEY], "").json(), first);
    let next = json!({"model": "gpt-4o", "input": "More", "previous_response_id": id});
    assert_eq!(ask(&server, "/v1/responses", &next).status, 200);
    let lost = json!({"model": "gpt-4o", "input": "More", "previous_response_id": "resp_none"});
    assert_eq!(ask(&server, "/v1/responses", &lost).status, 400);
}

#[test]
fn it_is_silent_beside_others_unless_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let body = question("recorded").to_string();
    let request = post("https://api.openai.com/v1/chat/completions", &body);
    let json = [("Content-Type", "application/json")];
    write(dir.path(), "tape", &[interaction(&request, 200, &json, b"{\"id\":\"tape\"}")]);
    let configured =
        || Standin::builder().mock("mocks: [{match: mocked, answer: mock}]").cassettes(dir.path());
    let path = "/v1/chat/completions";
    let silent = start(configured());
    assert_eq!(source(&ask(&silent, path, &question("neither"))), "refusal");
    let asked_for = start(configured().simulate(Simulation::Always));
    let sources = ["mocked", "recorded", "neither"]
        .map(|text| source(&ask(&asked_for, path, &question(text))).to_owned());
    assert_eq!(sources, ["mock", "tape", "simulator"]);
    // Who names a cassette means that one.
    let named = [KEY, ("X-Cassette-Name", "tape")];
    let named = call(&asked_for, "POST", path, &named, &question("neither").to_string());
    assert_eq!(source(&named), "refusal");
    // One that is not there is not made up either, nor where there is no folder at all.
    for server in [&asked_for, &start(Standin::builder())] {
        let missing = [KEY, ("X-Cassette-Name", "none")];
        let missing = call(server, "POST", path, &missing, &question("neither").to_string());
        assert_eq!((missing.status, source(&missing)), (500, "refusal"), "{missing:?}");
        assert!(missing.message().starts_with("No cassette found"), "{}", missing.message());
    }
    let lost = ask(&start(Standin::builder()), "/chat/completions", &question("x"));
    assert!(lost.message().contains("lack `/v1`"), "{}", lost.message());
    // Who gives mocks to a server means them.
    let bare = start(Standin::builder());
    assert_eq!(source(&ask(&bare, path, &question("x"))), "simulator");
    assert_eq!(control(&bare, "PUT", "/_standin/mocks", "mocks: [{match: y, answer: z}]").status, 200);
    assert_eq!(source(&ask(&bare, path, &question("x"))), "refusal");
}
