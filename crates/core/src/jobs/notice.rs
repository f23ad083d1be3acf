//! What a webhook tells.

use super::job::{Job, Stage};
use super::row::CANCELLED;

/// What a webhook tells, by the name that its receiver knows it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Notice {
    /// A job ended with a result.
    JobCompleted,
    /// A job ended with an error.
    JobFailed,
    /// A job ended because nobody wanted it any more.
    JobCancelled,
    /// A response that was asked for in the background is there.
    ResponseCompleted,
    /// It is there, and stops before its end.
    ResponseIncomplete,
    /// It ended with an error.
    ResponseFailed,
    /// It ended because nobody wanted it any more.
    ResponseCancelled,
}

// === impl Notice ===

impl Notice {
    /// What is told of a job; nothing before its end.
    #[must_use]
    pub fn of(job: &Job) -> Option<Self> {
        match job.stage {
            Stage::Pending | Stage::Processing => None,
            Stage::Completed => Some(Notice::JobCompleted),
            Stage::Failed if job.cancel_requested.is_some() && job.status_code == Some(CANCELLED) => {
                Some(Notice::JobCancelled)
            }
            Stage::Failed => Some(Notice::JobFailed),
        }
    }

    /// What is told of a job that makes a response, which has this status of its own where the job has completed;
    /// nothing before its end.
    #[must_use]
    pub fn of_response(job: &Job, status: Option<&str>) -> Option<Self> {
        match (job.stage, status) {
            (Stage::Pending | Stage::Processing, _) => None,
            (Stage::Completed, Some("incomplete")) => Some(Notice::ResponseIncomplete),
            (Stage::Completed, Some("failed")) => Some(Notice::ResponseFailed),
            (Stage::Completed, Some("cancelled")) => Some(Notice::ResponseCancelled),
            (Stage::Completed, _) => Some(Notice::ResponseCompleted),
            (Stage::Failed, _) if job.status_code == Some(CANCELLED) => Some(Notice::ResponseCancelled),
            (Stage::Failed, _) => Some(Notice::ResponseFailed),
        }
    }

    /// Its name, as a message's `type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Notice::JobCompleted => "job.completed",
            Notice::JobFailed => "job.failed",
            Notice::JobCancelled => "job.cancelled",
            Notice::ResponseCompleted => "response.completed",
            Notice::ResponseIncomplete => "response.incomplete",
            Notice::ResponseFailed => "response.failed",
            Notice::ResponseCancelled => "response.cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{Control, Finished, JobId, JobKind, NewJob, Row, Step};
    use bytes::Bytes;
    use jiff::Timestamp;
    use std::time::Duration;

    fn job(steps: Vec<Step>) -> Job {
        let mut row = Row::submitted(
            1,
            NewJob {
                id: JobId::new([0; 16]),
                kind: JobKind::Ocr,
                owner_key: None,
                batch: None,
                created: Timestamp::UNIX_EPOCH,
                ttl: Duration::ZERO,
                max_attempts: 1,
                control: Control::default(),
            },
        );
        for step in steps {
            row.take(step, Timestamp::UNIX_EPOCH);
        }
        row.job
    }

    #[test]
    fn the_end_of_a_job_says_what_is_told() {
        let failed = |status_code| Step::Force(Finished::Failed { status_code, error: Bytes::new() });
        let completed = Step::Force(Finished::Completed { status_code: 200, result: Bytes::new() });
        let cancelled = Step::Cancel { error: Bytes::new() };
        for (steps, told) in [
            (vec![], None),
            (vec![completed], Some("job.completed")),
            (vec![failed(500)], Some("job.failed")),
            (vec![cancelled], Some("job.cancelled")),
            // An upstream may answer with that status too.
            (vec![failed(499)], Some("job.failed")),
        ] {
            assert_eq!(Notice::of(&job(steps)).map(Notice::name), told);
        }
    }

    #[test]
    fn the_end_of_a_response_is_told_by_its_status() {
        let failed = |status_code| Step::Force(Finished::Failed { status_code, error: Bytes::new() });
        let completed = || Step::Force(Finished::Completed { status_code: 200, result: Bytes::new() });
        for (steps, status, told) in [
            (vec![], Some("completed"), None),
            (vec![completed()], Some("completed"), Some("response.completed")),
            (vec![completed()], None, Some("response.completed")),
            (vec![completed()], Some("incomplete"), Some("response.incomplete")),
            (vec![completed()], Some("failed"), Some("response.failed")),
            (vec![completed()], Some("cancelled"), Some("response.cancelled")),
            (vec![failed(500)], Some("completed"), Some("response.failed")),
            (vec![failed(499)], Some("completed"), Some("response.cancelled")),
        ] {
            assert_eq!(Notice::of_response(&job(steps), status).map(Notice::name), told);
        }
    }
}
