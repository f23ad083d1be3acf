//! Threads: conversations that Anthropic holds, so that a call sends what is new alone. Its SDKs' tool runners do.
//!
//! What is kept of an answer is the body that it answered, with all that was said before: a call that goes on is
//! then the call that would have sent everything, and mocks need not know the difference.

use serde_json::{Value, json};
use standin_core::dialect::{Asked, Endpoint, Failure, Kept, Options};

/// The answer that a call goes on from.
pub(in crate::anthropic) fn continues<'a>(asked: &Asked<'a>) -> Option<&'a str> {
    let thread = of(asked)?;
    (thread["type"] == "continue").then(|| thread["previous_message_id"].as_str()).flatten()
}

/// Answers of a thread are kept, and no others.
pub(in crate::anthropic) fn kept(object: &Value, asked: &Asked<'_>, options: &Options) -> Option<Kept> {
    of(asked)?;
    Some(Kept {
        id: object["id"].as_str()?.to_owned(),
        object: object.clone(),
        input: vec![asked.body.clone()],
        turns: asked.turns + 1,
        turns_since_user: asked.turns_since_user + 1,
        user: asked.user.as_deref().map(str::to_owned),
        options: *options,
        pending: None,
        deleted: false,
    })
}

/// The body as if everything were sent: what was asked and answered before, and what is new.
pub(in crate::anthropic) fn resumed(body: &Value, kept: &Kept) -> Option<Value> {
    let (Value::Object(before), Value::Object(new)) = (kept.input.first()?, body) else { return None };
    let messages = |members: &serde_json::Map<String, Value>| {
        members.get("messages").and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let mut all = messages(before);
    all.push(json!({"role": "assistant", "content": kept.object["content"]}));
    all.extend(messages(new));
    let mut whole = before.clone();
    whole.extend(new.clone());
    whole.insert("messages".to_owned(), Value::Array(all));
    Some(Value::Object(whole))
}

/// What is said where nothing is held: SDKs then send everything.
pub(in crate::anthropic) fn lost(id: &str) -> Failure {
    Failure::of(404).coded("thread_not_found").saying(format!("thread: nothing is held as {id}"))
}

fn of<'a>(asked: &Asked<'a>) -> Option<&'a Value> {
    let thread = asked.body.get("thread").filter(|thread| thread.is_object());
    thread.filter(|_| asked.endpoint == Endpoint::Messages)
}
