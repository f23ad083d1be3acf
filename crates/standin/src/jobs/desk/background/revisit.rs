//! How far an answer is that a job makes; stopping it, forgetting it, going on from it.

use super::super::Jobs;
use super::{BackgroundPlan, is_background};
use crate::engine::{ByJob, Revisited};
use crate::jobs::clock::later;
use crate::jobs::store::{JobStore, StoreError};
use crate::jobs::{Finished, Job, Stage};
use bytes::Bytes;
use jiff::Timestamp;
use standin_core::dialect::{Dialect, Failure, Kept, Rendered, RenderedBody, Revisit};
use standin_providers::bifrost::ErrorObject;
use std::sync::Arc;
use std::time::Duration;

/// How long the call that is to see a job's end waits for it.
const DUE: Duration = Duration::from_secs(30);
/// An end that is no further away is waited for.
const NEAR: Duration = Duration::from_secs(2);
/// A query that asks for all events.
pub(super) const WHOLE: &str = "stream=true";
/// The most calls that one which reads all events stands for.
const MOST_POLLS: u32 = 1_000;

/// A call about an answer that a job makes.
pub(crate) struct Visit<'a> {
    pub(crate) dialect: &'static dyn Dialect,
    pub(crate) what: Revisit,
    /// The answer's id.
    pub(crate) id: &'a str,
    pub(crate) query: Option<&'a str>,
}

// === impl Jobs ===

impl Jobs {
    /// Answers a call about an answer that a job makes; `None` where no job does.
    pub(crate) async fn visited(self: &Arc<Self>, visit: &Visit<'_>) -> Option<Revisited> {
        let job = visit.dialect.background_job(visit.id)?;
        let unavailable = |error: ErrorObject| {
            let failure = Failure::of(error.status).saying(error.message);
            Some(Revisited::told(Err(failure), job))
        };
        if self.opened().is_none() && self.is_closed() {
            return unavailable(ErrorObject::store_unavailable());
        }
        match self.visit(visit).await {
            Ok(answered) => answered,
            Err(error) => unavailable(super::super::unavailable(&error)),
        }
    }

    /// The finished answer that a call goes on from; `None` where no job made it.
    pub(crate) async fn finished(&self, dialect: &dyn Dialect, id: &str) -> Option<Kept> {
        let (job, plan) = self.planned(dialect, id).await.ok().flatten()?;
        (job.stage == Stage::Completed).then(|| plan.ended(&job))
    }

    /// The job that makes an answer, and what it makes.
    async fn planned(
        &self,
        dialect: &dyn Dialect,
        id: &str,
    ) -> Result<Option<(Job, BackgroundPlan)>, StoreError> {
        let (Some(job), Some(store)) = (dialect.background_job(id), self.opened()) else { return Ok(None) };
        let Some(looked) = store.look(job).await? else { return Ok(None) };
        if !is_background(&looked.job) || !looked.job.is_seen(self.clock.now()) {
            return Ok(None);
        }
        Ok(BackgroundPlan::read(&looked.request).map(|plan| (looked.job, plan)))
    }

    async fn visit(self: &Arc<Self>, visit: &Visit<'_>) -> Result<Option<Revisited>, StoreError> {
        let Visit { dialect, what, id, query } = *visit;
        let (Some((job, plan)), Some(store)) = (self.planned(dialect, id).await?, self.opened()) else {
            return Ok(None);
        };
        let (store, named) = (&**store, job.id);
        let say = |kept: &mut Kept, query| dialect.revisit(what, id, Some(kept), query);
        let said = match what {
            Revisit::InputItems => say(&mut plan.kept.clone(), query),
            Revisit::Delete => {
                let _ = self.stopped(store, &job).await?;
                let _ = store.expire_now(job.id, self.clock.now()).await?;
                say(&mut plan.kept.clone(), query)
            }
            Revisit::Cancel => {
                let job = self.stopped(store, &job).await?;
                say(&mut plan.at(&job, dialect), query)
            }
            Revisit::Get => match say(&mut plan.kept.clone(), query) {
                Ok(Rendered { content_type, body: RenderedBody::Frames(rest) }) => {
                    let job = self.asked_for_all(store, job).await?;
                    return Ok(Some(streamed(&job, &plan, dialect, content_type, rest)));
                }
                Ok(_) => {
                    let job = self.asked_for(store, job, &plan).await?;
                    say(&mut plan.at(&job, dialect), query)
                }
                Err(failure) => Err(failure),
            },
        };
        Ok(Some(Revisited::told(said, named)))
    }

    /// A job that is stopped, unless it was over.
    async fn stopped(&self, store: &dyn JobStore, job: &Job) -> Result<Job, StoreError> {
        let ErrorObject { status: status_code, .. } = ErrorObject::cancelled();
        let error = Bytes::from(ErrorObject::cancelled().to_bytes());
        let stopped = store.force(job.id, Finished::Failed { status_code, error }, self.clock.now()).await?;
        self.running.look_again(job.id);
        Ok(stopped.unwrap_or_else(|| job.clone()))
    }

    /// A job that is asked for, which may be what moves it.
    async fn asked_for(
        &self,
        store: &dyn JobStore,
        job: Job,
        plan: &BackgroundPlan,
    ) -> Result<Job, StoreError> {
        if !job.control.counts_polls() {
            return Ok(job);
        }
        let now = self.clock.now();
        let job = store.count_poll(job.id, now).await?.unwrap_or(job);
        // Its last poll waits for an end that is at hand, so that polls are counted alike every time, and not for
        // one that a pace or a test puts off.
        let begun = job.started.unwrap_or(job.created).max(job.not_before.unwrap_or(Timestamp::MIN));
        let is_near = later(begun, plan.takes()) <= later(now, NEAR);
        if !job.is_due() || job.stage.is_over() || !is_near {
            return Ok(job);
        }
        Ok(self.waited_for(job.clone(), DUE).await.unwrap_or(job))
    }

    /// A job whose events are asked for: who reads them to the end has waited.
    async fn asked_for_all(&self, store: &dyn JobStore, mut job: Job) -> Result<Job, StoreError> {
        for _ in 0..MOST_POLLS {
            if !job.control.counts_polls() || job.is_due() || job.held || job.stage.is_over() {
                break;
            }
            let Some(counted) = store.count_poll(job.id, self.clock.now()).await? else { break };
            job = counted;
        }
        Ok(job)
    }
}

/// The events of an answer, of which these are left.
pub(super) fn streamed(
    job: &Job,
    plan: &BackgroundPlan,
    dialect: &'static dyn Dialect,
    content_type: &'static str,
    rest: Vec<Bytes>,
) -> Revisited {
    let from = plan.due.len().saturating_sub(rest.len());
    let over = job.stage.is_over();
    let frames = if over { plan.told(job, dialect, 0).into_iter().skip(from).collect() } else { rest };
    let rendered = Rendered { content_type, body: RenderedBody::Frames(frames) };
    if over {
        return Revisited::told(Ok(rendered), job.id);
    }
    let due = plan.due.iter().skip(from).copied().collect();
    Revisited { said: Ok(rendered), job: Some(ByJob::Follows { job: job.id, from, dialect }), due }
}

// === impl Revisited ===

impl Revisited {
    /// What is said at once.
    pub(super) fn told(said: Result<Rendered, Failure>, job: crate::jobs::JobId) -> Self {
        Revisited { said, job: Some(ByJob::Tells(job)), due: Vec::new() }
    }
}
