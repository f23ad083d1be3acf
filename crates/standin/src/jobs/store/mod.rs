//! Where jobs are kept.
//!
//! ```text
//! memory    in this process, as long as it lives
//! sqlite    in a file, which outlives it (feature `sqlite`)
//! asked     what a store is asked and answers      wakes    who waits for a change
//! ```
//!
//! What a job's steps are is in [`standin_core::jobs`]; a store takes them, each at once and for good.

mod asked;
mod memory;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;
#[cfg(test)]
mod tests;
mod wakes;

pub use asked::{
    Batch, Changed, Claim, Claimant, Claimed, ClaimedDelivery, Counts, DeliveryClaim, DeliveryClaimant,
    Filter, Idempotency, Inspected, Keyholder, Page, Reclaimed, Renewed, Submission, Submitted,
};
pub use memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use sqlite::{Durability, OpenStoreError, SqliteStore};
pub use wakes::{Changes, Wakes};

use bytes::Bytes;
use jiff::{Timestamp, ToSpan};
use standin_core::jobs::{Attempt, Attempted, DeliveryFence, Event, Fence, Finished, Job, JobId, Step};
use std::fmt::Debug;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

/// An answer that may come later, so that nobody's thread waits for a disk. What was asked for happens whether or
/// not somebody waits for the answer, unless the store was too busy to take it and the answer was dropped.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// Why a store does not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A job has this id already.
    #[error("there is a job {0} already: submit it with another id")]
    Known(JobId),
    /// Another program holds the file.
    #[error("the jobs in {0} are locked by another program: close it, or give each its own file")]
    Busy(PathBuf),
    /// The disk is full.
    #[error("there is no room left for the jobs in {0}: free some, or keep fewer results")]
    NoRoom(PathBuf),
    /// The file is damaged.
    #[error("{path} is damaged ({reason}): stop the server and move the file away, or name another one")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was said.
        reason: String,
    },
    /// The file cannot be read or written.
    #[error("the jobs in {path} cannot be read or written: {reason}")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What was said.
        reason: String,
    },
    /// The store has ended.
    #[error("the store of jobs has ended: start the server again")]
    Ended,
}

/// Keeps jobs. Each method happens at once or not at all, and what is answered stays so as long as the store
/// promises. Several workers, and where the store is shared several processes, use it at the same time.
pub trait JobStore: Send + Sync + Debug {
    /// Keeps a new job with its call.
    fn submit(&self, submission: Submission) -> Answer<Submitted>;

    /// What a key that was used before says to a submission; `None` where it would be kept.
    fn known(&self, asked: Idempotency, now: Timestamp) -> Answer<Option<Submitted>>;

    /// A job that is still seen.
    fn find(&self, id: JobId, now: Timestamp) -> Answer<Option<Job>>;

    /// Everything about a job, also where it is no longer seen.
    fn look(&self, id: JobId) -> Answer<Option<Inspected>>;

    /// Takes a step of a job; `None` where there is no such job.
    fn step(&self, id: JobId, step: Step, now: Timestamp) -> Answer<Option<Changed>>;

    /// Begins the job that has been claimable for longest.
    fn claim(&self, claimant: Claimant, now: Timestamp) -> Answer<Claim>;

    /// Takes jobs from holders whose leases have passed. Those that have been begun so often end with this error,
    /// the others are claimable.
    fn reclaim(&self, now: Timestamp, most_attempts: u32, error: Bytes) -> Answer<Reclaimed>;

    /// Takes the webhook that has been due for longest, and is nobody's, to send it. It is due from the very step that
    /// ends its job.
    fn claim_delivery(&self, claimant: DeliveryClaimant, now: Timestamp) -> Answer<DeliveryClaim>;

    /// Somebody has tried to send a webhook, which is an event of its job too. `false` where it is no longer theirs.
    fn report_delivery(&self, fence: DeliveryFence, attempted: Attempted, now: Timestamp) -> Answer<bool>;

    /// Removes jobs that are no longer seen and of which nothing is to be told, no more than so many, and keys that mean nothing any more. Answers
    /// how many jobs it were.
    fn purge(&self, now: Timestamp, most: usize) -> Answer<usize>;

