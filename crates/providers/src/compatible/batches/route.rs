//! What a method and a path below the version name.

use serde_json::Value;
use standin_core::batches::BatchCall;
use standin_core::dialect::Failure;

pub(super) fn called(method: &str, path: &str) -> Option<BatchCall> {
    let path = path.strip_suffix('/').unwrap_or(path).strip_prefix('/')?;
    let segments: Vec<&str> = path.split('/').collect();
    if segments.iter().any(|segment| segment.is_empty()) {
        return None;
    }
    Some(match (method, segments.as_slice()) {
        ("POST", ["files"]) => BatchCall::Upload,
        ("GET", ["files"]) => BatchCall::Files,
        ("GET", ["files", id]) => BatchCall::File((*id).to_owned()),
        ("DELETE", ["files", id]) => BatchCall::DeleteFile((*id).to_owned()),
        ("GET", ["files", id, "content"]) => BatchCall::Content((*id).to_owned()),
        ("POST", ["batches"]) => BatchCall::Submit,
        ("GET", ["batches"]) => BatchCall::List,
        ("GET", ["batches", id]) => BatchCall::Get((*id).to_owned()),
        ("POST", ["batches", id, "cancel"]) => BatchCall::Cancel((*id).to_owned()),
        _ => return None,
    })
}

/// What is said of something that is not there.
pub(super) fn missing(call: &BatchCall) -> Failure {
    let (message, param) = match call {
        BatchCall::File(id) | BatchCall::Content(id) | BatchCall::DeleteFile(id) => {
            (format!("No such File object: {id}"), "id")
        }
        BatchCall::Get(id) | BatchCall::Cancel(id) | BatchCall::Delete(id) | BatchCall::Results(id) => {
            (format!("No batch found with id '{id}'."), "id")
        }
        BatchCall::Files | BatchCall::List => {
            ("There is nothing with the id that `after` names.".to_owned(), "after")
        }
        BatchCall::Upload | BatchCall::Submit => ("There is no such resource.".to_owned(), "id"),
    };
    Failure::of(404).saying(message).about(param).coded(Value::Null)
}
