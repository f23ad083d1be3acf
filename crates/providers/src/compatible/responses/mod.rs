//! Responses.
//!
//! ```text
//! body  --asked--> what is asked            Said --compose--> object, with what the request says echoed
//! object --lacking--> what clients need is there --render--> as it is, or `stream`: the events of each item
//! ```
//!
//! `kinds` is the one table of item kinds: what an item of each needs, how it begins and what comes before it
//! is done.

mod asked;
mod background;
mod compose;
mod echo;
mod hosted;
mod input;
mod interruption;
mod kept;
mod kinds;
mod lacking;
mod listing;
mod render;
mod revisit;
mod stream;
mod usage;

pub(super) use asked::asked;
pub(super) use background::accepts;
pub(crate) use background::{background, background_job, progress};
pub(super) use compose::compose;
pub(super) use interruption::interruption;
pub(crate) use kept::{continues, kept, not_there_to_continue};
pub(super) use render::render;
pub(crate) use revisit::revisit;
pub(super) use usage::end;

use serde_json::{Value, json};
use standin_core::dialect::Asked;

/// How long the random part of an id of a response or an item is, in hexadecimal digits.
const ID_LENGTH: usize = 50;

/// The tokens of a request.
pub(super) fn input_tokens(asked: &Asked<'_>) -> Value {
    json!({"object": "response.input_tokens", "input_tokens": usage::input(asked)})
}

/// Whether a request asks to be told in short what was thought, in the present words or in older ones.
pub(super) fn summarises(body: &Value) -> bool {
    ["summary", "generate_summary"].into_iter().any(|member| body["reasoning"][member].is_string())
}

/// A member that is a text.
fn text<'v>(value: &'v Value, member: &str) -> Option<&'v str> {
    value.get(member).and_then(Value::as_str)
}

/// A member that is a list, or nothing.
fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value.get(member).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Whether a member says yes.
fn is_true(value: &Value, member: &str) -> bool {
    value.get(member) == Some(&Value::Bool(true))
}

#[cfg(test)]
mod tests;
