//! A job as stores keep it: what is told of it, and who works on it.

use super::JobId;
use super::job::{EventKind, Finished, Job, NewJob, Stage};
use bytes::Bytes;
use jiff::Timestamp;
use std::time::Duration;

/// A job as stores keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place in the order of submission.
    pub seq: u64,
    /// What is told of it.
    pub job: Job,
    /// Who works on it.
    pub run: Run,
    /// The error that it ends with if it is cancelled before it has answered.
    pub cancellation: Option<Bytes>,
}

/// Who works on a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    /// Nobody; where it has been begun, nobody begins it again before this time.
    Free(Timestamp),
    /// Somebody, as long as they are heard of before the lease ends.
    Leased {
        /// Who.
        owner: String,
        /// The end of the lease.
        until: Timestamp,
    },
    /// Nobody: it is answered, and a test decides when that is told.
    Answered(Finished),
    /// Nobody: it is over.
    Over,
}

/// What shows that a step is taken by who holds the job now, and not by somebody who was thought dead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The job.
    pub id: JobId,
    /// Who has claimed it.
    pub owner: String,
    /// Which of its executions this is. It is counted on by every claim, so that no two are alike.
    pub execution: u32,
}

/// The status of a job that nobody wanted any more.
pub(super) const CANCELLED: u16 = 499;

/// A time as it is kept: to the microsecond, in all stores alike.
pub(super) fn kept(time: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time)
}

pub(super) fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).map_or(Timestamp::MAX, kept)
}

// === impl Row ===

impl Row {
    /// A job that has been submitted.
    #[must_use]
    pub fn submitted(seq: u64, new: NewJob) -> Self {
        let created = kept(new.created);
        let delay = new.control.delay;
        let job = Job {
            id: new.id,
            kind: new.kind,
            stage: Stage::Pending,
            owner_key: new.owner_key,
            batch: new.batch,
            created,
            started: None,
            completed: None,
            expires: None,
            ttl: new.ttl,
            attempt: 0,
            max_attempts: new.max_attempts,
            executions: 0,
            polls: 0,
            held: new.control.hold,
            cancel_requested: None,
            status_code: None,
            result: None,
            error: None,
            not_before: (!delay.is_zero()).then(|| later(created, delay)),
            control: new.control,
        };
        Row { seq, job, run: Run::Free(created), cancellation: None }
    }

    /// From when on it may be claimed or reclaimed, if nothing happens to it before; `None` where something has
    /// to. Stores keep an index of it.
    #[must_use]
    pub fn ready(&self) -> Option<Timestamp> {
        match (&self.run, self.job.stage) {
            (Run::Leased { until, .. }, _) => Some(*until),
            (Run::Answered(_) | Run::Over, _) => None,
            (Run::Free(_), _) if self.job.held => None,
            (Run::Free(_), Stage::Pending) if self.job.polls < self.job.control.pending_polls() => None,
            (Run::Free(from), Stage::Pending) => Some(self.job.not_before.unwrap_or(*from)),
            (Run::Free(from), _) => Some(*from),
        }
    }

    /// Whether somebody may begin it now. A lease that has passed so often that the job is to end
    /// ([`Row::reclaim`]) is nobody's.
    #[must_use]
    pub fn is_claimable(&self, now: Timestamp, most_attempts: u32) -> bool {
        self.ready().is_some_and(|ready| ready <= now)
            && self.job.cancel_requested.is_none()
            && (matches!(self.run, Run::Free(_)) || self.job.attempt < most_attempts)
    }

    /// Somebody begins it, and is its only holder until the lease ends. What is told of it follows, if anything.
    pub fn claim(&mut self, owner: &str, now: Timestamp, lease: Duration) -> (Fence, Option<EventKind>) {
        let now = kept(now);
        let kind = match (self.job.stage, self.job.executions) {
            (Stage::Pending, _) => Some(EventKind::Started),
            // A poll has started it.
            (_, 0) => None,
            _ => Some(EventKind::Again),
        };
        self.job.stage = Stage::Processing;
        self.job.started.get_or_insert(now);
        self.job.attempt = self.job.attempt.saturating_add(1);
        self.job.executions = self.job.executions.saturating_add(1);
        self.run = Run::Leased { owner: owner.to_owned(), until: later(now, lease) };
        (Fence { id: self.job.id, owner: owner.to_owned(), execution: self.job.executions }, kind)
    }

    /// What becomes of a job whose lease has passed: another attempt where there may be one, and the given error
    /// where not, or the one of its cancellation. `None` where its lease has not.
    pub fn reclaim(&mut self, now: Timestamp, most_attempts: u32, error: &Bytes) -> Option<EventKind> {
        let Run::Leased { until, .. } = self.run else {
            return None;
        };
        if until > now {
            return None;
        }
        if let Some(kind) = self.end_cancelled(now) {
            return Some(kind);
        }
        if self.job.attempt >= most_attempts {
            return Some(self.end(Finished::Failed { status_code: 500, error: error.clone() }, now));
        }
        // It was next in line when its lease passed, and keeps that place.
        self.run = Run::Free(until);
        Some(EventKind::Interrupted)
    }

    /// Ends it where somebody has asked for that.
    pub(super) fn end_cancelled(&mut self, now: Timestamp) -> Option<EventKind> {
        self.job.cancel_requested?;
        let error = self.cancellation.take()?;
        Some(self.end_with_cancellation(error, now))
    }

    pub(super) fn end_with_cancellation(&mut self, error: Bytes, now: Timestamp) -> EventKind {
        self.end(Finished::Failed { status_code: CANCELLED, error }, now)
    }

    pub(super) fn end(&mut self, finished: Finished, now: Timestamp) -> EventKind {
        // A clock that was set back makes no job that ended before it began.
        let now = kept(now).max(self.job.started.unwrap_or(self.job.created));
        let job = &mut self.job;
        job.completed = Some(now);
        job.expires = Some(later(now, job.ttl));
        self.run = Run::Over;
        self.cancellation = None;
        match finished {
            Finished::Completed { status_code, result } => {
                job.stage = Stage::Completed;
                job.status_code = Some(status_code);
                job.result = Some(result);
                EventKind::Completed
            }
            Finished::Failed { status_code, error } => {
                job.stage = Stage::Failed;
                job.status_code = Some(status_code);
                job.error = Some(error);
                EventKind::Failed
            }
        }
    }
}
