//! One choice as the chunks that it is put together from.

use super::delta;
use super::logprobs::Logprobs;
use crate::compatible::chunks::{members, object_of};
use serde_json::{Map, Value};
use standin_core::dialect::{Ids, Options};

/// The choices of all chunks of one choice, in order. What nobody knows about it is in the first one.
pub(super) fn chunks(
    index: u64,
    mut choice: Map<String, Value>,
    options: &Options,
    ids: &mut Ids,
) -> Vec<Value> {
    let message = members(choice.shift_remove("message").unwrap_or_default());
    let finish = choice.shift_remove("finish_reason").filter(|reason| !reason.is_null());
    let finish = finish.unwrap_or_else(|| fitting_finish(&message).into());
    let mut logprobs = Logprobs::of(choice.shift_remove("logprobs"));
    let chunk = |delta: Map<String, Value>, logprobs: Option<Value>, finish: Value| {
        let mut chunk = object_of([("index", index.into()), ("delta", delta.into())]);
        if let Some(logprobs) = logprobs {
            chunk.insert("logprobs".to_owned(), logprobs);
        }
        chunk.insert("finish_reason".to_owned(), finish);
        chunk
    };
    let parts = delta::Parts::of(message, ids);
    let mut first = chunk(parts.opener.clone(), logprobs.none(), Value::Null);
    first.extend(choice);
    let mut chunks = vec![first.into()];
    for (delta, logprobs) in parts.deltas(&mut logprobs, options) {
        chunks.push(chunk(delta, logprobs, Value::Null).into());
    }
    chunks.push(chunk(Map::new(), logprobs.rest(), finish).into());
    chunks
}

/// Why a message ended that does not say so. A client fails on a stream without a reason.
fn fitting_finish(message: &Map<String, Value>) -> &'static str {
    let calls = message.get("tool_calls").and_then(Value::as_array);
    if calls.is_some_and(|calls| !calls.is_empty()) {
        "tool_calls"
    } else if message.get("function_call").is_some_and(Value::is_object) {
        "function_call"
    } else {
        "stop"
    }
}
