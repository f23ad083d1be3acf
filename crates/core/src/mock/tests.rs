//! Choosing, filling in, and what is told of a file.

use super::set::holds;
use super::*;
use crate::call::Call;
use crate::dialect::{Asked, Endpoint, Message, text_of};
use crate::headers::Headers;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A call of Chat Completions, read as its dialect does.
struct Probe {
    call: Call,
    body: Value,
}

impl Probe {
    fn chat(body: Value) -> Self {
        let call = Call {
            method: "POST".to_owned(),
            path: "/v1/chat/completions".to_owned(),
            query: Some("api-version=2".to_owned()),
            host: None,
            headers: Headers::from_iter([("Authorization", "Bearer k"), ("X-Team", "blue")]),
            body: Bytes::from(body.to_string()),
        };
        Probe { call, body }
    }

    fn says(text: &str) -> Self {
        Probe::chat(json!({"model": "gpt-5", "messages": [{"role": "user", "content": text}]}))
    }

    fn asked(&self) -> Asked<'_> {
        let messages = self.body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |role: &str| {
            messages.iter().rev().find(|message| message["role"] == role).map(|one| text_of(&one["content"]))
        };
        let last = messages.last().map(|message| Message {
            role: message["role"].as_str().unwrap_or_default(),
            text: text_of(&message["content"]),
            value: message,
            tool_call_id: message["tool_call_id"].as_str(),
        });
        let turns = messages.iter().filter(|message| message["role"] == "assistant").count();
        Asked {
            endpoint: Endpoint::Chat,
            body: &self.body,
            model: self.body["model"].as_str().map(Into::into),
            last,
            user: text("user"),
            system: text("system").unwrap_or_default(),
            tools: vec!["get_weather"],
            turns,
            turns_since_user: turns,
            stream: self.body["stream"] == true,
        }
    }

    fn answer(&self, set: &MockSet) -> Option<String> {
        let asked = self.asked();
        let seen = Seen { call: &self.call, provider: "openai", asked: &asked };
        set.choose(&seen, |_| true).map(Mock::label)
    }
}

fn set(text: &str) -> MockSet {
    let file = read("mocks.yaml", text);
    assert!(file.is_sound(), "{:?}", file.problems);
    MockSet::new(file.mocks)
}

#[test]
fn every_condition_holds_and_fails() {
    let probe = Probe::chat(json!({
        "model": "gpt-5-nano", "stream": true, "temperature": 1, "metadata": {"a": "b", "c": [1, {"d": 2}]},
        "messages": [
            {"role": "system", "content": "You are kind."},
            {"role": "user", "content": [{"type": "text", "text": "the weather"}, {"type": "image_url"}]},
            {"role": "assistant", "content": null},
            {"role": "tool", "tool_call_id": "call_1", "content": "sunny, 21"},
        ],
    }));
    for (holds, fails) in [
        ("{contains: sunny}", "{contains: rainy}"),
        ("{contains: [sunny, 21]}", "{contains: [sunny, 22]}"),
        ("{equals: 'sunny, 21'}", "{equals: sunny}"),
        ("{regex: '\\d+$'}", "{regex: '^\\d+$'}"),
        ("{role: tool}", "{role: user}"),
        ("{user: weather}", "{user: sunny}"),
        ("{system: {regex: 'kin.'}}", "{system: {equals: kind}}"),
        ("{model: gpt-*}", "{model: gpt}"),
        ("{tools: get_weather}", "{tools: [get_weather, get_time]}"),
        ("{tool_call_id: call_1}", "{tool_call_id: call_2}"),
        ("{turns: 1}", "{turns: {min: 2}}"),
        ("{stream: true}", "{stream: false}"),
        ("{json: {temperature: 1.0, metadata: {c: [1, {}]}}}", "{json: {metadata: {c: [1]}}}"),
        ("{jsonpath: '$.messages[?@.role == \"tool\"]'}", "{jsonpath: '$.messages[?@.role == \"x\"]'}"),
        ("{path: /v1/*}", "{path: /v2/*}"),
        ("{method: post}", "{method: GET}"),
        ("{query: {api-version: 2}}", "{query: {api-version: 3}}"),
        ("{headers: {x-team: blue}}", "{headers: {x-team: red}}"),
        (
            "{headers: [{name: x-TEAM, value: bl, match_type: contains}]}",
            "{headers: [{name: X-Team, value: bl}]}",
        ),
        ("{any: [{role: user}, sunny]}", "{any: [{role: user}, rainy]}"),
        ("{all: [{role: tool}, sunny]}", "{all: [{role: user}, sunny]}"),
        ("{not: {role: user}}", "{not: sunny}"),
        (
            "{match_type: exact, message: {content: 'sunny, 21', tool_call_id: call_1, role: tool}}",
            "{match_type: exact, message: {content: 'sunny, 21', role: tool}}",
        ),
        (
            "{match_type: contains, message: {content: sunny, role: tool}}",
            "{match_type: contains, message: {content: sunny, role: user}}",
        ),
        ("sunny", "rainy"),
    ] {
        let mocks = set(&format!("mocks:\n- {{match: {holds}, answer: x}}"));
        assert!(probe.answer(&mocks).is_some(), "{holds}");
        let mocks = set(&format!("mocks:\n- {{match: {fails}, answer: x}}"));
        assert_eq!(probe.answer(&mocks), None, "{fails}");
        let asked = probe.asked();
        let near = mocks.nearest(&Seen { call: &probe.call, provider: "openai", asked: &asked }, 3);
        assert_eq!(near[0].unmet.len(), 1, "{fails}: {near:?}");
    }
}

