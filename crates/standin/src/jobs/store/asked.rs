//! What a store is asked, and what it answers.

use jiff::Timestamp;
use standin_core::jobs::{
    Delivery, DeliveryFence, Event, Fence, Job, JobId, JobKind, NewJob, Run, Stage, StoredRequest,
};
use std::collections::BTreeSet;
use std::time::Duration;

/// A job that is submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// The job.
    pub job: NewJob,
    /// Its call.
    pub request: StoredRequest,
    /// What tells it from the same submission, sent again.
    pub idempotency: Option<Idempotency>,
    /// How many jobs may be pending, this one counted.
    pub most_pending: usize,
    /// Where its end is told.
    pub webhook: Option<String>,
}

/// What tells a submission that is sent again from another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Idempotency {
    /// Where the key counts: for whom, and for which route.
    pub scope: String,
    /// The key, as the client chose it.
    pub key: String,
    /// A digest of what is submitted.
    pub fingerprint: [u8; 32],
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// A new job.
    New(Job),
    /// The job that the same submission made before, as it is now.
    Same(Job),
    /// The key was used for another submission; nothing is kept. It counts for a day, and as long as its job is
    /// seen. A submission whose job is no longer seen makes a new one.
    Conflict,
    /// As many jobs are pending as may be; nothing is kept.
    Full,
}

/// Who wants to begin a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimant {
    /// Who, told from everybody else who uses the store.
    pub owner: String,
    /// For how long it is theirs if they are not heard of again.
    pub lease: Duration,
    /// A job that was begun so often, and never given back, is not begun again.
    pub most_attempts: u32,
}

/// A job to begin, if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// This one.
    Begun(Box<Claimed>),
    /// None.
    Nothing {
        /// When there is one, if nothing happens before. Another process that uses the store may submit one at
        /// any time.
        next: Option<Timestamp>,
    },
}

/// A job that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// The job.
    pub job: Job,
    /// Its call.
    pub request: StoredRequest,
    /// What shows that a step is its holder's.
    pub fence: Fence,
}

/// A job after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The job.
    pub job: Job,
    /// Whether the step was taken.
    pub taken: bool,
}

/// What a holder hears who says that it is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// The job is still its own.
    Held,
    /// The job is still its own, and somebody wants it no more: it may end it as cancelled.
    Cancelled,
    /// The job is somebody else's, or over: what was done for it is for nobody.
    Lost,
}

/// Everything about a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// The job.
    pub job: Job,
    /// Its call.
    pub request: StoredRequest,
    /// Who works on it.
    pub run: Run,
    /// What happened to it.
    pub events: Vec<Event>,
    /// Where its end is told, and how far that is.
    pub webhook: Option<Delivery>,
}

/// Who wants to send a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryClaimant {
    /// Who, told from everybody else who uses the store.
    pub owner: String,
    /// For how long it is theirs.
    pub lease: Duration,
    /// Scheme, host and port of receivers whom nothing more is sent to for now.
    pub busy: BTreeSet<String>,
}

/// A webhook to send, if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryClaim {
    /// This one.
    Begun(Box<ClaimedDelivery>),
    /// None.
    Nothing {
        /// When there is one, if nothing happens before.
        next: Option<Timestamp>,
    },
}

/// A webhook that is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedDelivery {
    /// The webhook.
    pub delivery: Delivery,
    /// The job of which it tells, which is over.
    pub job: Job,
    /// What shows that a report is by who sends it.
    pub fence: DeliveryFence,
}

/// What became of jobs whose holders were not heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reclaimed {
    /// How many are claimable.
    pub requeued: usize,
    /// How many have ended.
    pub failed: usize,
}

/// Which jobs are listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// At this stage.
    pub stage: Option<Stage>,
    /// Of this kind.
    pub kind: Option<JobKind>,
    /// Of whom.
    pub owner: Keyholder,
    /// Of which batch.
    pub batch: Batch,
    /// How many at most.
    pub limit: usize,
    /// Only those that were submitted before this one.
    pub after: Option<JobId>,
}

/// Whose jobs, files or batches are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keyholder {
    /// Anybody's.
    Any,
    /// Everybody's: those without a virtual key.
    Nobody,
    /// Those of a virtual key with this id.
    Key(String),
}

/// The jobs of which batch are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Batch {
    /// Of any, or of none.
    Any,
    /// Of none.
    None,
    /// Of the one with this id.
    Of(String),
}

/// Some of the jobs that there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The jobs.
    pub jobs: Vec<Job>,
    /// Whether there are more after them.
    pub more: bool,
}

/// How many jobs there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Pending.
    pub pending: usize,
    /// Processing.
    pub processing: usize,
    /// Completed.
    pub completed: usize,
    /// Failed.
    pub failed: usize,
    /// When the pending job that has waited longest was submitted.
    pub oldest_pending: Option<Timestamp>,
}

// === impl Keyholder ===

impl Keyholder {
    /// Whether what belongs to the key with this id is theirs.
    pub(crate) fn has(&self, owner_key: Option<&str>) -> bool {
        match self {
            Keyholder::Any => true,
            Keyholder::Nobody => owner_key.is_none(),
            Keyholder::Key(key) => owner_key == Some(key),
        }
    }

    /// Whether they see it where they name it: what is theirs, and what is everybody's.
    pub(crate) fn sees(&self, owner_key: Option<&str>) -> bool {
        owner_key.is_none() || self.has(owner_key)
    }
}

/// Who has what belongs to the virtual key with this id, or to none.
impl From<Option<String>> for Keyholder {
    fn from(owner_key: Option<String>) -> Self {
        owner_key.map_or(Keyholder::Nobody, Keyholder::Key)
    }
}

// === impl Filter ===

impl Filter {
    /// The newest jobs, so many.
    #[must_use]
    pub fn newest(limit: usize) -> Self {
        Filter { stage: None, kind: None, owner: Keyholder::Any, batch: Batch::Any, limit, after: None }
    }

    /// Whether a job is one of those among which some are listed: who may not see it learns nothing from it.
    pub(super) fn is_among(&self, job: &Job) -> bool {
        self.owner.has(job.owner_key.as_deref())
            && match &self.batch {
                Batch::Any => true,
                Batch::None => job.batch.is_none(),
                Batch::Of(batch) => job.batch.as_ref() == Some(batch),
            }
    }

    /// Whether a job is meant, wherever it stands in the order.
    pub(super) fn is_about(&self, job: &Job) -> bool {
        self.stage.is_none_or(|stage| job.stage == stage)
            && self.kind.is_none_or(|kind| job.kind == kind)
            && self.is_among(job)
    }
}

// === impl Counts ===

impl Counts {
    /// How many are at a stage.
    #[must_use]
    pub fn of(&self, stage: Stage) -> usize {
        match stage {
            Stage::Pending => self.pending,
            Stage::Processing => self.processing,
            Stage::Completed => self.completed,
            Stage::Failed => self.failed,
        }
    }

    pub(super) fn at(&mut self, stage: Stage) -> &mut usize {
        match stage {
            Stage::Pending => &mut self.pending,
            Stage::Processing => &mut self.processing,
            Stage::Completed => &mut self.completed,
            Stage::Failed => &mut self.failed,
        }
    }
}
