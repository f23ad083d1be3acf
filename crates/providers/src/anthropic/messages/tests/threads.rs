//! Conversations that are held.

use super::*;
use standin_core::dialect::Kept;

fn kept_of(body: &Value) -> Option<Kept> {
    let object = json!({"id": "msg_1", "content": [{"type": "text", "text": "Hi!"}]});
    kept(&object, &asked(Endpoint::Messages, body), &Options::default())
}

#[test]
fn answers_of_threads_alone_are_kept() {
    assert_eq!(kept_of(&request(false)), None);
    let mut body = request(false);
    body["thread"] = json!({"type": "create"});
    assert_eq!(kept_of(&body).unwrap().id, "msg_1");
    assert_eq!(continues(&asked(Endpoint::Messages, &body)), None);
}

#[test]
fn a_call_that_goes_on_is_as_if_everything_were_sent() {
    let mut first = request(false);
    first["thread"] = json!({"type": "create"});
    first["system"] = json!("Be kind.");
    first["tools"] = json!([{"name": "look"}]);
    let thread = json!({"type": "continue", "previous_message_id": "msg_1"});
    let next = json!({
        "model": "claude-haiku-4-5",
        "max_tokens": 8,
        "messages": [{"role": "user", "content": "And then?"}],
        "thread": thread,
    });
    assert_eq!(continues(&asked(Endpoint::Messages, &next)), Some("msg_1"));
    let whole = resumed(&next, &kept_of(&first).unwrap()).unwrap();
    assert_eq!(
        whole,
        json!({
            "model": "claude-haiku-4-5",
            "max_tokens": 8,
            "messages": [
                {"role": "user", "content": "Hello!"},
                {"role": "assistant", "content": [{"type": "text", "text": "Hi!"}]},
                {"role": "user", "content": "And then?"},
            ],
            "stream": false,
            "thread": thread,
            "system": "Be kind.",
            "tools": [{"name": "look"}],
        })
    );
}

#[test]
fn what_is_not_held_is_told_as_sdks_know_it() {
    let said = crate::anthropic::error::failure(&lost("msg_1"));
    assert_eq!(said["error"]["details"]["error_code"], "thread_not_found");
    assert_eq!(said["error"]["type"], "not_found_error");
}

#[test]
fn odd_threads_are_none() {
    for thread in [
        json!(null),
        json!(5),
        json!({}),
        json!({"type": "continue"}),
        json!({"type": "continue", "previous_message_id": 7}),
    ] {
        let mut body = request(false);
        body["thread"] = thread;
        assert_eq!(continues(&asked(Endpoint::Messages, &body)), None);
    }
}
