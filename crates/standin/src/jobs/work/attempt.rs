//! One attempt to run a job: the call from inside, and what its answer means.

use super::Work;
use super::plan::Plan;
use crate::engine::Judge;
use crate::jobs::clock::later;
use crate::jobs::desk::{BackgroundPlan, is_background};
use crate::jobs::store::Claimed;
use crate::jobs::{Finished, Forced, Job, wire_kind};
use crate::server::{Heard, Inward, Unheard};
use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use standin_core::Headers;
use standin_core::jobs::StoredRequest;
use standin_providers::bifrost::{ErrorObject, Executed, ModelName, Outcome, failed, fails_unrun, outcome};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What an attempt came to.
#[derive(Debug)]
pub(super) struct Attempted {
    pub(super) finished: Finished,
    /// When its answer says that it is worth asking again.
    pub(super) retry_after: Option<Duration>,
}

/// What a run sends where a caller has a key: mocks and the simulator ask for one, and none is stored.
const PLACEHOLDER: &str = "standin-job";
/// The longest wait that an answer may ask for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);

/// Makes an attempt.
pub(super) async fn attempt(work: Arc<Work>, claimed: Claimed) -> Attempted {
    let Claimed { job, request, .. } = claimed;
    if is_background(&job) {
        return background(&work, &job, &request).await;
    }
    let plan = Plan::of(wire_kind(job.kind), &request);
    if let Err(error) = work.jobs.admits(job.owner_key.as_deref(), &plan.model) {
        return Attempted::of(failed(&error));
    }
    if let Some(forced) = forced(&job) {
        return Attempted::of(decided(&plan, &forced));
    }
    if let Some(error) = fails_unrun(plan.kind, &plan.run) {
        return Attempted::of(failed(&error));
    }
    let mut last = work.asked(&job, &plan, &plan.model, plan.run.body.clone()).await;
    for fallback in &plan.fallbacks {
        if matches!(last.finished, Finished::Completed { .. }) {
            break;
        }
        let body = plan.run.with_model(&fallback.model).body;
        last = work.asked(&job, &plan, fallback, body).await;
    }
    last
}

/// An answer that was decided when it was asked for: what is left is the time that it takes.
async fn background(work: &Work, job: &Job, request: &StoredRequest) -> Attempted {
    if let Some(Forced { status, body }) = forced(job) {
        return Attempted::of(if status < 300 {
            Outcome::Completed { result: body.unwrap_or_default().to_string().into_bytes() }
        } else {
            let error = body.unwrap_or_else(test_decided).to_string().into_bytes();
            Outcome::Failed { status, error }
        });
    }
    let Some(plan) = BackgroundPlan::read(request) else {
        return Attempted::of(failed(&ErrorObject::internal("the stored answer cannot be read")));
    };
    let clock = &work.jobs.clock;
    clock.wait_until(later(job.started.unwrap_or(job.created), plan.takes())).await;
    let status_code = StatusCode::OK.as_u16();
    Attempted { finished: Finished::Completed { status_code, result: plan.result() }, retry_after: None }
}

/// What a test decides about this attempt.
fn forced(job: &Job) -> Option<Forced> {
    if let Some(first) = job.control.fail_first.filter(|first| job.attempt <= first.attempts) {
        return Some(Forced { status: first.status, body: None });
    }
    // A good outcome without a body is the answer that the call has anyway.
    job.control.outcome.clone().filter(|outcome| outcome.body.is_some() || outcome.status >= 300)
}

fn decided(plan: &Plan, forced: &Forced) -> Outcome {
    let body = forced.body.clone().unwrap_or_else(test_decided);
    let asked = plan.asked_model();
    outcome(&Executed {
        kind: plan.kind,
        provider: plan.model.provider.as_deref(),
        asked_model: &asked,
        resolved_model: &plan.model.model,
        latency_ms: 0,
        status: forced.status,
        content_type: Some("application/json"),
        body: body.to_string().as_bytes(),
    })
}

fn test_decided() -> Value {
    json!({"error": {"message": "a test decided that this job fails", "type": "forced_outcome"}})
}

fn unheard(error: &Unheard) -> ErrorObject {
    match error {
        Unheard::NoCall(_) => ErrorObject::internal(&error.to_string()),
        Unheard::Cut(_) => ErrorObject::inside(502, error.to_string()).kind("upstream_connection_error"),
        Unheard::TooLarge(_) | Unheard::Encoded(_) => {
            ErrorObject::inside(500, format!("failed to serialize result: {error}"))
        }
    }
}

