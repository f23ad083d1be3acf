//! Responses that jobs make.

use super::super::{accepts, asked, background, background_job, progress};
use super::response;
use proptest::prelude::*;
use serde_json::{Value, json};
use standin_core::dialect::{Endpoint, Failure, Progress};
use standin_core::jobs::JobId;

fn named(endpoint: Endpoint, body: &Value, job: JobId) -> Option<String> {
    background(&asked(endpoint, body), job)
}

#[test]
fn only_what_is_asked_for_in_the_background_is_a_jobs() {
    let job = JobId::new([7; 16]);
    let id = named(Endpoint::Responses, &json!({"background": true}), job);
    assert_eq!(id.as_deref(), Some("resp_07070707070747078707070707070707"));
    for body in [json!({}), json!({"background": false}), json!({"background": "true"}), json!([])] {
        assert_eq!(named(Endpoint::Responses, &body, job), None, "{body}");
    }
    assert_eq!(named(Endpoint::ResponsesTokens, &json!({"background": true}), job), None);
}

#[test]
fn other_ids_are_no_jobs() {
    for id in [
        "",
        "resp_",
        "resp_1",
        "07070707070747078707070707070707",
        "resp_0707070707074707870707070707070",
        "resp_07070707-0707-4707-8707-070707070707",
        "resp_07070707070707078707070707070707",
        "resp_0707070707074707870707070707070G",
        "resp_d08d07e8b094a47b26943bd100f5d45da8c4635fdced8b2641",
        "resp_éééééééééééééééé",
    ] {
        assert_eq!(background_job(id), None, "{id}");
    }
}

#[test]
fn what_is_not_kept_is_not_made_in_the_background() {
    let refused = accepts(&json!({"background": true, "store": false})).unwrap_err();
    assert_eq!((refused.status, refused.param.as_deref()), (400, Some(&json!("store"))));
    for body in
        [json!({"background": true}), json!({"store": false}), json!({"background": true, "store": null})]
    {
        assert_eq!(accepts(&body), Ok(()), "{body}");
    }
}

#[test]
fn nothing_of_an_answer_is_told_before_it_is_there() {
    let object = response(&json!([{"type": "message"}]));
    let status = |how: Progress<'_>| {
        let told = progress(&object, how);
        assert_eq!((&told["id"], &told["output"], &told["usage"]), (&object["id"], &json!([]), &Value::Null));
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&told), keys(&object));
        (told["status"].as_str().unwrap().to_owned(), told["error"].clone())
    };
    assert_eq!(status(Progress::Queued), ("queued".to_owned(), Value::Null));
    assert_eq!(status(Progress::InProgress), ("in_progress".to_owned(), Value::Null));
    assert_eq!(status(Progress::Cancelled), ("cancelled".to_owned(), Value::Null));
    for (failure, code) in [
        (Failure::of(429), "rate_limit_exceeded"),
        (Failure::of(500), "server_error"),
        (Failure::of(400).coded("invalid_prompt"), "invalid_prompt"),
        // An error object has a code, which is never null.
        (Failure::of(504), "server_error"),
    ] {
        let failure = failure.saying("why");
        let (status, error) = status(Progress::Failed(&failure));
        assert_eq!((status.as_str(), error), ("failed", json!({"code": code, "message": "why"})));
    }
}

proptest! {
    #[test]
    fn an_id_leads_to_its_job(bytes: [u8; 16]) {
        let job = JobId::new(bytes);
        let id = named(Endpoint::Responses, &json!({"background": true}), job).unwrap();
        prop_assert_eq!(background_job(&id), Some(job));
    }

    #[test]
    fn no_id_is_too_strange(id: String) {
        let _ = background_job(&id);
        let _ = background_job(&format!("resp_{id}"));
    }
}
