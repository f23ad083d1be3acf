//! How far a job is, what it made, stopping it, and all of them.

use super::caller::Caller;
use super::follow::patience;
use super::{Asked, Jobs, Said, Shown, unavailable};
use crate::jobs::store::{Batch, Filter, JobStore};
use crate::jobs::{Job, JobId, Stage, kept_kind};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use standin_providers::bifrost::{
    Answer, AsyncKind, AsyncStatus, Content, Envelope, ErrorObject, Listing, content, list_page,
};
use std::sync::Arc;

// === impl Jobs ===

impl Jobs {
    /// How far a job is.
    pub(super) async fn poll(
        &self,
        asked: &Asked,
        kind: Option<AsyncKind>,
        id: &str,
    ) -> Result<Said, ErrorObject> {
        let job = self.polled(asked, kind, id).await?;
        let shown = Shown::new(job);
        Ok(Said::of(shown.native(|job| job.polled())).about(shown.job.id))
    }

    /// A job that its caller asks for, which may be what moves it.
    pub(super) async fn polled(
        &self,
        asked: &Asked,
        kind: Option<AsyncKind>,
        id: &str,
    ) -> Result<Job, ErrorObject> {
        let mut job = self.seen(&asked.headers, kind.map(kept_kind), id).await?;
        if job.control.counts_polls() {
            let counted = self.kept()?.count_poll(job.id, self.clock.now()).await;
            job = counted.map_err(|error| unavailable(&error))?.ok_or_else(ErrorObject::no_such_job)?;
        }
        match patience(&asked.headers) {
            Some(patience) => self.waited_for(job, patience).await,
            // What its last poll waits for is its answer alone.
            None if job.is_due() && !job.stage.is_over() => self.waited_for(job, DUE).await,
            None => Ok(job),
        }
    }

    /// The bytes that a job made.
    pub(super) async fn content(
        &self,
        asked: &Asked,
        kind: AsyncKind,
        id: &str,
    ) -> Result<Said, ErrorObject> {
        let job = self.seen(&asked.headers, Some(kept_kind(kind)), id).await?;
        let query = asked.head.uri.query().unwrap_or_default();
        let index = query.split('&').filter_map(|pair| pair.strip_prefix("index=")).next_back();
        let index = match index.map(|text| percent_decode_str(text).decode_utf8_lossy().parse()) {
            None => 0,
            Some(Ok(index)) => index,
            Some(Err(_)) => return Err(ErrorObject::bad("index is a whole number from 0")),
        };
        let answer = match &job.result {
            Some(result) => content(kind, result, index).answer(),
            None if job.stage == Stage::Failed => Content::Nothing.answer(),
            None => Shown::new(job.clone()).native(|job| job.polled()),
        };
        Ok(Said::of(answer).about(job.id))
    }

    /// Stops a job. One that is over stays as it is.
    pub(super) async fn cancel(&self, asked: &Asked, kind: AsyncKind, id: &str) -> Result<Said, ErrorObject> {
        let job = self.seen(&asked.headers, Some(kept_kind(kind)), id).await?;
        let shown = Shown::new(self.cancelled(job.id).await?);
        Ok(Said::of(shown.native(|job| job.polled())).about(shown.job.id))
    }

    /// A job after it was asked to stop.
    pub(super) async fn cancelled(&self, id: JobId) -> Result<Job, ErrorObject> {
        let error = Bytes::from(ErrorObject::cancelled().to_bytes());
        let cancelled = self.kept()?.cancel(id, error, self.clock.now()).await;
        self.running.look_again(id);
        cancelled.map_err(|error| unavailable(&error))?.ok_or_else(ErrorObject::no_such_job)
    }

    /// The caller's jobs, the newest first.
    pub(super) async fn list(&self, asked: &Asked) -> Result<Answer, ErrorObject> {
        let listing = Listing::read(asked.head.uri.query())?;
        let stage = listing.status.map(|status| match status {
            AsyncStatus::Pending => Stage::Pending,
            AsyncStatus::Processing => Stage::Processing,
            AsyncStatus::Completed => Stage::Completed,
            AsyncStatus::Failed => Stage::Failed,
        });
        let Some(store) = self.opened() else { return Ok(list_page(&[], false)) };
        let unknown = || ErrorObject::bad("after is the id of no job that is still kept");
        let after = listing.after.as_deref().map(|id| JobId::parse(id).ok_or_else(unknown)).transpose()?;
        let filter = Filter {
            stage,
            kind: listing.kind.map(kept_kind),
            owner: Caller::of(&asked.headers, self).keyholder(),
            batch: Batch::None,
            limit: listing.limit,
            after,
        };
        let page = store.list(filter, self.clock.now()).await.map_err(|error| unavailable(&error))?;
        let page = page.ok_or_else(unknown)?;
        let shown: Vec<Shown> = page.jobs.into_iter().map(Shown::new).collect();
        let envelopes: Vec<Envelope<'_>> = shown.iter().map(Shown::envelope).collect();
        Ok(list_page(&envelopes, page.more))
    }

    /// The store, which is there where a job was seen.
    pub(super) fn kept(&self) -> Result<&Arc<dyn JobStore>, ErrorObject> {
        self.opened().ok_or_else(ErrorObject::no_such_job)
    }
}

/// How long the poll that is to see a job's end waits for it.
const DUE: std::time::Duration = std::time::Duration::from_secs(30);
