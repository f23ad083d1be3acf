//! Answers that are kept.

use super::super::{asked, kept, not_there_to_continue, revisit};
use super::{events_from, json_of, response};
use serde_json::{Value, json};
use standin_core::dialect::{Endpoint, Failure, Kept, Options, Revisit};

fn keep(object: &Value, body: &Value) -> Option<Kept> {
    kept(object, &asked(Endpoint::Responses, body), &Options { polls: 2, ..Options::default() })
}

fn message() -> Value {
    json!({"id": "msg_1", "type": "message", "status": "completed", "role": "assistant",
        "content": [{"type": "output_text", "annotations": [], "text": "Hi"}]})
}

fn get(kept: &mut Kept) -> Value {
    json_of(&revisit(Revisit::Get, "resp_1", Some(kept), None).unwrap())
}

fn is_not_found(failure: &Failure) {
    assert_eq!(failure.status, 404);
    assert_eq!(failure.message.as_deref(), Some("Response with id 'resp_1' not found."));
    assert_eq!(failure.kind.as_deref(), Some("invalid_request_error"));
    assert_eq!(failure.code.as_deref(), Some(&Value::Null));
}

#[test]
fn an_answer_is_kept_unless_nobody_wants_it() {
    let object = response(&json!([message()]));
    let body =
        json!({"input": [{"role": "user", "content": "a"}, message(), {"role": "user", "content": "b"}]});
    let mut first = keep(&object, &body).unwrap();
    assert_eq!((first.id.as_str(), first.turns, first.pending, first.deleted), ("resp_1", 2, None, false));
    assert_eq!((first.user.as_deref(), first.turns_since_user), (Some("b"), 1));
    assert_eq!(get(&mut first), object);
    assert_eq!(keep(&object, &json!({"store": false})), None);
    assert_eq!(kept(&object, &asked(Endpoint::Chat, &body), &Options::default()), None);
}

#[test]
fn an_answer_without_an_id_is_kept_by_the_one_it_is_sent_with() {
    let (object, body) = (json!({"output": []}), json!({"input": "Hi"}));
    let sent = json_of(&super::rendered(&object, &body, &Options::default()));
    let kept = keep(&object, &body).unwrap();
    assert_eq!((kept.object, kept.id.as_str()), (sent.clone(), sent["id"].as_str().unwrap()));
}

#[test]
fn a_stream_is_sent_again_from_where_it_was_left() {
    let object = response(&json!([message()]));
    let mut kept = keep(&object, &json!({"input": "Hi", "stream": true})).unwrap();
    let mut replay = |query: &str| revisit(Revisit::Get, "resp_1", Some(&mut kept), Some(query)).unwrap();
    let all = events_from(&replay("stream=true"), 0);
    assert_eq!((all.len(), &all[0]["type"]), (9, &json!("response.created")));
    assert_eq!(events_from(&replay("stream=true&starting_after=4"), 5), all[5..]);
    assert_eq!(events_from(&replay("stream=true&starting_after=999"), 0), all[..0]);
    assert_eq!(events_from(&replay("stream=true&starting_after=99999999999999999999"), 0), all[..0]);
    assert_eq!(json_of(&replay("stream=false")), object);
    for after in ["-1", "x", "1.5", "%2B1", ""] {
        let query = format!("stream=true&starting_after={after}");
        let refused = revisit(Revisit::Get, "resp_1", Some(&mut kept), Some(&query)).unwrap_err();
        assert_eq!(refused.status, 400, "{after}");
        assert!(refused.message.unwrap().contains("'starting_after'"), "{after}");
    }
}

#[test]
fn a_background_answer_is_asked_for_until_it_is_done() {
    let mut object = response(&json!([message()]));
    object["background"] = json!(true);
    let mut kept = keep(&object, &json!({"background": true})).unwrap();
    assert_eq!(kept.pending, Some(2));
    for _ in 0..2 {
        let begun = get(&mut kept);
        assert_eq!(
            (&begun["status"], &begun["output"], &begun["usage"]),
            (&json!("in_progress"), &json!([]), &Value::Null)
        );
    }
    assert_eq!(get(&mut kept), object);
    assert_eq!(get(&mut kept), object);
    // What is done stays done.
    assert_eq!(json_of(&revisit(Revisit::Cancel, "resp_1", Some(&mut kept), None).unwrap()), object);
    let mut at_once = keep(&object, &json!({"background": true, "stream": true})).unwrap();
    assert_eq!(get(&mut at_once), object);
}

