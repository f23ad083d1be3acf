//! Sessions: order, exhaustion, concurrency, verdicts.

use crate::support::{Answer, call, control, interaction, post, start, write};
use serde_json::{Value, json};
use standin::Standin;
use std::collections::BTreeSet;
use std::path::Path;

fn steps(dir: &Path, name: &str, answers: &[&str]) {
    let interactions: Vec<String> = answers
        .iter()
        .map(|answer| interaction(&post("http://h/v1/step", "{\"same\":1}"), 200, &[], answer.as_bytes()))
        .chain([interaction(&post("http://h/v1/other", "{}"), 200, &[], b"other")])
        .collect();
    write(dir, name, &interactions);
}

fn begin(server: &Standin, body: &Value) -> Answer {
    control(server, "POST", "/_standin/sessions", &body.to_string())
}

/// The path in front of a session's calls.
fn prefix(session: &Answer) -> String {
    let url = session.json()["base_url"].as_str().unwrap().to_owned();
    url[url.find("/s/").unwrap()..].to_owned()
}

fn end(server: &Standin, session: &Answer) -> Value {
    let id = session.json()["id"].as_str().unwrap().to_owned();
    let answer = control(server, "DELETE", &format!("/_standin/sessions/{id}"), "{\"outcome\":\"passed\"}");
    assert_eq!(answer.status, 200);
    answer.json()
}

