//! Who says what goes wrong and how slow it is: the nearest, until it is taken back.

use crate::mocks::{KEY, PATH, says};
use crate::raw::{ask, fault, until_end, until_noted};
use crate::support::{Answer, call, control, start};
use serde_json::{Value, json};
use standin::Standin;

const FAULT: &str = "X-Standin-Fault";

/// Mocks with faults of their own, with none, and without a word about them.
const MOCKS: &str = "mocks:\n\
    - {match: own, answer: a, faults: [status=402]}\n\
    - {match: none, answer: b, faults: []}\n\
    - {answer: c}\n";

fn chat(server: &Standin, prefix: &str, text: &str, headers: &[(&str, &str)]) -> Answer {
    let headers = [&[KEY], headers].concat();
    call(server, "POST", &format!("{prefix}{PATH}"), &headers, &says(text))
}

/// The statuses of the three mocks.
fn statuses(server: &Standin, prefix: &str, headers: &[(&str, &str)]) -> [u16; 3] {
    ["own", "none", "other"].map(|text| chat(server, prefix, text, headers).status)
}

/// Begins a session, and gives the path before its calls and that of its own levels.
fn session(server: &Standin, body: &Value) -> (String, String) {
    let begun = control(server, "POST", "/_standin/sessions", &body.to_string());
    assert_eq!(begun.status, 201, "{begun:?}");
    let id = begun.json()["id"].as_str().unwrap().to_owned();
    (format!("/s/{id}"), format!("/_standin/sessions/{id}"))
}

#[test]
fn the_nearest_wins_and_no_fault_is_a_word_too() {
    let server = start(Standin::builder().mock(MOCKS).fault(fault("status=500")));
    assert_eq!(statuses(&server, "", &[]), [402, 200, 500]);
    assert_eq!(statuses(&server, "", &[(FAULT, "status=418")]), [418; 3]);
    assert_eq!(statuses(&server, "", &[(FAULT, "none")]), [200; 3]);
    let (faulty, _) = session(&server, &json!({"faults": ["status=503"]}));
    assert_eq!(statuses(&server, &faulty, &[]), [503; 3]);
    assert_eq!(statuses(&server, &faulty, &[(FAULT, "status=418")]), [418; 3]);
    assert_eq!(statuses(&server, &faulty, &[(FAULT, "none")]), [200; 3]);
    let (spared, _) = session(&server, &json!({"faults": []}));
    assert_eq!(statuses(&server, &spared, &[]), [200; 3]);
    let (silent, _) = session(&server, &json!({}));
    assert_eq!(statuses(&server, &silent, &[]), [402, 200, 500]);
}

