//! Jobs over the control API: what a test decides about them, and everything about each.
//!
//! ```text
//! GET    /jobs                      the newest, anybody's          DELETE /jobs            forgets all of them
//! GET    /jobs/ID                   one, with its call and its events
//! POST   /jobs/ID/hold|release      no progress; progress again
//! POST   /jobs/ID/fail|complete     ends it: {"status": 500, "body": {...}}
//! POST   /jobs/ID/expire|cancel     nobody sees its result any more; stops it
//! POST   /jobs/advance              moves the time of jobs on: {"by": "2h"}
//! POST   /jobs/crash                lets all leases pass, as if everybody who works had died
//! GET    /virtual-keys   PUT /virtual-keys   the keys, without their values; [{"id": ..., "value": ...}]
//! ```

use super::{ControlError, ControlResult};
use crate::jobs::store::{Counts, Filter, Inspected, JobStore, StoreError};
use crate::jobs::{Finished, Job, JobId, Jobs, Run, VirtualKey, has_body, told};
use bytes::Bytes;
use http::request::Parts;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use standin_core::cassette::go_duration;
use standin_core::jobs::{Delivery, DeliveryStage};
use standin_providers::bifrost::{ErrorObject, rfc3339};
use std::sync::Arc;
use std::time::Duration;

/// How far the time of jobs can be moved on in all.
const FARTHEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);
/// How many jobs are listed.
const LISTED: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    by: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct End {
    status: Option<u16>,
    body: Option<Value>,
}

fn broken(error: &StoreError) -> ControlError {
    ControlError::new(StatusCode::SERVICE_UNAVAILABLE, "job_store_unavailable", error)
}

fn malformed(error: &serde_json::Error) -> ControlError {
    ControlError::new(StatusCode::BAD_REQUEST, "malformed", format!("the body cannot be read: {error}"))
}

/// An object of these members. Members without their names, in a list, are none.
fn read<T: for<'b> Deserialize<'b>>(body: &[u8], example: &str) -> Result<T, ControlError> {
    let object: Value = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    if !object.is_object() {
        let message = format!("the body is an object, such as {example}");
        return Err(ControlError::new(StatusCode::BAD_REQUEST, "malformed", message));
    }
    serde_json::from_value(object).map_err(|error| malformed(&error))
}

/// What a path below `/jobs` does; `None` where it names nothing.
pub(super) async fn control(
    jobs: &Arc<Jobs>,
    head: &Parts,
    path: &str,
    body: &[u8],
) -> Option<ControlResult> {
    let get = head.method == Method::GET;
    Some(match (head.method.as_str(), path) {
        ("GET", "") => list(jobs).await,
        ("DELETE", "") => clear(jobs).await.map(|()| (StatusCode::OK, json!({"cleared": true}))),
        ("POST", "/advance") => advance(jobs, body).await,
        ("POST", "/crash") => crash(jobs).await,
        _ => {
            let (id, verb) = path
                .strip_prefix('/')?
                .split_once('/')
                .map_or_else(|| (path.trim_start_matches('/'), None), |(id, verb)| (id, Some(verb)));
            match (verb, get) {
                (None, true) => look(jobs, id).await,
                (Some(verb), false) if head.method == Method::POST => act(jobs, id, verb, body).await?,
                _ => return None,
            }
        }
    })
}

/// Forgets all jobs, and what keys have spent.
pub(super) async fn clear(jobs: &Arc<Jobs>) -> Result<(), ControlError> {
    jobs.keys.refill();
    if let Some(batches) = jobs.opened_batches() {
        batches.clear().await.map_err(|error| broken(&error))?;
    }
    match jobs.opened() {
        Some(store) => store.clear().await.map_err(|error| broken(&error)),
        None => Ok(()),
    }
}