#[test]
fn the_first_that_holds_answers_but_for_priority() {
    let mocks = set("mocks:
- {name: any, answer: x}
- {name: late, match: hello, answer: x}
- {name: urgent, priority: 1, match: hello, answer: x}
- {name: other, provider: azure, priority: 2, answer: x}
- {name: words, endpoint: [messages, responses], priority: 2, answer: x}");
    assert_eq!(Probe::says("hello").answer(&mocks).as_deref(), Some("urgent"));
    assert_eq!(Probe::says("bye").answer(&mocks).as_deref(), Some("any"));
    let asked = Probe::says("x");
    let asked = asked.asked();
    let probe = Probe::says("hello");
    let seen = Seen { call: &probe.call, provider: "openai", asked: &asked };
    assert_eq!(mocks.choose(&seen, |_| false).map(Mock::label), None);
}

#[test]
fn a_text_and_one_part_of_text_are_the_same_message() {
    let mocks =
        set("openai: [{match: {match_type: exact, message: {role: user, content: hi}}, response: {}}]");
    let parts = json!({"messages": [{"content": [{"text": "hi", "type": "text"}], "role": "user"}]});
    assert!(Probe::chat(parts).answer(&mocks).is_some());
    assert!(Probe::says("hi").answer(&mocks).is_some());
    assert!(Probe::says("hi!").answer(&mocks).is_none());
}

#[test]
fn lists_are_played_by_their_steps() {
    let mocks = set("mocks:
- {steps: conversation, exhausted: cycle, answers: [a, b]}
- {answers: [a, b]}
- {exhausted: error, answers: [a, b]}");
    let text = |mock: usize, answered: u64, turns: usize| match &mocks.mocks()[mock]
        .answer(answered, Turns { all: turns, since_user: 0 })?
        .body
    {
        answer::Body::Plain(Say::Said(said)) => said.text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        [text(0, 9, 0), text(0, 9, 1), text(0, 9, 2)].map(Option::unwrap),
        ["a", "b", "a"].map(str::to_owned)
    );
    assert_eq!(
        [text(1, 0, 9), text(1, 1, 9), text(1, 7, 9)].map(Option::unwrap),
        ["a", "b", "b"].map(str::to_owned)
    );
    assert_eq!(text(2, 2, 0), None);
}

#[test]
fn quotes_and_newlines_cannot_break_the_json() {
    let mocks = set(r#"mocks:
- template: true
  answer:
    text: 'You said {{ message }}, {{ headers["x-team"] }}.'
    tool_calls:
      - {name: a, arguments: {said: '{{ message }}', all: '{{ request | tojson }}'}}
      - {name: b, arguments: '{"said": "{{ message }}", "n": {{ turns }}, "whole": {{ request.messages | tojson }}}'}
"#);
    let said = "a \"quote\",\na \\ and \u{1}";
    let probe = Probe::says(said);
    let asked = probe.asked();
    let seen = Seen { call: &probe.call, provider: "openai", asked: &asked };
    let filled = mocks.mocks()[0].answers[0].fill(&seen).unwrap().into_owned();
    let Say::Said(answer) = filled else { panic!("{filled:?}") };
    assert_eq!(answer.text.as_deref(), Some(format!("You said {said}, blue.").as_str()));
    assert_eq!(answer.tool_calls[0].arguments["said"], said);
    let text = answer.tool_calls[1].arguments_text();
    let arguments: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(arguments["said"], said);
    assert_eq!(arguments["n"], 0);
    assert_eq!(arguments["whole"][0]["content"], said);
}

#[test]
fn a_template_that_names_what_is_not_there_says_so() {
    let mocks = set("mocks: [{template: true, answer: '{{ request.user.name }}'}]");
    let probe = Probe::says("x");
    let asked = probe.asked();
    let seen = Seen { call: &probe.call, provider: "openai", asked: &asked };
    let error = mocks.mocks()[0].answers[0].fill(&seen).unwrap_err();
    assert!(error.to_string().contains("undefined"), "{error}");
    let endless = set(
        "mocks: [{template: true, answer: '{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}'}]",
    );
    let error = endless.mocks()[0].answers[0].fill(&seen).unwrap_err();
    assert!(error.to_string().contains("fuel"), "{error}");
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    for (text, line, words) in [
        ("mocks:\n- match: x\n  answr: y\n", 2, "needs one of `answer`"),
        ("mocks:\n- match: x\n  answr: y\n", 3, "did you mean `answer`?"),
        ("mocks:\n- match: {contain: x}\n  answer: y\n", 2, "did you mean `contains`?"),
        ("mocks:\n- match:\n    regex: '('\n  answer: y\n", 3, "unclosed group"),
        ("mocks:\n- match:\n    jsonpath: 'a'\n  answer: y\n", 3, "is not a JSONPath"),
        ("mocks:\n- answer: {text: a, tool_call: []}\n", 2, "did you mean `tool_calls`?"),
        ("mocks:\n- {answer: a, response: {}}\n", 2, "not both"),
        ("mocks:\n- response: {id: x}\n", 2, "say `endpoint`"),
        ("mocks:\n- {answer: a, times: many}\n", 2, "`times` cannot be many"),
        ("mocks:\n- {answer: a, endpoint: chats}\n", 2, "image_edits"),
        ("mocks:\n- {answer: {status: 99}}\n", 2, "200 to 599"),
        ("mocks:\n- {answer: a, status: 101}\n", 2, "200 to 599"),
        ("mocks:\n- {answer: a, headers: {Content-Length: '5'}}\n", 2, "left to the connection"),
        ("mocks:\n- {answer: '{{ x', template: true}\n", 2, "not a template"),
        ("mocks:\n- {answer: a, answer: b}\n", 2, "twice"),
        ("mock: []\n", 1, "did you mean `mocks`?"),
        ("match: hi\nanswer: x\n", 2, "below `mocks:`"),
        (
            "mocks:\n- answers: [{object: {object: response}}, {object: {type: message}}]\n",
            2,
            "say `endpoint`",
        ),
        ("{\n \"openai\": [\n  {\"match\": }\n ]\n}", 3, "expected value"),
        (
            "{\n \"openai\": [\n  {\"response\": 3,\n   \"match\": {\"message\": {}, \"match_type\": \"fuzzy\"}}\n ]\n}",
            4,
            "exact, contains, regex",
        ),
        ("mocks: [\n", 1, "unclosed"),
    ] {
        let file = read("m", text);
        assert!(!file.is_sound(), "{text}");
        let found =
            file.problems.iter().any(|problem| problem.line == line && problem.message.contains(words));
        assert!(found, "{text}: {:?}", file.problems);
    }
}

#[test]
fn mocks_that_never_answer_are_told() {
    let warnings = |text: &str| {
        let file = read("m", text);
        assert!(file.is_sound(), "{:?}", file.problems);
        let mut warnings: Vec<String> = file.problems.iter().map(|problem| problem.message.clone()).collect();
        warnings.extend(MockSet::new(file.mocks).shadowed().iter().map(ToString::to_string));
        warnings
    };
    for text in [
        "mocks:\n- {name: a, answer: x}\n- {name: b, match: hello, answer: y}\n",
        "mocks:\n- {name: a, match: hell, answer: x}\n- {name: b, match: {contains: hello, role: user}, answer: y}\n",
        "mocks:\n- {name: a, match: {tool_call_id: c}, answer: x}\n- {name: b, match: {tool_call_id: c, role: tool}, answer: y}\n",
    ] {
        assert_eq!(
            warnings(text),
            ["m:3: warning: b never answers: a (m:2) always does before it"],
            "{text}"
        );
    }
    for text in [
        "mocks:\n- {name: a, times: 1, answer: x}\n- {name: b, match: hello, answer: y}\n",
        "mocks:\n- {name: a, match: hello, answer: x}\n- {name: b, match: hell, answer: y}\n",
        "mocks:\n- {name: a, endpoint: chat, answer: x}\n- {name: b, answer: y}\n",
        "mocks:\n- {name: a, scenario: {name: s, when: start}, answer: x}\n- {name: b, answer: y}\n",
    ] {
        assert_eq!(warnings(text), Vec::<String>::new(), "{text}");
    }
    for text in [
        "mocks: [{match: {equals: hello, contains: bye}, answer: x}]",
        "mocks: [{match: {turns: {min: 2, max: 1}}, answer: x}]",
        "mocks: [{match: {any: []}, answer: x}]",
        "mocks: [{times: 0, answer: x}]",
        "mocks: [{answer: {status: 429, text: x}}]",
        "mocks: [{match: {role: usr}, answer: x}]",
        "mocks: [{provider: opnai, answer: x}]",
        "mocks: [{template: true, answer: '{{ usr }} {% set a = namespace(b=1) %}{% for i in range(a.b) %}{{ i ~ loop.index }}{% endfor %}'}]",
    ] {
        assert_eq!(warnings(text).len(), 1, "{text}");
    }
}

#[test]
fn what_a_call_lacks_is_told_without_its_credentials() {
    let mocks = set(
        "mocks: [{match: {headers: {authorization: a, x-my-token: a, x-team: a}, query: {api_key: a}, json: {api_key: a}}, answer: x}]",
    );
    let mut probe = Probe::chat(json!({"messages": [{"role": "user", "content": "x"}], "api_key": "mine-b"}));
    probe.call.query = Some("api_key=mine-q".to_owned());
    let fields = [("Authorization", "Bearer mine-a"), ("X-My-Token", "mine-t"), ("X-Team", "blue")];
    probe.call.headers = Headers::from_iter(fields);
    let asked = probe.asked();
    let near = mocks.nearest(&Seen { call: &probe.call, provider: "openai", asked: &asked }, 1);
    let told = format!("{near:?}");
    assert!(!told.contains("mine") && told.contains("blue"), "{told}");
    assert_eq!(near[0].unmet.len(), 5);
}

#[test]
fn the_nearest_come_first_and_equals_in_order() {
    let mocks = set(
        "mocks:\n- {name: a, match: {contains: q, user: q}, answer: x}\n- {name: b, match: {contains: q}, answer: x}\n- {name: c, match: {contains: r}, answer: x}\n- {name: d, match: {contains: q, role: user}, answer: x}\n",
    );
    let probe = Probe::says(&"é".repeat(300));
    let asked = probe.asked();
    let near = mocks.nearest(&Seen { call: &probe.call, provider: "openai", asked: &asked }, 3);
    assert_eq!(near.iter().map(|near| near.mock.as_str()).collect::<Vec<_>>(), ["d", "b", "c"]);
    assert!(near[0].unmet[0].actual.chars().count() < 210);
}

#[test]
fn an_object_is_kept_as_it_is_written() {
    let written = r#"{"z": 1, "a": {"y": null, "b": 1.5}, "id": "x", "unknown": [true]}"#;
    let mocks = set(&format!(r#"{{"openai": [{{"response": {written}}}]}}"#));
    let object = written_object(&mocks);
    assert_eq!(object.to_string(), written.replace(": ", ":").replace(", ", ","));
    // A YAML text that looks like something else is what JSON would make of it.
    let mocks = set("openai: [{response: {a: no, b: 0x1, c: 1e3, d: ~, e: '1', f: -2}}]");
    let object = written_object(&mocks);
    assert_eq!(*object, json!({"a": "no", "b": "0x1", "c": 1000.0, "d": null, "e": "1", "f": -2}));
}

fn written_object(mocks: &MockSet) -> &Value {
    match &mocks.mocks()[0].answers[0].body {
        answer::Body::Plain(Say::Object(object)) => object,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_tells_what_it_is_for() {
    for (answer, endpoints) in [
        ("answer: hi", "chat completions responses messages"),
        ("answer: {embedding: [1]}", "embeddings"),
        ("answer: {flagged: []}", "moderations"),
        ("response: {object: chat.completion}", "chat"),
        ("template: true, response: {object: response, id: '{{ model }}'}", "responses"),
        ("response: {data: [{url: x}]}", "images image_edits image_variations"),
        ("endpoint: speech, response: {audio: eA==}", "speech"),
        ("answers: [hi, {object: {object: response}}]", "responses"),
    ] {
        let mocks = set(&format!("mocks: [{{{answer}}}]"));
        let names: Vec<_> = mocks.mocks()[0].endpoints.iter().map(|endpoint| endpoint.name()).collect();
        assert_eq!(names.join(" "), endpoints, "{answer}");
    }
}

#[test]
fn ids_stay_when_other_mocks_come_and_go() {
    let ids = |text: &str| read("m", text).mocks.iter().map(|mock| mock.id).collect::<Vec<_>>();
    let before = ids("mocks: [{answer: a}, {answer: b}, {answer: b}]");
    let after = ids("mocks: [{answer: new}, {answer: a}, {answer: b}]");
    assert_eq!((before[0], before[1]), (after[1], after[2]));
    assert_ne!(before[1], before[2]);
}

proptest! {
    /// The index finds what looking at each mock in order finds.
    #[test]
    fn the_index_chooses_as_a_scan_does(
        rules in proptest::collection::vec((0usize..6, "[ab]{0,3}"), 1..12),
        last in "[ab]{0,6}",
        user in "[ab]{0,6}",
    ) {
        let entry = |(kind, text): &(usize, String)| {
            let condition = match kind {
                0 => json!({"contains": text}),
                1 => json!({"equals": text}),
                2 => json!({"user": text}),
                3 => json!({"match_type": "exact", "message": {"role": "tool", "content": text}}),
                4 => json!({"match_type": "contains", "message": {"role": "tool", "content": text}}),
                _ => json!({"contains": text, "not": {"contains": format!("{text}a")}}),
            };
            json!({"match": condition, "answer": "x"})
        };
        let file = json!({"mocks": rules.iter().map(entry).collect::<Vec<_>>()}).to_string();
        let mocks = set(&file);
        let probe = Probe::chat(json!({"messages": [
            {"role": "user", "content": user}, {"role": "tool", "content": last},
        ]}));
        let asked = probe.asked();
        let seen = Seen { call: &probe.call, provider: "openai", asked: &asked };
        let chosen = mocks.choose(&seen, |_| true).map(|mock| mock.id);
        let scanned = mocks.mocks().iter().find(|mock| holds(mock, &seen)).map(|mock| mock.id);
        prop_assert_eq!(chosen, scanned);
    }
}
