//! What is kept of an answer that a job tells.

use crate::engine::{Begun, events};
use crate::jobs::{Job, Stage};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use standin_core::dialect::{Dialect, Endpoint, Failure, Kept, Options, Progress};
use standin_core::jobs::StoredRequest;
use standin_core::shape::Interruption;
use standin_core::stream::Framing;
use std::time::Duration;

/// The finished answer, and when its events are due.
#[derive(Debug, Clone)]
pub(in crate::jobs) struct BackgroundPlan {
    pub(super) kept: Kept,
    /// From the job's start.
    pub(super) due: Vec<Duration>,
}

/// Events that say that it was asked for: nobody has begun it.
const ASKED: usize = 2;
/// And with the one that says that somebody has.
const BEGUN: usize = 3;

/// The status of a job that was stopped.
const CANCELLED: u16 = 499;

// === impl BackgroundPlan ===

impl BackgroundPlan {
    pub(super) fn new(begun: &Begun) -> Self {
        let due = begun.events.beats.iter().map(|beat| beat.at).collect();
        BackgroundPlan { kept: begun.kept.clone(), due }
    }

    /// As it is stored, beside the call that it answers.
    pub(super) fn stored(&self, call: &[u8]) -> Bytes {
        let Kept { id, object, input, turns, turns_since_user, user, options, .. } = &self.kept;
        let call = serde_json::from_slice(call).unwrap_or(Value::Null);
        let due: Vec<u64> =
            self.due.iter().map(|due| u64::try_from(due.as_micros()).unwrap_or(u64::MAX)).collect();
        let stored = json!({
            "call": call,
            "id": id,
            "answer": object,
            "input": input,
            "turns": turns,
            "turns_since_user": turns_since_user,
            "user": user,
            "split": options.split.map(|split| split.to_string()),
            "obfuscation": options.obfuscation,
            "private_events": options.private_events,
            "due_us": due,
        });
        stored.to_string().into()
    }

    /// As it was stored.
    pub(in crate::jobs) fn read(stored: &StoredRequest) -> Option<Self> {
        let mut stored: Value = serde_json::from_slice(&stored.body).ok()?;
        let count = |name: &str| stored[name].as_u64().and_then(|count| usize::try_from(count).ok());
        let due = stored["due_us"].as_array()?.iter().filter_map(Value::as_u64).map(Duration::from_micros);
        let options = Options {
            split: stored["split"].as_str().and_then(|split| split.parse().ok()),
            obfuscation: stored["obfuscation"] == true,
            private_events: stored["private_events"] == true,
            ..Options::default()
        };
        let kept = Kept {
            id: stored["id"].as_str()?.to_owned(),
            turns: count("turns")?,
            turns_since_user: count("turns_since_user")?,
            user: stored["user"].as_str().map(str::to_owned),
            options,
            pending: None,
            deleted: false,
            object: Value::Null,
            input: Vec::new(),
        };
        let due = due.collect();
        let object = stored["answer"].take();
        let input = match stored["input"].take() {
            Value::Array(input) => input,
            _ => Vec::new(),
        };
        Some(BackgroundPlan { kept: Kept { object, input, ..kept }, due })
    }

    /// What the answer is asked for by.
    pub(in crate::jobs) fn id(&self) -> &str {
        &self.kept.id
    }

    /// How long it takes from the job's start.
    pub(in crate::jobs) fn takes(&self) -> Duration {
        self.due.last().copied().unwrap_or_default()
    }

    /// What the job ends with where nothing else is decided.
    pub(in crate::jobs) fn result(&self) -> Bytes {
        self.kept.object.to_string().into()
    }

    /// The answer as far as the job is.
    pub(super) fn at(mut self, job: &Job, dialect: &dyn Dialect) -> Kept {
        let progress = |progress| dialect.progress(&self.kept.object, progress);
        self.kept.object = match job.stage {
            Stage::Pending => progress(Progress::Queued),
            Stage::Processing => progress(Progress::InProgress),
            Stage::Failed if job.status_code == Some(CANCELLED) => progress(Progress::Cancelled),
            Stage::Failed => progress(Progress::Failed(&failure(job))),
            Stage::Completed => return self.ended(job),
        };
        self.kept
    }

    /// The answer as the job ended: members that a test decided stand in the place of the answer's own.
    pub(in crate::jobs) fn ended(mut self, job: &Job) -> Kept {
        let result = job.result.as_deref().and_then(|result| serde_json::from_slice(result).ok());
        if let (Some(Value::Object(told)), Some(members)) = (result, self.kept.object.as_object_mut()) {
            members.extend(told.into_iter().filter(|(name, _)| name != "id"));
        }
        self.kept
    }

    /// Whether an event may be sent as far as the job is, when it is due.
    pub(super) fn frees(&self, place: usize, job: &Job) -> bool {
        if place < ASKED {
            return true;
        }
        let last = place + 1 >= self.due.len();
        // Where a test decides how it ends, nothing is told before that.
        let waits = last || (place >= BEGUN && is_decided(job));
        job.started.is_some() && (!waits || job.stage.is_over())
    }

    /// When an event is due, where it waits for its time.
    pub(super) fn due(place: usize, at: Duration, job: &Job) -> Option<Timestamp> {
        let started = job.started.filter(|_| place >= BEGUN)?;
        started.checked_add(at).ok()
    }

    /// The events of a job that is over: all of them, or how far it was and why it went no further.
    pub(super) fn told(&self, job: &Job, dialect: &dyn Dialect, sent: usize) -> Vec<Bytes> {
        if job.stage == Stage::Completed {
            return events(dialect, &self.clone().ended(job));
        }
        let mut frames = events(dialect, &self.kept);
        frames.truncate(self.reached(job).max(sent));
        if job.status_code != Some(CANCELLED) {
            let how = Interruption::Error;
            let end = dialect.interruption(Endpoint::Responses, how, &failure(job), &frames);
            frames.extend(end.iter().flat_map(|end| Framing::Sse.split(end)));
        }
        frames
    }

    /// Whether a job ended otherwise than was decided when it was asked for.
    pub(super) fn is_overruled(&self, job: &Job) -> bool {
        let ended_well = job.stage == Stage::Completed && !is_decided(job);
        job.stage.is_over() && !(ended_well && job.result.as_deref() == Some(&*self.result()))
    }

    /// How many events there were before a job ended too early.
    fn reached(&self, job: &Job) -> usize {
        let Some(started) = job.started else { return ASKED };
        if is_decided(job) {
            return BEGUN;
        }
        let end = job.completed.unwrap_or(Timestamp::MAX);
        let is_told = |due: &&Duration| started.checked_add(**due).is_ok_and(|due| due <= end);
        let told = self.due.iter().take_while(is_told).count();
        told.min(self.due.len().saturating_sub(1)).max(BEGUN)
    }
}

/// Whether a test decides how a job or one of its attempts ends.
fn is_decided(job: &Job) -> bool {
    job.control.outcome.is_some() || job.control.fail_first.is_some()
}

/// Why a job failed, as a vendor is to say it.
fn failure(job: &Job) -> Failure {
    let error: Value =
        job.error.as_deref().and_then(|error| serde_json::from_slice(error).ok()).unwrap_or_default();
    let said = &error["error"];
    let failure = Failure::of(job.status_code.unwrap_or(500));
    let failure = match said["code"].as_str() {
        Some(code) => failure.coded(code),
        None => failure,
    };
    match said["message"].as_str() {
        Some(message) => failure.saying(message),
        None => failure,
    }
}
