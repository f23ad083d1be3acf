//! OpenAI's errors, with what is usual for each status.

use serde_json::{Value, json};
use standin_core::dialect::Failure;

pub(crate) fn failure(failure: &Failure) -> Value {
    json!({"error": {"message": failure.message, "type": failure.kind, "param": failure.param, "code": failure.code}})
}
