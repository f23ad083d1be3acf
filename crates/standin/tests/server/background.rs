//! Responses that are made in the background, over the wire.

use crate::support::{Answer, call, control, interaction, post, start, write};
use serde_json::{Value, json};
use standin::Standin;
use standin::jobs::{JobRules, JobsIn};

pub(crate) const KEY: (&str, &str) = ("Authorization", "Bearer k");
pub(crate) const PATH: &str = "/v1/responses";
pub(crate) const CONTROL: &str = "x-standin-async";
const MOCKS: &str = r#"
mocks:
- {name: slow, match: {contains: patient}, answer: Done at last., stream: {polls: 2}}
- {name: refused, match: {contains: refuse}, answer: {status: 429, error: {message: not now}}}
- {name: turn, match: {contains: "and then", turns: 1}, answer: The second turn.}
- {name: own, match: {contains: own id}, endpoint: responses, response: {id: resp_mine, object: response, output: []}}
- {name: otters, answer: Otters are fine animals.}
"#;

pub(crate) fn mocked() -> Standin {
    start(Standin::builder().mock(MOCKS))
}

pub(crate) fn create(server: &Standin, text: &str, control: Option<&str>) -> Answer {
    let body = json!({"model": "gpt-5", "input": text, "background": true});
    ask(server, &body, control)
}

pub(crate) fn ask(server: &Standin, body: &Value, control: Option<&str>) -> Answer {
    let mut headers = vec![KEY];
    headers.extend(control.map(|control| (CONTROL, control)));
    call(server, "POST", PATH, &headers, &body.to_string())
}

pub(crate) fn get(server: &Standin, id: &str, rest: &str) -> Answer {
    call(server, "GET", &format!("{PATH}/{id}{rest}"), &[KEY], "")
}

