use super::*;
use crate::cassette::{Cassette, parse};
use crate::matching::MatchRules;
use crate::scrub::Scrubber;

fn read(interactions: &[&str]) -> Cassette {
    parse(format!("interactions:\n{}version: 1\n", interactions.concat()).as_bytes()).unwrap()
}

fn one(method: &str, uri: &str, body: &str, answer: &str) -> String {
    format!(
        "- request: {{method: '{method}', uri: '{uri}', headers: {{}}, body: '{body}'}}\n  response: {{status: {{code: 200, message: OK}}, headers: {{}}, body: {{string: '{answer}'}}}}\n"
    )
}

#[test]
fn lint_finds_what_cannot_answer_and_what_is_twice() {
    let cassette = read(&[
        &one("POST", "https://h/p", r#"{"a":1}"#, "x"),
        &one("POST", "https://h/p", r#"{"a":1.0}"#, "x"),
        &one("POST", "https://h/p", r#"{"a":1}"#, "another answer"),
        &one("POST", "https://other/p", r#"{"a":1}"#, "x"),
        &one("GE T", "https://h/p", "", "x"),
        &one("CONNECT", "https://h/p", "", "x"),
        &one("GET", "no-path", "", "x"),
        &one("GET", "https://h/a b", "", "x"),
    ]);
    let found: Vec<(usize, Problem)> = lint(&cassette, &MatchRules::default(), &Scrubber::default())
        .iter()
        .map(|one| (one.interaction, one.problem))
        .collect();
    use Problem::{Duplicate, Unreachable};
    assert_eq!(
        found,
        [(1, Duplicate), (4, Unreachable), (5, Unreachable), (6, Unreachable), (7, Unreachable)]
    );
    assert_eq!(lint(&cassette, &MatchRules::default(), &Scrubber::default())[0].line, 4);
}

#[test]
fn lint_finds_headers_that_http_cannot_carry() {
    let text = one("GET", "https://h/p", "", "x").replace(
        "200, message: OK}, headers: {}",
        "200, message: OK}, headers: {'bad name': [x], ok: [\"a\\nb\"]}",
    );
    let findings = lint(&read(&[&text]), &MatchRules::default(), &Scrubber::default());
    assert_eq!(findings.len(), 2);
    assert!(findings[0].message.contains("`bad name`"), "{findings:?}");
    assert!(findings[1].message.contains("`ok`") && findings[1].message.contains("control character"));
}

#[test]
fn lint_finds_secrets() {
    let found = lint(
        &read(&[&one("GET", "https://h/p?key=AIzaSyNotARealKey&alt=sse", "", "x")]),
        &MatchRules::default(),
        &Scrubber::default(),
    );
    assert_eq!((found.len(), found[0].problem), (1, Problem::Secret));
    assert!(found[0].message.starts_with("request.url?key holds a secret (named-field)"), "{found:?}");
}

#[test]
fn diff_pairs_requests_by_meaning() {
    let (same, gone, new) = (
        one("POST", "https://h/p", r#"{"a":1}"#, "{}"),
        one("GET", "https://h/gone", "", "x"),
        one("GET", "https://h/new", "", "x"),
    );
    let before = read(&[&gone, &same, &one("POST", "https://h/q", "", r#"{"x":{"y":1}}"#)]);
    let after = read(&[
        &one("POST", "https://h/q", "", r#"{"x":{"y":2}}"#),
        &same.replace(r#"{"a":1}"#, r#"{ "a": 1.0 }"#),
        &new,
    ]);
    let changes = diff(&before, &after, &MatchRules::default());
    assert_eq!(changes.len(), 3, "{changes:?}");
    assert!(
        matches!(&changes[0], Change::Removed { interaction: 0, request } if request == "GET https://h/gone")
    );
    let Change::Answer { left: 2, right: 0, differences, .. } = &changes[1] else { panic!("{changes:?}") };
    assert_eq!(differences[0].pointer, "body/x/y");
    assert_eq!(
        (differences[0].recorded.as_deref(), differences[0].called.as_deref()),
        (Some("1"), Some("2"))
    );
    assert!(matches!(&changes[2], Change::Added { interaction: 2, .. }));
    assert_eq!(diff(&before, &before, &MatchRules::default()), []);
    let elsewhere = read(&[&same.replace("https://h/p", "https://evil/p")]);
    assert_eq!(diff(&read(&[&same]), &elsewhere, &MatchRules::default()).len(), 2);
}