fn found(jobs: &Jobs, id: &str) -> Result<(JobId, Arc<dyn JobStore>), ControlError> {
    let found = JobId::parse(id).zip(jobs.opened().map(Arc::clone));
    found.ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> ControlError {
    ControlError::new(StatusCode::NOT_FOUND, "job_unknown", format!("there is no job `{id}`"))
}

async fn list(jobs: &Jobs) -> ControlResult {
    let (page, counts) = match jobs.opened() {
        Some(store) => {
            let page = store.list(Filter::newest(LISTED), jobs.clock.now()).await;
            let counts = store.counts(None).await.map_err(|error| broken(&error))?;
            (page.map_err(|error| broken(&error))?, counts)
        }
        None => (None, Counts::default()),
    };
    let page = page.map(|page| page.jobs).unwrap_or_default();
    let value = json!({
        "jobs": page.iter().map(shown).collect::<Vec<_>>(),
        "counts": {
            "pending": counts.pending,
            "processing": counts.processing,
            "completed": counts.completed,
            "failed": counts.failed,
        },
        "advanced_ms": u64::try_from(jobs.clock.advanced().as_millis()).unwrap_or(u64::MAX),
    });
    Ok((StatusCode::OK, value))
}

async fn look(jobs: &Jobs, id: &str) -> ControlResult {
    let (known, store) = found(jobs, id)?;
    let looked = store.look(known).await.map_err(|error| broken(&error))?.ok_or_else(|| unknown(id))?;
    let Inspected { job, request, run, events, webhook } = looked;
    let mut value = shown(&job);
    let json_of = |bytes: &Option<Bytes>| {
        bytes.as_deref().and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok()).unwrap_or(Value::Null)
    };
    value["result"] = json_of(&job.result);
    value["error"] = json_of(&job.error);
    value["worker"] = match run {
        Run::Leased { owner, until } => json!({"owner": owner, "lease_until": rfc3339(until)}),
        Run::Free(_) | Run::Answered(_) | Run::Over => Value::Null,
    };
    value["request"] = json!({
        "method": request.method,
        "target": request.target,
        "route": request.route,
        "headers": request.headers.iter().map(|(name, value)| json!([name, value])).collect::<Vec<_>>(),
        "body": String::from_utf8_lossy(&request.body),
    });
    // Without its address, which may hold a credential.
    value["webhook"] = webhook.as_ref().map_or(Value::Null, delivery);
    value["events"] = events.iter().map(told).collect();
    Ok((StatusCode::OK, value))
}

/// How far a webhook is.
fn delivery(webhook: &Delivery) -> Value {
    let next = match webhook.stage {
        DeliveryStage::Due(at) => Some(rfc3339(at)),
        _ => None,
    };
    json!({
        "id": webhook.message_id(),
        "state": webhook.stage.name(),
        "attempts": webhook.attempts,
        "status": webhook.status,
        "reason": webhook.reason,
        "next": next,
    })
}

/// A job, without what it asks and what it made.
fn shown(job: &Job) -> Value {
    json!({
        "id": job.id.to_string(),
        "type": job.kind.name(),
        "status": job.stage.name(),
        "virtual_key_id": job.owner_key,
        "created_at": rfc3339(job.created),
        "started_at": job.started.map(rfc3339),
        "completed_at": job.completed.map(rfc3339),
        "expires_at": job.expires.map(rfc3339),
        "status_code": job.status_code,
        "attempt": job.attempt,
        "max_attempts": job.max_attempts,
        "executions": job.executions,
        "polls": job.polls,
        "held": job.held,
        "cancel_requested": job.cancel_requested.is_some(),
        "control": job.control,
    })
}

