//! Responses that are made in the background, each by a job, whose id is a part of theirs.

use super::stream::begun;
use super::{is_true, text};
use crate::compatible::error;
use serde_json::{Value, json};
use standin_core::dialect::{Asked, Endpoint, Failure, Progress};
use standin_core::jobs::JobId;

const PREFIX: &str = "resp_";

/// Whether a request is taken: what is made in the background has to be kept.
pub(in crate::compatible) fn accepts(body: &Value) -> Result<(), Failure> {
    if !is_true(body, "background") || body.get("store") != Some(&Value::Bool(false)) {
        return Ok(());
    }
    let message = "Background mode requires 'store' to be true.";
    Err(Failure::of(400).kind("invalid_request_error").coded(Value::Null).about("store").saying(message))
}

/// The id of what a job makes for a request that asks for it in the background.
pub(crate) fn background(asked: &Asked<'_>, job: JobId) -> Option<String> {
    let wanted = asked.endpoint == Endpoint::Responses && is_true(asked.body, "background");
    wanted.then(|| format!("{PREFIX}{}", job.digits()))
}

/// The job that makes the response with an id. Other responses have longer ids.
pub(crate) fn background_job(id: &str) -> Option<JobId> {
    JobId::of_digits(id.strip_prefix(PREFIX)?)
}

/// What is told of a response before it is there, or in its place.
pub(crate) fn progress(object: &Value, progress: Progress<'_>) -> Value {
    match progress {
        Progress::Queued => begun(object, "queued"),
        Progress::InProgress => begun(object, "in_progress"),
        Progress::Cancelled => begun(object, "cancelled"),
        Progress::Failed(failure) => {
            let said = error::failure(failure);
            let code = text(&said["error"], "code").unwrap_or(match failure.status {
                429 => "rate_limit_exceeded",
                _ => "server_error",
            });
            let mut failed = begun(object, "failed");
            failed["error"] = json!({"code": code, "message": said["error"]["message"]});
            failed
        }
    }
}