pub(crate) fn id(answer: &Answer) -> String {
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// The job that makes a response, by the id that jobs have.
pub(crate) fn job(id: &str) -> String {
    let digits = id.strip_prefix("resp_").unwrap();
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

pub(crate) fn status(answer: &Answer) -> String {
    answer.json()["status"].as_str().unwrap_or_default().to_owned()
}

/// What a message says.
pub(crate) fn said(answer: &Answer) -> String {
    answer.json()["output"][0]["content"][0]["text"].as_str().unwrap_or_default().to_owned()
}

/// Asks until a response is over.
pub(crate) fn ended(server: &Standin, id: &str) -> Answer {
    loop {
        let answer = get(server, id, "");
        if !["queued", "in_progress"].contains(&status(&answer).as_str()) {
            return answer;
        }
    }
}

#[test]
fn it_is_queued_and_polls_see_it_get_on() {
    let server = mocked();
    let queued = create(&server, "be patient", None);
    assert_eq!((queued.status, status(&queued).as_str()), (200, "queued"));
    let body = queued.json();
    assert_eq!(
        (&body["object"], &body["background"], &body["output"]),
        (&json!("response"), &json!(true), &json!([]))
    );
    assert_eq!((&body["usage"], &body["error"]), (&Value::Null, &Value::Null));
    let id = id(&queued);
    assert_eq!((id.len(), body.as_object().unwrap().keys().next().unwrap().as_str()), (37, "id"));
    let polled: Vec<Answer> = (0..4).map(|_| get(&server, &id, "")).collect();
    let statuses: Vec<String> = polled.iter().map(status).collect();
    assert_eq!(statuses, ["in_progress", "in_progress", "completed", "completed"]);
    assert_eq!(said(&polled[2]), "Done at last.");
    assert_eq!(
        (polled[2].json()["id"].as_str(), &polled[2].json()["background"]),
        (Some(&*id), &json!(true))
    );
    assert_eq!(polled[2].header("x-standin-source"), Some("job"));
    assert_eq!(queued.header("x-standin-mock"), Some("slow"));
    let looked = control(&server, "GET", &format!("/_standin/jobs/{}", job(&id)), "").json();
    assert_eq!((&looked["status"], &looked["executions"]), (&json!("completed"), &json!(1)));
    let journal = control(&server, "GET", "/_standin/journal", "").json();
    let of_job = |entry: &&Value| entry["job"] == job(&id);
    assert_eq!(journal["entries"].as_array().unwrap().iter().filter(of_job).count(), 5, "{journal}");
}

#[test]
fn nobody_else_is_told_of_it() {
    let server = mocked();
    let (one, two) = (id(&create(&server, "otters", None)), id(&create(&server, "otters", None)));
    assert_ne!(one, two);
    let native = call(&server, "GET", &format!("/v1/async/responses/{}", job(&one)), &[KEY], "");
    assert_eq!(native.status, 404);
    let listed = call(&server, "GET", "/v1/async/jobs", &[KEY], "").json();
    assert_eq!(listed["data"], json!([]));
    // An id of the same form that nobody was given.
    assert_eq!(get(&server, "resp_00000000000040008000000000000000", "").status, 404);
    assert_eq!(call(&server, "GET", &format!("{PATH}/{one}"), &[], "").status, 401);
}

#[test]
fn other_responses_are_as_they_were() {
    let server = mocked();
    let plain = ask(&server, &json!({"model": "gpt-5", "input": "otters"}), None);
    assert_eq!((status(&plain).as_str(), plain.json()["background"].as_bool()), ("completed", Some(false)));
    assert_eq!(get(&server, &id(&plain), "").body, plain.body);
    let cancel = call(&server, "POST", &format!("{PATH}/{}/cancel", id(&plain)), &[KEY], "");
    assert_eq!(cancel.status, 400);
    assert!(cancel.message().contains("not a background response"), "{}", cancel.message());
    // An id that somebody wrote stays what it is.
    assert_eq!(id(&create(&server, "own id", None)), "resp_mine");
    assert_eq!(status(&ended(&server, "resp_mine")), "completed");
    let off = JobRules { kept: JobsIn::Off, ..JobRules::default() };
    let server = start(Standin::builder().mock(MOCKS).jobs(off));
    let queued = create(&server, "otters", None);
    assert_eq!(status(&queued), "queued");
    assert_eq!(said(&ended(&server, &id(&queued))), "Otters are fine animals.");
}

#[test]
fn an_error_that_a_mock_answers_is_one_at_once() {
    let server = mocked();
    let refused = create(&server, "refuse me", None);
    assert_eq!((refused.status, refused.message().as_str()), (429, "not now"));
    let unstored = json!({"model": "gpt-5", "input": "otters", "background": true, "store": false});
    let refused = ask(&server, &unstored, None);
    assert_eq!((refused.status, &refused.json()["error"]["param"]), (400, &json!("store")));
    let wrong = create(&server, "otters", Some("slowly"));
    assert_eq!(wrong.status, 400);
    assert!(wrong.message().contains("slowly"), "{}", wrong.message());
}

#[test]
fn a_test_decides_how_it_goes() {
    let server = mocked();
    let held = id(&create(&server, "otters", Some("hold")));
    for _ in 0..3 {
        assert_eq!(status(&get(&server, &held, "")), "queued");
    }
    control(&server, "POST", &format!("/_standin/jobs/{}/release", job(&held)), "");
    assert_eq!(said(&ended(&server, &held)), "Otters are fine animals.");
    let later = id(&create(&server, "otters", Some("delay=1h")));
    assert_eq!(status(&get(&server, &later, "")), "queued");
    control(&server, "POST", "/_standin/jobs/advance", r#"{"by": "1h"}"#);
    assert_eq!(status(&ended(&server, &later)), "completed");
    let polls = id(&create(&server, "otters", Some("pending-polls=1,polls=2")));
    let seen: Vec<String> = (0..3).map(|_| status(&get(&server, &polls, ""))).collect();
    assert_eq!(seen, ["queued", "in_progress", "completed"]);
    let failed = ended(&server, &id(&create(&server, "otters", Some("status=429"))));
    assert_eq!((failed.status, status(&failed).as_str()), (200, "failed"));
    assert_eq!(failed.json()["error"]["code"], "rate_limit_exceeded");
    let told = r#"{"outcome":{"status":500,"body":{"error":{"code":"invalid_prompt","message":"no"}}}}"#;
    let failed = ended(&server, &id(&create(&server, "otters", Some(told)))).json();
    assert_eq!(failed["error"], json!({"code": "invalid_prompt", "message": "no"}));
    let told = r#"{"outcome":{"status":200,"body":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}}}"#;
    let incomplete = ended(&server, &id(&create(&server, "otters", Some(told))));
    assert_eq!(
        (status(&incomplete).as_str(), said(&incomplete).as_str()),
        ("incomplete", "Otters are fine animals.")
    );
}

#[test]
fn it_is_stopped_and_forgotten() {
    let server = mocked();
    let id = id(&create(&server, "otters", Some("hold")));
    let path = format!("{PATH}/{id}");
    for _ in 0..2 {
        let cancelled = call(&server, "POST", &format!("{path}/cancel"), &[KEY], "");
        assert_eq!((cancelled.status, status(&cancelled).as_str()), (200, "cancelled"));
    }
    assert_eq!(status(&get(&server, &id, "")), "cancelled");
    let deleted = call(&server, "DELETE", &path, &[KEY], "").json();
    assert_eq!(deleted, json!({"id": id, "object": "response", "deleted": true}));
    assert_eq!(get(&server, &id, "").status, 404);
    assert_eq!(call(&server, "DELETE", &path, &[KEY], "").status, 404);
    let done = self::id(&create(&server, "otters", None));
    let whole = ended(&server, &done).body;
    assert_eq!(call(&server, "POST", &format!("{PATH}/{done}/cancel"), &[KEY], "").body, whole);
}

#[test]
fn a_call_goes_on_from_it_when_it_is_done() {
    let server = mocked();
    let held = id(&create(&server, "otters", Some("hold")));
    let next = json!({"model": "gpt-5", "input": "and then?", "previous_response_id": held});
    assert_eq!(ask(&server, &next, None).status, 400);
    control(&server, "POST", &format!("/_standin/jobs/{}/release", job(&held)), "");
    ended(&server, &held);
    assert_eq!(said(&ask(&server, &next, None)), "The second turn.");
    let items = get(&server, &held, "/input_items").json();
    assert_eq!(items["data"][0]["content"][0]["text"], "otters");
    let deleted = call(&server, "DELETE", &format!("{PATH}/{held}"), &[KEY], "");
    assert_eq!(deleted.json()["deleted"], true);
    // Once is enough, although another call has gone on from it.
    assert_eq!(get(&server, &held, "").status, 404);
    assert_eq!(ask(&server, &next, None).status, 400);
}

#[test]
fn what_went_on_from_it_does_not_keep_it_beyond_its_time() {
    let server = mocked();
    let done = id(&create(&server, "otters", None));
    ended(&server, &done);
    let next = json!({"model": "gpt-5", "input": "and then?", "previous_response_id": done});
    assert_eq!(said(&ask(&server, &next, None)), "The second turn.");
    control(&server, "POST", "/_standin/jobs/advance", r#"{"by": "48h"}"#);
    assert_eq!(get(&server, &done, "").status, 404);
    assert_eq!(ask(&server, &next, None).status, 400);
}

#[test]
fn it_takes_the_time_of_its_pace() {
    let server = mocked();
    let body = json!({"model": "gpt-5", "input": "otters", "background": true});
    let slow = [KEY, ("x-standin-pace", "ttft=0ms,itl=1h")];
    let queued = call(&server, "POST", PATH, &slow, &body.to_string());
    for _ in 0..4 {
        assert_eq!(status(&get(&server, &id(&queued), "")), "in_progress");
    }
    control(&server, "POST", "/_standin/jobs/advance", r#"{"by": "100h"}"#);
    assert_eq!(said(&ended(&server, &id(&queued))), "Otters are fine animals.");
}

#[test]
fn what_is_recorded_is_replayed_and_no_job() {
    let dir = tempfile::tempdir().unwrap();
    let body = r#"{"model":"gpt-5","input":"otters","background":true}"#;
    let recorded = r#"{"id":"resp_recorded","object":"response","status":"queued","background":true}"#;
    let url = "https://api.openai.com/v1/responses";
    let headers = [("Content-Type", "application/json")];
    write(dir.path(), "a", &[interaction(&post(url, body), 200, &headers, recorded.as_bytes())]);
    let server = start(Standin::builder().cassettes(dir.path()).simulate(standin::Simulation::Always));
    let answer = call(&server, "POST", PATH, &[KEY], body);
    assert_eq!(
        (answer.body.as_slice(), answer.header("x-standin-source")),
        (recorded.as_bytes(), Some("tape"))
    );
    let jobs = control(&server, "GET", "/_standin/jobs", "").json();
    assert_eq!(jobs["jobs"], json!([]));
    let made_up = create(&server, "badgers", None);
    assert_eq!(
        (made_up.header("x-standin-source"), status(&made_up).as_str()),
        (Some("simulator"), "queued")
    );
    assert_eq!(status(&ended(&server, &id(&made_up))), "completed");
}

#[test]
fn azure_and_mounts_have_it_too() {
    let server = mocked();
    let body = r#"{"model":"gpt-5","input":"otters","background":true}"#;
    for (path, query) in [
        ("/openai/v1/responses", ""),
        ("/azure/openai/v1/responses", ""),
        ("/openai/responses", "?api-version=2025-04-01-preview"),
    ] {
        let headers = [KEY, ("api-key", "k")];
        let queued = call(&server, "POST", &format!("{path}{query}"), &headers, body);
        assert_eq!(status(&queued), "queued", "{path}");
        let target = format!("{path}/{}{query}", id(&queued));
        let seen: Vec<String> =
            (0..2).map(|_| status(&call(&server, "GET", &target, &headers, ""))).collect();
        assert_eq!(seen, ["in_progress", "completed"], "{path}");
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn a_restart_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let rules = || JobRules { kept: JobsIn::File(dir.path().join("jobs.sqlite")), ..JobRules::default() };
    let begin = || start(Standin::builder().mock(MOCKS).jobs(rules()));
    let server = begin();
    let done = id(&create(&server, "otters", None));
    let whole = ended(&server, &done).body;
    let stream = get(&server, &done, "?stream=true").body;
    let held = id(&create(&server, "be patient", Some("hold")));
    drop(server);
    let server = begin();
    assert_eq!(get(&server, &done, "").body, whole);
    assert_eq!(get(&server, &done, "?stream=true").body, stream);
    assert_eq!(status(&get(&server, &held, "")), "queued");
    control(&server, "POST", &format!("/_standin/jobs/{}/release", job(&held)), "");
    assert_eq!(said(&ended(&server, &held)), "Done at last.");
    let next = json!({"model": "gpt-5", "input": "and then?", "previous_response_id": done});
    assert_eq!(said(&ask(&server, &next, None)), "The second turn.");
}
