use super::*;
use crate::Headers;
use crate::call::Call;
use crate::cassette::{
    Cassette, Format, Interaction, RecordedRequest, RecordedResponse, RequestBody, Unknown,
};
use bytes::Bytes;
use proptest::prelude::*;

fn recorded(url: &str, headers: &[(&str, &str)], body: &[u8]) -> RecordedRequest {
    RecordedRequest {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: headers.iter().copied().collect(),
        body: RequestBody::Bytes(Bytes::copy_from_slice(body)),
        go: None,
        unknown: Unknown::default(),
    }
}

fn call(target: &str, headers: &[(&str, &str)], body: &[u8]) -> Call {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    Call {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query,
        host: None,
        headers: headers.iter().copied().collect(),
        body: Bytes::copy_from_slice(body),
    }
}

fn matches(call: &Call, recorded: &RecordedRequest, rules: &MatchRules) -> bool {
    let known = recorded_keys(recorded, rules);
    let keys = [call_keys(call, rules), stored_call_keys(call, rules)].concat();
    let by_key = keys.iter().any(|key| known.contains(key)) && rules.admits(call, recorded);
    // The index and the explanation may never disagree.
    let explained =
        rules.matchers.iter().all(|matcher| compare::compare(matcher, call, recorded, rules).is_none());
    assert_eq!(by_key, explained, "{call:?}\n{recorded:?}");
    by_key
}

fn bodies(kind: &str, left: &str, right: &str) -> bool {
    let headers = [("Content-Type", kind)];
    let rules = MatchRules::default();
    matches(
        &call("/p", &headers, right.as_bytes()),
        &recorded("https://h/p", &headers, left.as_bytes()),
        &rules,
    )
}

