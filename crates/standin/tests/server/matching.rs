//! Match rules of a server and of single cassettes.

use crate::support::{call, interaction, post, start, write};
use standin::{MatchRules, Matcher, Normaliser, Standin, Volatile};

fn rules(names: &[&str], normaliser: Normaliser) -> MatchRules {
    MatchRules {
        matchers: names.iter().map(|name| name.parse::<Matcher>().unwrap()).collect(),
        normaliser,
        ..MatchRules::default()
    }
}

#[test]
fn rules_are_per_server_and_per_cassette() {
    let dir = tempfile::tempdir().unwrap();
    let body = |id: &str| format!("{{\"id\":\"{id}\"}}");
    let (one, two) = ("11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222");
    write(dir.path(), "strict", &[interaction(&post("http://h/strict", &body(one)), 200, &[], b"strict")]);
    write(dir.path(), "loose/a", &[interaction(&post("http://h/loose", &body(one)), 200, &[], b"loose")]);
    let uuids = Normaliser::default().volatile(Volatile::Uuids);
    let server = start(
        Standin::builder()
            .cassettes(dir.path())
            .rules_for("loose/*", rules(&["method", "path", "body"], uuids)),
    );
    // Named and unnamed alike; twice, since the second answer may be a remembered one.
    for headers in [&[][..], &[("X-Cassette-Name", "loose/a")]] {
        for _ in 0..2 {
            assert_eq!(call(&server, "POST", "/loose?q=1", headers, &body(two)).body, b"loose");
        }
    }
    assert_eq!(call(&server, "POST", "/strict", &[], &body(one)).body, b"strict");
    assert_eq!(call(&server, "POST", "/strict", &[], &body(two)).status, 400);
    assert_eq!(call(&server, "POST", "/strict?q=1", &[], &body(one)).status, 400);
}

#[test]
fn matchers_that_read_headers_are_not_fooled_by_remembered_answers() {
    let dir = tempfile::tempdir().unwrap();
    let with_key = interaction(&post("http://h/p", ""), 200, &[], b"right").replace(
        "    headers: {}\n    method",
        "    headers: {x-litellm-key-fp: [43e0ab9d0302db83]}\n    method",
    );
    write(dir.path(), "tape", &[with_key]);
    let server = start(
        Standin::builder()
            .cassettes(dir.path())
            .rules(rules(&["method", "path", "key"], Normaliser::default())),
    );
    let with = |key| call(&server, "POST", "/p", &[("Authorization", key)], "").status;
    assert_eq!(with("Bearer sk-1"), 200);
    assert_eq!(with("Bearer sk-2"), 400);
    assert_eq!(with("Bearer sk-1"), 200);
}

#[test]
fn a_bad_pattern_is_refused_at_the_start() {
    let error = Standin::builder().rules_for("a[", MatchRules::default()).start_blocking().unwrap_err();
    assert!(error.to_string().contains("`a[` is not a pattern"), "{error}");
}