async fn advance(jobs: &Jobs, body: &[u8]) -> ControlResult {
    let Advance { by } = read(body, r#"{"by": "2h"}"#)?;
    let wrong = || format!("`{by}` is no time: use one such as 90s or 2h");
    let time =
        go_duration(&by).ok_or_else(|| ControlError::new(StatusCode::BAD_REQUEST, "malformed", wrong()))?;
    if jobs.clock.advanced().saturating_add(time) > FARTHEST {
        let message =
            format!("`{by}` leads beyond what times can say: the time of jobs moves on by a century at most");
        return Err(ControlError::new(StatusCode::BAD_REQUEST, "malformed", message));
    }
    jobs.advance(time).await;
    let advanced = u64::try_from(jobs.clock.advanced().as_millis()).unwrap_or(u64::MAX);
    Ok((StatusCode::OK, json!({"advanced_ms": advanced, "now": rfc3339(jobs.clock.now())})))
}

async fn crash(jobs: &Jobs) -> ControlResult {
    let lapsed = jobs.crash().await.map_err(|error| broken(&error))?;
    Ok((StatusCode::OK, json!({"lapsed": lapsed})))
}

/// What is done to one job; `None` where the verb is none.
async fn act(jobs: &Jobs, id: &str, verb: &str, body: &[u8]) -> Option<ControlResult> {
    let (known, store) = match found(jobs, id) {
        Ok(found) => found,
        Err(error) => return Some(Err(error)),
    };
    let now = jobs.clock.now();
    let done = match verb {
        "hold" => store.hold(known, now).await,
        "release" => store.let_go(known, now).await,
        "expire" => store.expire_now(known, now).await,
        "cancel" => store.cancel(known, Bytes::from(ErrorObject::cancelled().to_bytes()), now).await,
        "fail" | "complete" => match End::read(body).and_then(|end| end.finished(verb == "fail")) {
            Ok(finished) => store.force(known, finished, now).await,
            Err(error) => return Some(Err(error)),
        },
        _ => return None,
    };
    jobs.look_again(known);
    Some(match done {
        Ok(Some(job)) => Ok((StatusCode::OK, shown(&job))),
        Ok(None) => Err(unknown(id)),
        Err(error) => Err(broken(&error)),
    })
}

/// What a path below `/virtual-keys` does; `None` where it names nothing.
pub(super) fn keys(jobs: &Jobs, head: &Parts, path: &str, body: &[u8]) -> Option<ControlResult> {
    match (head.method.as_str(), path) {
        ("GET", "") => Some(Ok((StatusCode::OK, json!({"virtual_keys": jobs.keys.all()})))),
        ("PUT", "") => {
            let keys = serde_json::from_slice::<Vec<VirtualKey>>(body).map_err(|error| malformed(&error));
            Some(keys.and_then(|keys| {
                let wrong = |error| ControlError::new(StatusCode::BAD_REQUEST, "virtual_keys", error);
                jobs.keys.replace(keys).map_err(wrong)?;
                Ok((StatusCode::OK, json!({"virtual_keys": jobs.keys.all()})))
            }))
        }
        _ => None,
    }
}

// === impl End ===

impl End {
    fn read(body: &[u8]) -> Result<Self, ControlError> {
        if body.trim_ascii().is_empty() {
            return Ok(End::default());
        }
        read(body, r#"{"status": 503, "body": {...}}"#)
    }

    fn finished(self, fails: bool) -> Result<Finished, ControlError> {
        let wrong = |message: &str| ControlError::new(StatusCode::BAD_REQUEST, "malformed", message);
        if !fails {
            let result = self.body.ok_or_else(|| wrong("body is the result that the job ends with"))?;
            let status_code = self.status.unwrap_or(200);
            if !(200..300).contains(&status_code) || !has_body(status_code) {
                return Err(wrong(
                    "status is from 200 to 299, and not 204 or 205, which have no body; fail takes the others",
                ));
            }
            return Ok(Finished::Completed { status_code, result: result.to_string().into() });
        }
        let status_code = self.status.unwrap_or(500);
        if !(400..600).contains(&status_code) {
            return Err(wrong("status is from 400 to 599"));
        }
        let error = match self.body {
            Some(body) => body.to_string().into_bytes(),
            None => ErrorObject::of(status_code, "a test decided that this job fails").to_bytes(),
        };
        Ok(Finished::Failed { status_code, error: error.into() })
    }
}