    /// Jobs that are still seen, the newest first, without their results. `None` where the job to go on after is
    /// not there, or is none of those among which the filter looks.
    fn list(&self, filter: Filter, now: Timestamp) -> Answer<Option<Page>>;

    /// How many jobs there are, of a batch or of all, also those that are no longer seen and not yet removed.
    fn counts(&self, batch: Option<String>) -> Answer<Counts>;

    /// What happened to a job after its event with this number; 0 is before the first.
    fn events(&self, id: JobId, after: u64) -> Answer<Vec<Event>>;

    /// Lets all leases pass, as if everybody who works on a job had died. Answers how many it were.
    fn lapse(&self, now: Timestamp) -> Answer<usize>;

    /// Removes everything.
    fn clear(&self) -> Answer<()>;

    /// Who waits for a change.
    fn wakes(&self) -> &Arc<Wakes>;
}

/// Until when a key of a submission is kept at least.
fn key_kept_until(created: Timestamp) -> Timestamp {
    created.checked_add(24.hours()).unwrap_or(Timestamp::MAX)
}

// === impl dyn JobStore ===

/// Steps, by their names.
impl dyn JobStore + '_ {
    /// Counts a poll, which moves a job where a test decided so, and answers the job that the poll sees.
    pub fn count_poll(&self, id: JobId, now: Timestamp) -> Answer<Option<Job>> {
        let stepped = self.step(id, Step::Poll, now);
        Box::pin(async move { Ok(stepped.await?.map(|changed| changed.job).filter(|job| job.is_seen(now))) })
    }

    /// Prolongs the lease of a job's holder.
    pub fn renew(&self, fence: Fence, until: Timestamp, now: Timestamp) -> Answer<Renewed> {
        let stepped = self.step(fence.id, Step::Renew { fence, until }, now);
        Box::pin(async move {
            Ok(match stepped.await? {
                Some(Changed { taken: true, job }) if job.cancel_requested.is_some() => Renewed::Cancelled,
                Some(Changed { taken: true, .. }) => Renewed::Held,
                Some(Changed { taken: false, .. }) | None => Renewed::Lost,
            })
        })
    }

    /// Ends a job with its holder's answer. `false` where the job is no longer the holder's; the answer is for
    /// nobody then.
    pub fn finish(&self, fence: Fence, finished: Finished, now: Timestamp) -> Answer<bool> {
        taken(self.step(fence.id, Step::Finish { fence, finished }, now))
    }

    /// Gives a job back. It is claimable again from a time on.
    pub fn release(
        &self,
        fence: Fence,
        again_at: Timestamp,
        attempt: Attempt,
        now: Timestamp,
    ) -> Answer<bool> {
        taken(self.step(fence.id, Step::Release { fence, again_at, attempt }, now))
    }

    /// Cancels a job: at once where nobody works on it, and otherwise by asking them ([`Renewed::Cancelled`]).
    /// One that is over stays as it is.
    pub fn cancel(&self, id: JobId, error: Bytes, now: Timestamp) -> Answer<Option<Job>> {
        job(self.step(id, Step::Cancel { error }, now))
    }

    /// Keeps a job from making progress.
    pub fn hold(&self, id: JobId, now: Timestamp) -> Answer<Option<Job>> {
        job(self.step(id, Step::Hold, now))
    }

    /// Lets a job make progress again.
    pub fn let_go(&self, id: JobId, now: Timestamp) -> Answer<Option<Job>> {
        job(self.step(id, Step::LetGo, now))
    }

    /// Ends a job, whoever works on it. One that is over stays as it is.
    pub fn force(&self, id: JobId, finished: Finished, now: Timestamp) -> Answer<Option<Job>> {
        job(self.step(id, Step::Force(finished), now))
    }

    /// Lets nobody see a job any more that is over. Another one stays as it is.
    pub fn expire_now(&self, id: JobId, now: Timestamp) -> Answer<Option<Job>> {
        job(self.step(id, Step::Expire, now))
    }
}

fn job(stepped: Answer<Option<Changed>>) -> Answer<Option<Job>> {
    Box::pin(async move { Ok(stepped.await?.map(|changed| changed.job)) })
}

fn taken(stepped: Answer<Option<Changed>>) -> Answer<bool> {
    Box::pin(async move { Ok(stepped.await?.is_some_and(|changed| changed.taken)) })
}
