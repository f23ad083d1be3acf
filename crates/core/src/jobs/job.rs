//! What is told of a job, and the call that it stands for.

use super::control::Control;
use super::id::JobId;
use super::kind::JobKind;
use bytes::Bytes;
use jiff::Timestamp;
use std::fmt::{Display, Formatter};
use std::str::FromStr;
use std::time::Duration;

/// How far a job is. It never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Nobody has begun it.
    Pending,
    /// Somebody has begun it; who it was may have died, and another one goes on.
    Processing,
    /// It has a result.
    Completed,
    /// It has an error.
    Failed,
}

/// A job, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// What it is asked for by.
    pub id: JobId,
    /// The endpoint that its call is for.
    pub kind: JobKind,
    /// How far it is.
    pub stage: Stage,
    /// The id, not the value, of the virtual key that it belongs to; `None` for everybody's.
    pub owner_key: Option<String>,
    /// The batch that it is a part of.
    pub batch: Option<String>,
    /// When it was submitted.
    pub created: Timestamp,
    /// When it was first begun.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub completed: Option<Timestamp>,
    /// When nobody sees it any more; known from its end.
    pub expires: Option<Timestamp>,
    /// How long it is seen after its end.
    pub ttl: Duration,
    /// Which attempt it is in or has ended in, from 1; 0 before the first.
    pub attempt: u32,
    /// How many attempts may be made where an answer is worth another one.
    pub max_attempts: u32,
    /// How often it was begun, attempts that were given back counted.
    pub executions: u32,
    /// How many polls were counted.
    pub polls: u32,
    /// Whether it makes no progress until it is let go.
    pub held: bool,
    /// When somebody asked whoever works on it to stop.
    pub cancel_requested: Option<Timestamp>,
    /// The status of its answer, at its end.
    pub status_code: Option<u16>,
    /// What was answered, as JSON, where it has completed.
    pub result: Option<Bytes>,
    /// What was answered, as JSON, where it has failed.
    pub error: Option<Bytes>,
    /// What a test decides about it.
    pub control: Control,
    /// Before when nobody begins it.
    pub not_before: Option<Timestamp>,
}

/// A job that nobody knows yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What it will be asked for by.
    pub id: JobId,
    /// The endpoint that its call is for.
    pub kind: JobKind,
    /// The id of the virtual key that it belongs to.
    pub owner_key: Option<String>,
    /// The batch that it is a part of.
    pub batch: Option<String>,
    /// Now.
    pub created: Timestamp,
    /// How long it is seen after its end.
    pub ttl: Duration,
    /// How many attempts may be made where an answer is worth another one.
    pub max_attempts: u32,
    /// What a test decides about it.
    pub control: Control,
}

/// The call that a job stands for, as it is executed: all that is needed after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRequest {
    /// The method.
    pub method: String,
    /// Path and query of the synchronous call.
    pub target: String,
    /// Header fields, of which the caller leaves out credentials: what is here is written to a file.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Bytes,
    /// The route that it was submitted to, which tells how the job is shown.
    pub route: String,
}

/// The end of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finished {
    /// With a result.
    Completed {
        /// The status of the answer.
        status_code: u16,
        /// The answer, as JSON.
        result: Bytes,
    },
    /// With an error.
    Failed {
        /// The status of the answer.
        status_code: u16,
        /// The error, as JSON.
        error: Bytes,
    },
}

/// Something that happened to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number among the job's events, from 1.
    pub seq: u64,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: Timestamp,
    /// More of it, as JSON.
    pub data: Option<Bytes>,
}

/// What happens to jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventKind {
    /// It was submitted.
    Created,
    /// It is processing.
    Started,
    /// Another attempt has begun.
    Again,
    /// It is getting on.
    Progress,
    /// Who worked on it was not heard of for too long.
    Interrupted,
    /// Who worked on it gave it back.
    Released,
    /// Who works on it was asked to stop.
    CancelRequested,
    /// It ended with a result.
    Completed,
    /// It ended with an error.
    Failed,
    /// A webhook was called.
    Webhook,
}

/// A name that no stage has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a status of jobs: use pending, processing, completed or failed")]
pub struct UnknownStage(pub String);

// === impl Stage ===

impl Stage {
    /// All of them, in the order of a job's life.
    pub const ALL: [Stage; 4] = [Stage::Pending, Stage::Processing, Stage::Completed, Stage::Failed];

    /// The name that is shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Stage::Pending => "pending",
            Stage::Processing => "processing",
            Stage::Completed => "completed",
            Stage::Failed => "failed",
        }
    }

    /// Whether nothing follows it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Stage::Completed | Stage::Failed)
    }
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Stage {
    type Err = UnknownStage;

    fn from_str(text: &str) -> Result<Self, UnknownStage> {
        Stage::ALL.into_iter().find(|stage| stage.name() == text).ok_or_else(|| UnknownStage(text.to_owned()))
    }
}

// === impl Job ===

impl Job {
    /// Whether it is still seen.
    #[must_use]
    pub fn is_seen(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }

    /// Whether as many polls as a test asked for have seen it unfinished, so that only its answer is waited for.
    #[must_use]
    pub fn is_due(&self) -> bool {
        self.control.counts_polls() && !self.held && self.polls > self.control.unfinished_polls()
    }
}

// === impl EventKind ===

impl EventKind {
    /// All of them.
    pub const ALL: [EventKind; 10] = [
        EventKind::Created,
        EventKind::Started,
        EventKind::Again,
        EventKind::Progress,
        EventKind::Interrupted,
        EventKind::Released,
        EventKind::CancelRequested,
        EventKind::Completed,
        EventKind::Failed,
        EventKind::Webhook,
    ];

    /// The name that is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            EventKind::Created => "created",
            EventKind::Started => "started",
            EventKind::Again => "again",
            EventKind::Progress => "progress",
            EventKind::Interrupted => "interrupted",
            EventKind::Released => "released",
            EventKind::CancelRequested => "cancel_requested",
            EventKind::Completed => "completed",
            EventKind::Failed => "failed",
            EventKind::Webhook => "webhook",
        }
    }

    /// The kind with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        EventKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for stage in Stage::ALL {
            assert_eq!(stage.to_string().parse(), Ok(stage));
        }
        for kind in EventKind::ALL {
            assert_eq!(EventKind::named(kind.name()), Some(kind));
        }
        let told = "done".parse::<Stage>().unwrap_err().to_string();
        assert_eq!(told, "`done` is not a status of jobs: use pending, processing, completed or failed");
    }
}