fn step(server: &Standin, prefix: &str) -> Answer {
    call(server, "POST", &format!("{prefix}/v1/step"), &[], "{\"same\": 1.0}")
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

#[test]
fn an_alias_leads_to_the_latest_session_that_is_open() {
    let dir = tempfile::tempdir().unwrap();
    steps(dir.path(), "one", &["first", "second"]);
    steps(dir.path(), "two", &["other"]);
    let server = start(Standin::builder().cassettes(dir.path()));
    let path = "/s/gw0";
    assert_eq!(step(&server, path).status, 404);
    let one = begin(&server, &json!({"cassette": "one", "alias": "gw0"}));
    assert!(one.json()["alias_url"].as_str().unwrap().ends_with(path), "{one:?}");
    assert_eq!(text(&step(&server, path)), "first");
    let two = begin(&server, &json!({"cassette": "two", "alias": "gw0"}));
    let elsewhere = begin(&server, &json!({"cassette": "two", "alias": "gw1"}));
    assert_eq!(text(&step(&server, path)), "other");
    assert_eq!(end(&server, &two)["played"], 1);
    // The address of its own leads to each of them all the while.
    assert_eq!(text(&step(&server, path)), "second");
    assert_eq!(text(&step(&server, &prefix(&one))), "second");
    assert_eq!(end(&server, &one)["played"], 3);
    assert_eq!(step(&server, path).status, 404);
    assert_eq!(end(&server, &elsewhere)["played"], 0);
    for wrong in ["", "a/b", "a b", &"a".repeat(65)] {
        assert_eq!(begin(&server, &json!({"alias": wrong})).status, 400, "{wrong}");
    }
}

#[test]
fn identical_calls_get_their_answers_in_order_and_the_last_repeats() {
    let dir = tempfile::tempdir().unwrap();
    steps(dir.path(), "tape", &["one", "two", "three"]);
    let server = start(Standin::builder().cassettes(dir.path()));
    let session = begin(&server, &json!({"cassette": "tape"}));
    assert_eq!(session.status, 201);
    let path = prefix(&session);
    let other = |path: &str| call(&server, "POST", &format!("{path}/v1/other"), &[], "{}");
    assert_eq!(text(&step(&server, &path)), "one");
    assert_eq!(text(&other(&path)), "other");
    let answers: Vec<String> = (0..4).map(|_| text(&step(&server, &path)).to_owned()).collect();
    assert_eq!(answers, ["two", "three", "three", "three"]);
    // Another session, and calls without one, have an order of their own.
    let second = begin(&server, &json!({"cassette": "tape"}));
    assert_eq!(text(&step(&server, &prefix(&second))), "one");
    assert_eq!(text(&step(&server, "/c/tape")), "one");
    let report = end(&server, &session);
    assert_eq!(
        (&report["verdict"], &report["played"], &report["entries"]),
        (&json!("HIT"), &json!(6), &json!(4))
    );
    assert_eq!(end(&server, &second)["unplayed"].as_array().unwrap().len(), 3);
}

#[test]
fn exhausted_can_be_an_error() {
    let dir = tempfile::tempdir().unwrap();
    steps(dir.path(), "tape", &["one"]);
    let server = start(Standin::builder().cassettes(dir.path()));
    let session = begin(&server, &json!({"cassette": "tape", "exhausted": "error"}));
    let path = prefix(&session);
    assert_eq!(text(&step(&server, &path)), "one");
    let answer = step(&server, &path);
    assert_eq!((answer.status, answer.header("x-standin-error")), (409, Some("interactions_exhausted")));
    assert!(answer.message().contains("have already been played"), "{}", answer.message());
    assert_eq!(end(&server, &session)["verdict"], "PARTIAL");
}

#[test]
fn verdicts_tell_hits_from_misses() {
    let dir = tempfile::tempdir().unwrap();
    steps(dir.path(), "tape", &["one"]);
    let server = start(Standin::builder().cassettes(dir.path()));
    let noop = begin(&server, &json!({"cassette": "tape"}));
    assert_eq!(end(&server, &noop)["verdict"], "NOOP");
    let miss = begin(&server, &json!({"cassette": "gone", "record": "none"}));
    let answer = step(&server, &prefix(&miss));
    assert_eq!(answer.header("x-standin-error"), Some("cassette_missing"));
    let report = end(&server, &miss);
    assert_eq!(
        (&report["verdict"], &report["missed"], &report["saved"]),
        (&json!("MISS"), &json!(1), &json!(false))
    );
    let stale = begin(&server, &json!({"cassette": "tape"}));
    let path = prefix(&stale);
    assert_eq!(call(&server, "POST", &format!("{path}/v1/step"), &[], "{\"same\":2}").status, 409);
    assert_eq!(step(&server, &path).status, 200);
    assert_eq!(end(&server, &stale)["verdict"], "PARTIAL");
}

#[test]
fn a_session_is_chosen_by_header_or_path_and_keeps_its_cassette() {
    let dir = tempfile::tempdir().unwrap();
    steps(dir.path(), "tape", &["one", "two"]);
    steps(dir.path(), "second", &["x"]);
    let server = start(Standin::builder().cassettes(dir.path()));
    let session = begin(&server, &json!({"cassette": "tape"}));
    let id = session.json()["id"].as_str().unwrap().to_owned();
    let by_header = call(&server, "POST", "/v1/step", &[("X-Standin-Session", &id)], "{\"same\":1}");
    assert_eq!(text(&by_header), "one");
    assert_eq!(text(&step(&server, &format!("/s/{id}/c/tape"))), "two");
    let other = step(&server, &format!("/s/{id}/c/second"));
    assert_eq!(other.header("x-standin-error"), Some("selectors_disagree"));
    let unknown = step(&server, "/s/nobody");
    assert_eq!((unknown.status, unknown.header("x-standin-error")), (404, Some("session_unknown")));
    // A session that began before its cassette takes it when it is there.
    let early = begin(&server, &json!({"cassette": "late"}));
    assert_eq!(step(&server, &prefix(&early)).header("x-standin-error"), Some("credential_missing"));
    steps(dir.path(), "late", &["late"]);
    assert_eq!(text(&step(&server, &prefix(&early))), "late");
    assert_eq!(end(&server, &early)["verdict"], "PARTIAL");
    // The file may change; the session goes on with what it began with.
    steps(dir.path(), "tape", &["changed"]);
    assert_eq!(text(&step(&server, &format!("/s/{id}"))), "two");
    end(&server, &session);
    assert_eq!(step(&server, &format!("/s/{id}")).status, 404);
}

#[test]
fn a_hundred_parallel_calls_get_each_interaction_once() {
    let dir = tempfile::tempdir().unwrap();
    let answers: Vec<String> = (0..100).map(|number| format!("answer {number}")).collect();
    let borrowed: Vec<&str> = answers.iter().map(String::as_str).collect();
    steps(dir.path(), "tape", &borrowed);
    let server = start(Standin::builder().cassettes(dir.path()).workers(4));
    let session = begin(&server, &json!({"cassette": "tape", "exhausted": "error"}));
    let path = prefix(&session);
    let got: Vec<String> = std::thread::scope(|scope| {
        let calls: Vec<_> =
            (0..100).map(|_| scope.spawn(|| text(&step(&server, &path)).to_owned())).collect();
        calls.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let distinct: BTreeSet<&String> = got.iter().collect();
    assert_eq!(distinct, answers.iter().collect());
    assert_eq!(step(&server, &path).status, 409);
}
