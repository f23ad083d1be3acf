//! Responses.

use serde_json::Value;
use standin_core::dialect::{Asked, Endpoint, Failure, Kept, Options, Rendered, Revisit, Said, Unsayable};

pub(super) fn asked(endpoint: Endpoint, body: &Value) -> Asked<'_> {
    Asked {
        endpoint,
        body,
        model: None,
        last: None,
        user: None,
        system: "".into(),
        tools: Vec::new(),
        turns: 0,
        turns_since_user: 0,
        stream: false,
    }
}

pub(super) fn compose(_said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    Err(Unsayable { endpoint: asked.endpoint.name(), what: "a neutral answer" })
}

pub(super) fn render(object: Value, _asked: &Asked<'_>, _options: &Options) -> Rendered {
    Rendered::json(&object)
}

pub(super) fn input_tokens(_asked: &Asked<'_>) -> Value {
    Value::Null
}

/// The answer that a request continues: `previous_response_id`.
pub(crate) fn continues<'a>(_asked: &Asked<'a>) -> Option<&'a str> {
    None
}

/// What is kept of an answer: every one but those with `store: false`.
pub(crate) fn kept(_object: &Value, _asked: &Asked<'_>, _options: &Options) -> Option<Kept> {
    None
}

/// Get, delete and cancel a kept answer, or list its input.
pub(crate) fn revisit(
    _revisit: Revisit,
    _id: &str,
    _kept: Option<&mut Kept>,
    _query: Option<&str>,
) -> Result<Rendered, Failure> {
    Err(Failure::of(404))
}

/// What is said of a `previous_response_id` that is not there.
pub(crate) fn not_there_to_continue(_id: &str) -> Failure {
    Failure::of(400)
}