#[test]
fn what_the_control_api_says_holds_until_it_is_taken_back() {
    let server = start(Standin::builder().mock(MOCKS).fault(fault("status=500")));
    let faults = |method: &str, path: &str, body: &str| {
        let answer = control(&server, method, &format!("{path}/faults"), body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["faults"].clone()
    };
    let at_start = faults("GET", "/_standin", "");
    assert_eq!(at_start.as_array().unwrap().len(), 1);
    faults("PUT", "/_standin", r#"{"faults": ["status=501"]}"#);
    assert_eq!(statuses(&server, "", &[]), [402, 200, 501]);
    // What is added is asked first.
    faults("PATCH", "/_standin", r#"{"faults": [{"fault": "status=429", "contains": "nobody"}]}"#);
    assert_eq!(statuses(&server, "", &[]), [402, 200, 501]);
    faults("PATCH", "/_standin", r#"["status=409,times=1"]"#);
    assert_eq!(["other"; 2].map(|text| chat(&server, "", text, &[]).status), [409, 501]);
    faults("PUT", "/_standin", r#"{"faults": []}"#);
    assert_eq!(statuses(&server, "", &[]), [402, 200, 200]);

    let (path, own) = session(&server, &json!({}));
    faults("PUT", &own, r#"{"faults": ["status=503"]}"#);
    assert_eq!((statuses(&server, &path, &[]), statuses(&server, "", &[])), ([503; 3], [402, 200, 200]));
    assert_eq!(faults("DELETE", &own, ""), Value::Null);
    assert_eq!(statuses(&server, &path, &[]), [402, 200, 200]);

    assert_eq!(faults("DELETE", "/_standin", ""), at_start);
    assert_eq!(statuses(&server, "", &[]), [402, 200, 500]);
    faults("PUT", "/_standin", r#"{"faults": ["reset"]}"#);
    assert_eq!(control(&server, "POST", "/_standin/reset", "").status, 200);
    assert_eq!(statuses(&server, "", &[]), [402, 200, 500]);
}

#[test]
fn a_header_that_says_nothing_is_refused_with_the_reason_and_nothing_is_played() {
    let server = start(Standin::builder().mock("mocks: [{times: 1, answer: Hello!}]"));
    for (name, value, reason) in [
        (FAULT, "explode", "half-open"),
        (FAULT, "status=42", "status"),
        (FAULT, "status=429,frist=2", "first"),
        (FAULT, "status=429;reset,when=now", "when"),
        ("X-Standin-Pace", "brisk,itl=fast", "itl"),
        ("X-Standin-Pace", "warp", "warp"),
        ("X-Standin-Seed", "seven", "seven"),
    ] {
        let answer = chat(&server, "", "hi", &[(name, value)]);
        assert_eq!(answer.status, 400, "{name}: {value}");
        let message = answer.message();
        assert!(message.contains(&name.to_lowercase()) && message.contains(value), "{message}");
        assert!(message.contains(reason), "{message}");
        assert_eq!(answer.header("x-standin-source"), Some("refusal"));
    }
    for (path, body) in [("faults", r#"{"faults": ["explode"]}"#), ("pace", r#"{"pace": "warp"}"#)] {
        let refused = control(&server, "PUT", &format!("/_standin/{path}"), body);
        assert_eq!(refused.status, 400, "{refused:?}");
    }
    // The mock's only turn is still there.
    assert_eq!(["hi"; 2].map(|text| chat(&server, "", text, &[]).status), [200, 404]);
}

#[test]
fn a_call_that_a_fault_replaces_takes_no_turn_of_a_mock() {
    let server = start(
        Standin::builder().mock("mocks: [{times: 1, answer: Hello!}]").fault(fault("status=429,first=2")),
    );
    assert_eq!(["hi"; 4].map(|text| chat(&server, "", text, &[]).status), [429, 429, 200, 404]);
    assert_eq!(chat(&server, "", "another call", &[]).status, 429, "attempts are those of the same call");
}

#[test]
fn the_nearest_pace_wins() {
    const PACE: &str = "X-Standin-Pace";
    const HOUR: &str = "ttft=1h";
    let mocks = "mocks: [{match: quick, answer: a, pace: none}, {answer: b}]";
    let server = start(Standin::builder().mock(mocks).pace(HOUR.parse().unwrap()));
    let (quick, _) = session(&server, &json!({"pace": "none"}));
    let (slow, own) = session(&server, &json!({"pace": HOUR}));
    let answers = |prefix: &str, text: &str, headers: &[(&str, &str)]| {
        assert_eq!(chat(&server, prefix, text, headers).status, 200, "{prefix} {text} {headers:?}");
    };
    let waits = |prefix: &str, text: &str, headers: &[(&str, &str)]| {
        ask(&server, &format!("{prefix}{PATH}"), &[&[KEY], headers].concat(), &says(text))
    };
    answers("", "quick", &[]);
    answers("", "other", &[(PACE, "none")]);
    answers(&quick, "other", &[]);
    answers(&slow, "other", &[(PACE, "none")]);
    let mut waiting = vec![
        waits("", "other", &[]),
        waits("", "quick", &[(PACE, HOUR)]),
        waits(&quick, "quick", &[(PACE, HOUR)]),
        waits(&slow, "quick", &[]),
    ];
    until_noted(&server, 8);
    let put = |path: &str, pace: &str| {
        control(&server, "PUT", &format!("{path}/pace"), &json!({"pace": pace}).to_string()).status
    };
    assert_eq!([put("/_standin", "none"), put(&own, "none")], [200; 2]);
    answers("", "other", &[]);
    answers(&slow, "other", &[]);
    let deleted =
        ["/_standin", &own].map(|path| control(&server, "DELETE", &format!("{path}/pace"), "").status);
    assert_eq!(deleted, [200; 2]);
    waiting.extend([waits("", "other", &[]), waits(&slow, "other", &[])]);
    answers(&slow, "quick", &[]);
    until_noted(&server, 13);
    // What they were told is told when nobody can be told more.
    drop(server);
    for (number, stream) in waiting.into_iter().enumerate() {
        assert_eq!(until_end(stream).bytes, b"", "the {number}. call that waits");
    }
}
