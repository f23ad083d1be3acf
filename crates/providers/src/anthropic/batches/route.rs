//! What a method and a path name.

use standin_core::batches::BatchCall;
use standin_core::dialect::Failure;

pub(super) fn called(method: &str, path: &str) -> Option<BatchCall> {
    let rest = path.strip_suffix('/').unwrap_or(path).strip_prefix("/v1/messages/batches")?;
    if rest.is_empty() {
        return match method {
            "POST" => Some(BatchCall::Submit),
            "GET" => Some(BatchCall::List),
            _ => None,
        };
    }
    let rest = rest.strip_prefix('/')?;
    let (id, what) = rest.split_once('/').map_or((rest, None), |(id, what)| (id, Some(what)));
    if id.is_empty() {
        return None;
    }
    let id = id.to_owned();
    match (method, what) {
        ("GET", None) => Some(BatchCall::Get(id)),
        ("DELETE", None) => Some(BatchCall::Delete(id)),
        ("POST", Some("cancel")) => Some(BatchCall::Cancel(id)),
        ("GET", Some("results")) => Some(BatchCall::Results(id)),
        _ => None,
    }
}

/// What is said of something that is not there.
pub(super) fn missing(call: &BatchCall) -> Failure {
    let message = match call {
        BatchCall::Get(id) | BatchCall::Cancel(id) | BatchCall::Delete(id) | BatchCall::Results(id) => {
            format!("there is no batch {id}")
        }
        BatchCall::List => return Failure::of(400).saying("after_id, before_id: there is no such batch"),
        _ => "there is no such resource".to_owned(),
    };
    Failure::of(404).saying(message)
}
