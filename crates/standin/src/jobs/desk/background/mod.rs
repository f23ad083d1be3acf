//! Answers that are asked for in the background at a vendor's own path: each is a job that tells it when it is due.
//!
//! ```text
//! begin     an answer becomes a job          plan     what is kept of it: the finished answer, when its events are due
//! revisit   how far it is, stopping it       follow   its events as they happen, again from any of them
//! repeat    the same call, sent again
//! ```
//!
//! What is answered is decided when it is asked for, so that mocks answer in the order of the calls and a restart
//! changes nothing. The job is the time that it takes.

mod begin;
mod follow;
mod plan;
mod repeat;
mod revisit;

pub(crate) use begin::Told;
pub(crate) use follow::Followed;
pub(in crate::jobs) use plan::BackgroundPlan;
pub(crate) use revisit::Visit;

use crate::jobs::Job;

/// The batch of all of these jobs: they are no jobs of the asynchronous API, and are neither listed nor told there.
const BACKGROUND: &str = "background";

/// Whether a job is one of these.
pub(in crate::jobs) fn is_background(job: &Job) -> bool {
    job.batch.as_deref() == Some(BACKGROUND)
}