#[test]
fn only_what_is_made_in_the_background_is_cancelled() {
    let object = response(&json!([message()]));
    let mut kept = keep(&object, &json!({"background": true})).unwrap();
    let cancelled = json_of(&revisit(Revisit::Cancel, "resp_1", Some(&mut kept), None).unwrap());
    assert_eq!((&cancelled["status"], &cancelled["output"]), (&json!("cancelled"), &json!([])));
    assert_eq!(get(&mut kept), cancelled);

    let mut kept = keep(&object, &json!({})).unwrap();
    let failure = revisit(Revisit::Cancel, "resp_1", Some(&mut kept), None).unwrap_err();
    assert_eq!((failure.status, failure.kind.as_deref()), (400, Some("invalid_request_error")));
}

#[test]
fn what_is_deleted_is_not_there() {
    let mut kept = keep(&response(&json!([])), &json!({})).unwrap();
    let deleted = json_of(&revisit(Revisit::Delete, "resp_1", Some(&mut kept), None).unwrap());
    assert_eq!(deleted, json!({"id": "resp_1", "object": "response", "deleted": true}));
    for what in [Revisit::Get, Revisit::Delete, Revisit::Cancel, Revisit::InputItems] {
        is_not_found(&revisit(what, "resp_1", Some(&mut kept), None).unwrap_err());
        is_not_found(&revisit(what, "resp_1", None, None).unwrap_err());
    }
}

#[test]
fn what_is_not_there_cannot_be_continued() {
    let failure = not_there_to_continue("resp_1");
    assert_eq!((failure.status, failure.code.as_deref()), (400, Some(&json!("previous_response_not_found"))));
    assert_eq!(failure.param.as_deref(), Some(&json!("previous_response_id")));
}

#[test]
fn a_text_is_listed_as_a_message() {
    let mut kept = keep(&response(&json!([])), &json!({"input": "Hi"})).unwrap();
    let page = json_of(&revisit(Revisit::InputItems, "resp_1", Some(&mut kept), None).unwrap());
    let id = page["first_id"].as_str().unwrap();
    assert!(id.starts_with("msg_"));
    let item = json!({"id": id, "type": "message", "status": "completed", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]});
    assert_eq!(
        page,
        json!({"object": "list", "data": [item], "first_id": id, "last_id": id, "has_more": false})
    );
}

#[test]
fn input_is_listed_in_pages() {
    let mut input: Vec<Value> =
        (0..24).map(|n| json!({"id": format!("msg_{n}"), "role": "user", "content": []})).collect();
    input.push(json!({"type": "function_call_output", "call_id": "c", "output": "x"}));
    let mut kept = keep(&response(&json!([])), &json!({"input": input})).unwrap();
    let mut page =
        |query: &str| json_of(&revisit(Revisit::InputItems, "resp_1", Some(&mut kept), Some(query)).unwrap());
    let ids = |page: &Value| -> Vec<String> {
        page["data"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };

    let first = page("");
    assert_eq!((ids(&first).len(), &first["has_more"]), (20, &json!(true)));
    assert!(first["first_id"].as_str().unwrap().starts_with("fc_"), "the newest is first");
    assert_eq!(first["last_id"], "msg_5");
    let second = page("after=msg_5");
    assert_eq!(ids(&second), ["msg_4", "msg_3", "msg_2", "msg_1", "msg_0"]);
    assert_eq!(second["has_more"], false);
    assert_eq!(ids(&page("order=asc&limit=2&after=msg_1")), ["msg_2", "msg_3"]);
    assert_eq!(
        page("after=msg_99"),
        json!({"object": "list", "data": [], "first_id": null, "last_id": null, "has_more": false})
    );
}
