//! A call becomes a job.

use super::caller::Caller;
use super::follow::patience;
use super::{Asked, Jobs, Said, Shown, unavailable, unopened};
use crate::jobs::store::{Idempotency, Submission as Kept, Submitted};
use crate::jobs::webhook::WebhookRules;
use crate::jobs::work::{Plan, Taken};
use crate::jobs::{Control, Job, JobId, NewJob, kept_kind, result_ttl};
use crate::random::random_bytes;
use bytes::Bytes;
use standin_core::Headers;
use standin_providers::bifrost::{AsyncKind, ErrorObject, RESULT_TTL, Submission, kept_headers, submission};
use std::sync::Arc;

/// A job that was submitted.
pub(super) enum Accepted {
    /// It is new.
    New(Job),
    /// The same was submitted before.
    Same(Job),
}

/// What a test decides about a job.
pub(crate) const CONTROL_HEADER: &str = "x-standin-async";
/// How many attempts are made where a run fails in a way that may pass.
pub(crate) const ATTEMPTS_HEADER: &str = "x-standin-max-attempts";
/// The most of them.
const MOST_ATTEMPTS: u32 = 100;
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// The longest such key, in bytes.
const LONGEST_KEY: usize = 255;

// === impl Jobs ===

impl Jobs {
    /// A call at one of the API's own paths.
    pub(super) async fn submit(
        self: &Arc<Self>,
        asked: &Asked,
        kind: AsyncKind,
        body: &Bytes,
    ) -> Result<Said, ErrorObject> {
        let submission = submission(kind, &asked.headers, body, &self.rules.models)?;
        let patience = patience(&asked.headers);
        match self.accept(asked, submission).await? {
            Accepted::New(job) => {
                let id = job.id;
                let shown = Shown::new(match patience {
                    Some(patience) => self.waited_for(job, patience).await?,
                    None => job,
                });
                let answer = match patience {
                    Some(_) => shown.native(|job| job.polled().with("location", job.kind.poll_path(job.id))),
                    None => shown.native(|job| job.accepted()),
                };
                Ok(Said::of(answer).about(id))
            }
            Accepted::Same(job) => {
                let shown = Shown::new(match patience {
                    Some(patience) => self.waited_for(job, patience).await?,
                    None => job,
                });
                Ok(Said::of(shown.native(|job| job.replayed())).about(shown.job.id))
            }
        }
    }

    /// Keeps a job. When this returns, it is where the rules say that jobs are kept.
    pub(super) async fn accept(
        self: &Arc<Self>,
        asked: &Asked,
        submission: Submission,
    ) -> Result<Accepted, ErrorObject> {
        let headers = &asked.headers;
        let owner = Caller::of(headers, self).owner(self.rules.anonymous)?;
        let control = control(headers)?.unwrap_or_default();
        let webhook = self.webhook(headers)?;
        let kind = kept_kind(submission.kind);
        let idempotency = idempotency(headers, owner.as_deref(), &asked.path, &submission)?;
        let plan = Plan::new(submission, &kept(asked));
        let failing = control.fail_first.map_or(0, |first| first.attempts);
        let new = NewJob {
            id: JobId::new(random_bytes()),
            kind,
            owner_key: owner,
            batch: None,
            created: self.clock.now(),
            ttl: result_ttl(headers.get(RESULT_TTL), self.rules.result_ttl, self.rules.most_result_ttl),
            max_attempts: attempts(headers)?.unwrap_or(self.rules.attempts).max(failing.saturating_add(1)),
            control,
        };
        let kept = Kept {
            job: new,
            request: plan.stored(asked.path.clone()),
            idempotency,
            most_pending: self.rules.most_pending,
            webhook,
        };
        let jobs = Arc::clone(self);
        // A task of its own: what was sent is accepted also where its caller has left meanwhile.
        let keeping = tokio::spawn(async move {
            let store = jobs.store().await.map_err(|error| unopened(&error))?;
            store.submit(kept).await.map_err(|error| unavailable(&error))
        });
        match keeping.await.map_err(|_| ErrorObject::store_unavailable())?? {
            Submitted::New(job) => {
                self.tally.submitted(Taken::New);
                Ok(Accepted::New(job))
            }
            Submitted::Same(job) => {
                self.tally.submitted(Taken::Same);
                Ok(Accepted::Same(job))
            }
            Submitted::Conflict => Err(ErrorObject::other_request_of_key()),
            Submitted::Full => {
                self.tally.submitted(Taken::Full);
                Err(ErrorObject::queue_full())
            }
        }
    }
}

impl Jobs {
    /// Where the end of a submitted job is told.
    pub(super) fn webhook(&self, headers: &Headers) -> Result<Option<String>, ErrorObject> {
        let rules = self.rules.webhooks.as_ref();
        WebhookRules::asked(rules, headers).map_err(|error| ErrorObject::bad(error.to_string()))
    }
}

/// What the run may read of the call: no credential, and what its address selects.
fn kept(asked: &Asked) -> Headers {
    let mut kept = kept_headers(&asked.headers);
    for (name, value) in &asked.selectors {
        kept.remove(name);
        kept.push(*name, value.clone());
    }
    kept
}

/// What a test decides about a job, where it does.
pub(super) fn control(headers: &Headers) -> Result<Option<Control>, ErrorObject> {
    let Some(text) = headers.get(CONTROL_HEADER) else { return Ok(None) };
    text.parse().map(Some).map_err(|error| ErrorObject::bad(format!("{CONTROL_HEADER}: {error}")))
}

pub(super) fn attempts(headers: &Headers) -> Result<Option<u32>, ErrorObject> {
    let Some(text) = headers.get(ATTEMPTS_HEADER) else { return Ok(None) };
    let attempts = text.trim().parse().ok().filter(|attempts| (1..=MOST_ATTEMPTS).contains(attempts));
    let wrong = || format!("{ATTEMPTS_HEADER} is `{text}`: use a number from 1 to {MOST_ATTEMPTS}");
    attempts.map(Some).ok_or_else(|| ErrorObject::bad(wrong()))
}

/// The key of a submission that is the same when it is sent again.
pub(super) fn idempotency_key(headers: &Headers) -> Result<Option<&str>, ErrorObject> {
    match headers.get(IDEMPOTENCY_KEY).filter(|key| !key.is_empty()) {
        Some(key) if key.len() > LONGEST_KEY => {
            Err(ErrorObject::bad(format!("the Idempotency-Key is longer than {LONGEST_KEY} bytes")))
        }
        key => Ok(key),
    }
}

fn idempotency(
    headers: &Headers,
    owner: Option<&str>,
    path: &str,
    submission: &Submission,
) -> Result<Option<Idempotency>, ErrorObject> {
    let Some(key) = idempotency_key(headers)? else { return Ok(None) };
    let mut hasher = blake3::Hasher::new();
    hasher.update(submission.kind.name().as_bytes());
    // The model's provider is no part of the call that is run.
    hasher.update(submission.model.provider.as_deref().unwrap_or_default().as_bytes());
    hasher.update(b"\n");
    hasher.update(&submission.run.canonical());
    Ok(Some(Idempotency {
        scope: format!("{}\n{path}", owner.map_or_else(String::new, |owner| format!("key {owner}"))),
        key: key.to_owned(),
        fingerprint: *hasher.finalize().as_bytes(),
    }))
}