#[test]
fn json_is_compared_by_meaning() {
    for (left, right, same) in [
        (r#"{"a":1,"b":[1,2]}"#, "{ \"b\": [1, 2.0],\n\"a\": 1.0 }", true),
        (r#"{"a":1e2}"#, r#"{"a":100}"#, true),
        (r#"{"a":-0.0}"#, r#"{"a":0}"#, true),
        (r#"{"a":"\u0041"}"#, r#"{"a":"A"}"#, true),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#, true),
        (r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#, false),
        (r#"{"a":1}"#, r#"{"a":true}"#, false),
        (r#"{"a":1}"#, r#"{"a":"1"}"#, false),
        (r#"{"a":null}"#, "{}", false),
        (r#"{"seed":9007199254740993}"#, r#"{"seed":9007199254740992}"#, false),
        (r#"{"seed":18446744073709551615}"#, r#"{"seed":18446744073709551614}"#, false),
        // Not JSON: bytes, and never an error.
        ("{\"a\":1}\n{\"b\":2}\n", "{\"a\":1}\n{\"b\":2}\n", true),
        ("{\"a\":1}\n{\"b\":2}\n", "{\"a\": 1}\n{\"b\":2}\n", false),
        ("{broken", "{broken", true),
        ("", "", true),
        ("", "{}", false),
    ] {
        assert_eq!(bodies("application/json; charset=utf-8", left, right), same, "{left} {right}");
        assert_eq!(bodies("application/vnd.api+json", left, right), same, "{left} {right}");
    }
}

#[test]
fn a_body_may_have_lost_its_type() {
    let rules = MatchRules::default();
    let json = [("content-type", "application/json")];
    assert!(matches(&call("/p", &json, b"{\"a\": 1}"), &recorded("https://h/p", &[], b"{\"a\":1}"), &rules));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert!(matches(
        &call("/p", &form, b"{\"a\": 1}"),
        &recorded("https://h/p", &json, b"{\"a\":1}"),
        &rules
    ));
    assert!(matches(&call("/p", &form, b"a=1&b=2"), &recorded("https://h/p", &[], b"a=1&b=2"), &rules));
    assert!(!matches(&call("/p", &form, b"b=2&a=1"), &recorded("https://h/p", &[], b"a=1&b=2"), &rules));
}

#[test]
fn forms_are_compared_by_pairs() {
    let kind = "application/x-www-form-urlencoded";
    assert!(bodies(kind, "a=1&b=x+y", "b=x%20y&a=1"));
    assert!(bodies(kind, "a=1&a=2&b=", "b=&a=1&a=2"));
    assert!(!bodies(kind, "a=1&a=2", "a=2&a=1"));
    assert!(!bodies(kind, "a=1&b=", "a=1"));
}

fn multipart(boundary: &str, content: &str) -> Vec<u8> {
    format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--{boundary}\r\ncontent-type: audio/wav\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n{content}\r\n--{boundary}--\r\n"
    )
    .into_bytes()
}

#[test]
fn multipart_is_compared_by_parts() {
    let rules = MatchRules::default();
    let kind = |boundary: &str| format!("multipart/form-data; boundary={boundary}");
    let (one, two) = (kind("x1"), kind("\"y 2\""));
    let recording = recorded("https://h/p", &[("content-type", &one)], &multipart("x1", "ABC\r\n--nope"));
    let other = |content| call("/p", &[("Content-Type", two.as_str())], &multipart("y 2", content));
    assert!(matches(&other("ABC\r\n--nope"), &recording, &rules));
    assert!(!matches(&other("ABD"), &recording, &rules));

    let omitted = recorded("https://h/p", &[("content-type", &one)], b"[multipart form data omitted]");
    assert!(matches(&other("anything"), &omitted, &rules));
    assert!(!matches(&call("/p", &[("content-type", "application/json")], b"{}"), &omitted, &rules));
    assert!(!matches(
        &call("/q", &[("content-type", two.as_str())], &multipart("y 2", "z")),
        &omitted,
        &rules
    ));
}

#[test]
fn parts_are_in_order_within_a_name() {
    let kind = "multipart/form-data; boundary=b";
    let body = |parts: &[(&str, &str)]| -> String {
        let part = |(name, content): &(&str, &str)| {
            format!("--b\r\nContent-Disposition: form-data{name}\r\n\r\n{content}\r\n")
        };
        parts.iter().map(part).chain(["--b--\r\n".to_owned()]).collect()
    };
    let same = |one: &[(&str, &str)], other: &[(&str, &str)]| bodies(kind, &body(one), &body(other));
    let (model, first, second) =
        (("; name=\"model\"", "m"), ("; name=\"image[]\"", "1"), ("; name=\"image[]\"", "2"));
    assert!(same(&[model, first, second], &[first, second, model]));
    assert!(same(&[model, first, second], &[first, model, second]));
    assert!(!same(&[model, first, second], &[model, second, first]));
    assert!(!same(&[model, first], &[model, first, first]));
    assert!(!same(&[("", "1"), ("", "2")], &[("", "2"), ("", "1")]), "without names there is only the order");
}

#[test]
fn paths_and_queries_are_compared_by_meaning() {
    let rules = MatchRules::default();
    let same = |left: &str, right: &str| matches(&call(right, &[], b""), &recorded(left, &[], b""), &rules);
    for (left, right, expected) in [
        ("https://h/model/a%3A0/x", "/model/a:0/x", true),
        ("https://h/a%2Fb", "/a%2fb", true),
        ("https://h/a%2Fb", "/a/b", false),
        ("https://h", "/", true),
        ("https://h/a", "/a/", false),
        ("https://h/p?b=2&a=1", "/p?a=1&b=2", true),
        ("https://h/p?a=x%20y", "/p?a=x+y", true),
        ("https://h/p?a=1&a=2", "/p?a=2&a=1", false),
        ("https://h/p?a=&b=1", "/p?b=1", false),
        ("https://h/p?a=1", "/p", false),
        ("https://h/p?alt=sse&key=AIza", "/p?alt=sse&key=other", true),
        ("https://h/p?key=AIza", "/p", true),
        ("https://h/p?api-version=1", "/p", true),
        ("https://h/p", "/p?api-version=1", true),
        ("https://h/p?api-version=1", "/p?api-version=2", false),
    ] {
        assert_eq!(same(left, right), expected, "{left} {right}");
    }
}

#[test]
fn the_host_counts_where_it_is_known() {
    let rules = MatchRules::default();
    let recording = recorded("https://API.x.ai/p", &[], b"");
    let with = |host: Option<&str>| Call { host: host.map(str::to_owned), ..call("/p", &[], b"") };
    assert!(matches(&with(None), &recording, &rules));
    assert!(matches(&with(Some("api.x.ai:443")), &recording, &rules));
    assert!(!matches(&with(Some("api.x.ai:80")), &recording, &rules));
    assert!(!matches(&with(Some("api.openai.com")), &recording, &rules));
}

#[test]
fn headers_and_keys_count_where_asked() {
    let recording = recorded(
        "https://h/p",
        &[
            ("Anthropic-Version", "2023-06-01"),
            ("User-Agent", "x"),
            ("x-stainless-lang", "python"),
            (FINGERPRINT_HEADER, "no-key"),
        ],
        b"",
    );
    let rules = |names: &[&str]| MatchRules {
        matchers: names.iter().map(|name| name.parse().unwrap()).collect(),
        ..MatchRules::default()
    };
    let version = call("/p", &[("anthropic-version", "2023-06-01"), ("user-agent", "y")], b"");
    let other = call("/p", &[("anthropic-version", "2026-10-21"), ("x-api-key", "k")], b"");
    assert!(matches(&version, &recording, &rules(&["path", "headers"])));
    assert!(!matches(&other, &recording, &rules(&["path", "headers"])));
    assert!(!matches(&other, &recording, &rules(&["path", "header:anthropic-version"])));
    assert!(matches(&other, &recording, &rules(&["path", "header:x-none"])));
    assert!(matches(&version, &recording, &rules(&["path", "key"])));
    assert!(!matches(&other, &recording, &rules(&["path", "key"])));
    assert!("cookie".parse::<Matcher>().unwrap_err().to_string().contains("header:NAME"));
}

#[test]
fn fingerprints_tell_keys_apart_and_survive_rotation() {
    let print = |name: &str, value: &str| fingerprint(&[(name, value)].into_iter().collect::<Headers>());
    // printf 'authorization=Bearer sk-1' | sha256sum | cut -c-16
    assert_eq!(print("Authorization", "Bearer sk-1"), "43e0ab9d0302db83");
    assert_ne!(print("authorization", "Bearer sk-1"), print("authorization", "Bearer sk-2"));
    assert_eq!(print("authorization", "Bearer ya29.one"), print("authorization", "Bearer ya29.two"));
    let signed = |date: &str, signature: &str| {
        print(
            "authorization",
            &format!(
                "AWS4-HMAC-SHA256 Credential=AKIA/{date}/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature={signature}"
            ),
        )
    };
    assert_eq!(signed("20260101", "aa"), signed("20260102", "bb"));
    assert_eq!(fingerprint(&Headers::new()), "no-key");
    assert_eq!(print(FINGERPRINT_HEADER, "0123"), "0123");
}

#[test]
fn volatile_values_are_normalised_when_asked() {
    let id = ["6f1c2d3e-4b5a-6978-8796-a5b4c3d2e1f0", "00000000-0000-4000-8000-000000000001"];
    let body = |n: usize| {
        format!(
            r#"{{"id":"call {}","at":"2026-0{}-01T10:00:00.12Z","t":176000000{n},"ms":176000000{n}123,"keep":{{"user":"{n}"}},"list":[{{"x":{n}}}],"price":12}}"#,
            id[n],
            n + 1
        )
    };
    let headers = [("content-type", "application/json")];
    let recording =
        recorded("https://h/jobs/6f1c2d3e-4b5a-6978-8796-a5b4c3d2e1f0", &headers, body(0).as_bytes());
    let live = call(&format!("/jobs/{}", id[1]), &headers, body(1).as_bytes());
    let with = |normaliser: Normaliser| MatchRules { normaliser, ..MatchRules::default() };
    let all = Normaliser::default()
        .volatile(Volatile::Uuids)
        .volatile(Volatile::IsoTimes)
        .volatile(Volatile::EpochTimes)
        .ignore("/keep")
        .unwrap()
        .ignore("/list/*/x")
        .unwrap();
    assert!(matches(&live, &recording, &with(all.clone())));
    assert!(!matches(&live, &recording, &with(Normaliser::default())));
    // What really differs still does.
    let other = call(
        &format!("/jobs/{}", id[1]),
        &headers,
        body(1).replace("\"price\":12", "\"price\":13").as_bytes(),
    );
    assert!(!matches(&other, &recording, &with(all)));

    let pattern = Normaliser::default().pattern(r"run-[0-9]+", "run").unwrap();
    assert!(matches(
        &call("/p", &[], b"in run-2"),
        &recorded("https://h/p", &[], b"in run-1"),
        &with(pattern)
    ));
    assert!(Normaliser::default().ignore("keep").unwrap_err().to_string().contains("start it with `/`"));
    assert!(Normaliser::default().pattern("(", "").is_err());
}

fn cassette(requests: Vec<RecordedRequest>) -> Cassette {
    let response = || RecordedResponse {
        status: 200,
        reason: String::new(),
        headers: Headers::new(),
        body: Bytes::new(),
        go: None,
        unknown: Unknown::default(),
    };
    Cassette {
        format: Format::Vcrpy,
        interactions: requests
            .into_iter()
            .map(|request| Interaction {
                request,
                response: response(),
                recorded: None,
                layout: Default::default(),
                chunks: None,
                unknown: Unknown::default(),
                line: 1,
            })
            .collect(),
        unknown: Unknown::default(),
    }
}

#[test]
fn a_miss_names_the_closest_and_both_values() {
    let json = [("content-type", "application/json")];
    let tape = cassette(vec![
        recorded("https://h/other", &json, b"{}"),
        recorded("https://h/p?key=secret", &json, br#"{"model":"m","messages":[{"content":"one"}],"n":1}"#),
        recorded("https://h/p", &json, br#"{"model":"q","messages":[{"content":"three"}],"n":2}"#),
    ]);
    let rules = MatchRules::default();
    let live = call("/p", &json, br#"{"model":"m","messages":[{"content":"two"}],"n":1}"#);
    let candidates = tape.interactions.iter().enumerate().map(|(at, one)| ("tape", at, one, &rules));
    let near = near_misses(&live, candidates, 2);
    assert_eq!(near.iter().map(|one| one.interaction).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(near[0].request, "POST https://h/p?key=...");
    assert_eq!(near[0].passed, ["method", "path", "query", "host"]);
    let difference = &near[0].failed[0].differences;
    assert_eq!(difference.len(), 1);
    assert_eq!(difference[0].pointer, "/messages/0/content");
    assert_eq!(difference[0].recorded.as_deref(), Some("\"one\""));
    assert_eq!(difference[0].called.as_deref(), Some("\"two\""));
}

#[test]
fn long_values_are_shown_around_their_first_difference() {
    let (left, right) = (format!("{}ä-left", "x".repeat(500)), format!("{}ä-right", "x".repeat(500)));
    let differences = json_differences(&left.into(), &right.into(), 5);
    let shown = differences[0].called.as_deref().unwrap();
    assert!(shown.contains("ä-right") && shown.len() < 250, "{shown}");
}

#[test]
fn the_index_keeps_order() {
    let rules = MatchRules::default();
    let keys: Vec<ContentKey> =
        (0..3).map(|n| recorded_keys(&recorded("https://h/p", &[], &[n]), &rules)[0]).collect();
    let mut index = Index::default();
    for item in [5, 1, 3, 1] {
        index.insert(keys[0], item);
    }
    index.insert(keys[1], 7);
    assert_eq!(index.find(&keys[..1]), [1, 3, 5]);
    assert_eq!(index.find(&[keys[2], keys[1]]), [7]);
    index.remove(keys[0], &3);
    assert_eq!(index.find(&keys[..1]), [1, 5]);
    index.remove(keys[1], &7);
    assert!(index.find(&keys[1..]).is_empty());
}

fn arbitrary_json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e6f64..1e6).prop_map(Value::from),
        "[a-c]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-c]{1,2}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    /// Whatever the bodies, the key and the explanation agree (see `matches`), and a request finds itself.
    #[test]
    fn index_and_explanation_agree(
        left in arbitrary_json(), right in arbitrary_json(),
        raw in proptest::collection::vec(any::<u8>(), 0..40),
        kind in prop_oneof![
            Just("application/json"), Just("application/x-www-form-urlencoded"),
            Just("multipart/form-data; boundary=x"), Just("text/plain"), Just(""),
        ],
    ) {
        let rules = MatchRules::default();
        let headers = [("content-type", kind)];
        let (left, right) = (left.to_string(), right.to_string());
        let mut all: Vec<&[u8]> = vec![left.as_bytes(), right.as_bytes(), &raw];
        let pretty = serde_json::to_vec_pretty(&serde_json::from_str::<serde_json::Value>(&left).unwrap()).unwrap();
        all.push(&pretty);
        for a in &all {
            for b in &all {
                let same = matches(&call("/p", &headers, b), &recorded("https://h/p", &headers, a), &rules);
                prop_assert!(same || a != b);
            }
        }
        if kind == "application/json" {
            prop_assert!(matches(&call("/p", &headers, &pretty), &recorded("https://h/p", &headers, left.as_bytes()), &rules));
        }
    }
}
