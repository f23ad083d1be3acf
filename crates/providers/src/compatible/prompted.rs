//! Calls without messages: all that is said is one field.

use super::form;
use serde_json::Value;
use standin_core::dialect::{Asked, Endpoint, Message, text_of};
use std::borrow::Cow;

/// What a call asks whose only words are in the field `words`, where it has them.
pub(super) fn asked<'a>(endpoint: Endpoint, body: &'a Value, words: &str, stream: bool) -> Asked<'a> {
    let value = body.get(words).filter(|value| !value.is_null());
    let last = value.map(|value| Message { role: "user", text: text_of(value), value, tool_call_id: None });
    Asked {
        endpoint,
        body,
        model: form::text(body, "model").map(Cow::Borrowed),
        user: last.as_ref().map(|message| message.text.clone()),
        last,
        system: "".into(),
        tools: Vec::new(),
        turns: 0,
        turns_since_user: 0,
        stream,
    }
}

/// The words of such a call, for counting.
pub(super) fn words<'s>(asked: &'s Asked<'_>) -> &'s str {
    asked.user.as_deref().unwrap_or_default()
}