fn retry_after(heard: &Heard) -> Option<Duration> {
    let seconds = heard.retry_after.as_deref()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_RETRY_AFTER))
}

/// The header fields of a run: what was kept, and a key and a version where a vendor asks for them.
fn sent(plan: &Plan) -> Headers {
    let mut headers = plan.headers.clone();
    headers.push("authorization", format!("Bearer {PLACEHOLDER}"));
    if plan.run.path.ends_with("/messages") {
        headers.push("x-api-key", PLACEHOLDER);
        if headers.get("anthropic-version").is_none() {
            headers.push("anthropic-version", "2023-06-01");
        }
    }
    headers
}

/// Who refuses the run. What is wrong for a gateway was refused when the job was submitted, and what is wrong for
/// a vendor that speaks another dialect is not known.
fn judge(plan: &Plan, model: &ModelName) -> Judge {
    let speaker = if plan.run.path.ends_with("/messages") { "anthropic" } else { "openai" };
    match model.provider.as_deref() {
        Some(provider) if provider != speaker => Judge::Nobody,
        _ => Judge::Vendor,
    }
}

// === impl Work ===

impl Work {
    /// Asks a model.
    async fn asked(&self, job: &Job, plan: &Plan, model: &ModelName, body: Bytes) -> Attempted {
        let started = Instant::now();
        let call = Inward {
            target: plan.run.path.clone(),
            headers: sent(plan),
            body,
            job: Some(job.id),
            judge: judge(plan, model),
        };
        let heard = self.service.hear(call, self.jobs.rules.largest_result).await;
        let asked = plan.asked_model();
        let heard = match heard {
            Ok(heard) => heard,
            Err(error) => {
                let error = unheard(&error).about(plan.kind, model.provider.as_deref(), &asked);
                return Attempted::of(failed(&error));
            }
        };
        let outcome = outcome(&Executed {
            kind: plan.kind,
            provider: model.provider.as_deref(),
            asked_model: &asked,
            resolved_model: &model.model,
            latency_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            status: heard.status.as_u16(),
            content_type: heard.content_type.as_deref(),
            body: &heard.body,
        });
        Attempted { retry_after: retry_after(&heard), ..Attempted::of(outcome) }
    }
}

// === impl Attempted ===

impl Attempted {
    pub(super) fn of(outcome: Outcome) -> Self {
        let finished = match outcome {
            Outcome::Completed { result } => {
                Finished::Completed { status_code: StatusCode::OK.as_u16(), result: result.into() }
            }
            Outcome::Failed { status, error } => {
                Finished::Failed { status_code: status, error: error.into() }
            }
        };
        Attempted { finished, retry_after: None }
    }

    /// Whether the same call may well be answered otherwise a little later.
    pub(super) fn is_transient(&self) -> bool {
        matches!(&self.finished, Finished::Failed { status_code: 408 | 409 | 429 | 500..=599, .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use standin_providers::bifrost::{AsyncKind, RunRequest};

    #[test]
    fn a_vendor_refuses_what_its_own_models_are_asked() {
        let judged = |path: &str, provider: Option<&str>| {
            let model = ModelName { provider: provider.map(str::to_owned), model: "any".to_owned() };
            let run = RunRequest {
                path: path.to_owned(),
                content_type: "application/json".to_owned(),
                body: Bytes::new(),
            };
            let plan = Plan {
                kind: AsyncKind::Chat,
                model: model.clone(),
                fallbacks: Vec::new(),
                run,
                headers: Headers::new(),
            };
            judge(&plan, &model)
        };
        for (path, provider, judge) in [
            ("/v1/chat/completions", Some("openai"), Judge::Vendor),
            ("/v1/chat/completions", None, Judge::Vendor),
            ("/v1/chat/completions", Some("anthropic"), Judge::Nobody),
            ("/v1/chat/completions", Some("azure"), Judge::Nobody),
            ("/anthropic/v1/messages", Some("anthropic"), Judge::Vendor),
            ("/anthropic/v1/messages", Some("openai"), Judge::Nobody),
        ] {
            assert_eq!(judged(path, provider), judge, "{path} {provider:?}");
        }
    }
}
