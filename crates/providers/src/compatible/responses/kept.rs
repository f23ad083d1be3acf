//! What is kept of an answer, and how a call continues one.

use super::{input, is_true, lacking, text};
use serde_json::Value;
use standin_core::dialect::{Asked, Endpoint, Failure, Kept, Options};

/// The answer that a request continues: `previous_response_id`.
pub(crate) fn continues<'a>(asked: &Asked<'a>) -> Option<&'a str> {
    match asked.endpoint {
        Endpoint::Responses | Endpoint::ResponsesTokens => text(asked.body, "previous_response_id"),
        _ => None,
    }
}

/// What is kept of an answer: every one but those with `store: false`.
pub(crate) fn kept(object: &Value, asked: &Asked<'_>, options: &Options) -> Option<Kept> {
    if asked.endpoint != Endpoint::Responses || asked.body.get("store") == Some(&Value::Bool(false)) {
        return None;
    }
    let object = lacking::filled(object.clone(), asked);
    let pending = is_true(asked.body, "background") && !asked.stream;
    Some(Kept {
        id: text(&object, "id")?.to_owned(),
        input: input::listed(asked.body),
        turns: asked.turns + 1,
        turns_since_user: asked.turns_since_user + 1,
        user: asked.user.as_deref().map(str::to_owned),
        options: *options,
        pending: pending.then_some(options.polls),
        deleted: false,
        object,
    })
}

/// What is said of a `previous_response_id` that is not there.
pub(crate) fn not_there_to_continue(id: &str) -> Failure {
    Failure::of(400)
        .kind("invalid_request_error")
        .coded("previous_response_not_found")
        .about("previous_response_id")
        .saying(format!("Previous response with id '{id}' not found."))
}
