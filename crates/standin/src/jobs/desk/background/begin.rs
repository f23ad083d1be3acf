//! An answer becomes a job.

use super::super::submit::{attempts, control};
use super::super::{Jobs, unavailable, unopened};
use super::repeat::key;
use super::{BACKGROUND, BackgroundPlan};
use crate::engine::{Begun, Revisited};
use crate::jobs::store::{Submission, Submitted};
use crate::jobs::work::Taken;
use crate::jobs::{Control, JobKind, NewJob, result_ttl};
use bytes::Bytes;
use http::request::Parts;
use standin_core::Headers;
use standin_core::jobs::StoredRequest;
use standin_providers::bifrost::{ErrorObject, RESULT_TTL, kept_headers};
use std::sync::Arc;

/// What a caller gets for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// That it is queued; it asks again.
    Queued,
    /// Events as they happen.
    Events,
}

// === impl Jobs ===

impl Jobs {
    /// Keeps an answer that is asked for in the background. When this returns, its job is where the rules say that
    /// jobs are kept. Answers what is told instead where the same call was kept before.
    pub(crate) async fn begin_background(
        self: &Arc<Self>,
        head: &Parts,
        headers: &Headers,
        body: &Bytes,
        begun: &Begun,
        told: Told,
    ) -> Result<Option<Revisited>, ErrorObject> {
        let plan = BackgroundPlan::new(begun);
        let webhook = self.webhook(headers)?;
        let idempotency = key(head, headers, body)?;
        let control = match control(headers)? {
            Some(control) => control,
            // Who is told of the end does not poll for it.
            None if webhook.is_some() => Control::default(),
            None => usual(&plan, told),
        };
        let failing = control.fail_first.map_or(0, |first| first.attempts);
        let new = NewJob {
            id: begun.job,
            kind: JobKind::Responses,
            owner_key: None,
            batch: Some(BACKGROUND.to_owned()),
            created: self.clock.now(),
            ttl: result_ttl(headers.get(RESULT_TTL), self.rules.result_ttl, self.rules.most_result_ttl),
            max_attempts: attempts(headers)?.unwrap_or(self.rules.attempts).max(failing.saturating_add(1)),
            control,
        };
        let sent = kept_headers(headers);
        let request = StoredRequest {
            method: head.method.as_str().to_owned(),
            target: head.uri.path().to_owned(),
            headers: sent.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: plan.stored(body),
            route: head.uri.path().to_owned(),
        };
        let most_pending = self.rules.most_pending;
        let submission = Submission { job: new, request, idempotency, most_pending, webhook };
        let store = self.store().await.map_err(|error| unopened(&error))?;
        match store.submit(submission).await.map_err(|error| unavailable(&error))? {
            Submitted::New(_) => {
                self.tally.submitted(Taken::New);
                Ok(None)
            }
            Submitted::Same(job) => {
                let again = self.again(&job, begun.dialect, told).await;
                again.map(Some).map_err(|error| unavailable(&error))
            }
            Submitted::Conflict => Err(ErrorObject::other_request_of_key()),
            Submitted::Full => {
                self.tally.submitted(Taken::Full);
                Err(ErrorObject::queue_full())
            }
        }
    }
}

/// What is decided about a job where its caller does not say: as often as its mock says it is seen unfinished, so
/// that a client that polls is seen to poll. Who reads events waits anyway.
fn usual(plan: &BackgroundPlan, told: Told) -> Control {
    let polls = plan.kept.options.polls;
    match told {
        Told::Events => Control::default(),
        Told::Queued => Control {
            polls_before_processing: (polls > 0).then_some(0),
            polls_before_completed: Some(polls),
            ..Control::default()
        },
    }
}
