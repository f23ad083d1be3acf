//! Answers that jobs make: decided when they are asked for, told when their jobs have got so far.

use super::answer::{Answer, Engine, Routed};
use super::draft::Draft;
use crate::journal::Source;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use standin_core::dialect::{Dialect, Failure, Kept, Rendered, RenderedBody, Revisit};
use standin_core::jobs::JobId;
use standin_core::{Ending, Flush, Reply, ReplyBody, Timeline};
use std::sync::Arc;
use std::time::Duration;

/// What a job has to do with an answer.
#[derive(Debug, Clone)]
pub(crate) enum ByJob {
    /// The job is still to be submitted.
    Begins(Box<Begun>),
    /// The job is there; the answer says how far it is.
    Tells(JobId),
    /// The job is there, and its events are sent as they happen, from the one with this number on.
    Follows { job: JobId, from: usize, dialect: &'static dyn Dialect },
}

/// An answer that a job is to make.
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    pub(crate) job: JobId,
    /// The finished answer.
    pub(crate) kept: Kept,
    /// Its events, due from the job's start.
    pub(crate) events: Timeline,
    pub(crate) dialect: &'static dyn Dialect,
}

/// What a call about a job's answer is answered with.
#[derive(Debug)]
pub(crate) struct Revisited {
    pub(crate) said: Result<Rendered, Failure>,
    /// `None` where it is refused for what it asks.
    pub(crate) job: Option<ByJob>,
    /// When its events are due from the job's start, where they are sent as they happen.
    pub(crate) due: Vec<Duration>,
}

/// A query that asks for all events of a kept answer.
const WHOLE_STREAM: &str = "stream=true";

/// An object under this id.
pub(super) fn named(object: Value, id: &str) -> Value {
    let Value::Object(members) = object else { return object };
    let mut named = Map::new();
    named.insert("id".to_owned(), id.into());
    named.extend(members.into_iter().filter(|(name, _)| name != "id"));
    named.entry("background").or_insert(Value::Bool(true));
    Value::Object(named)
}

/// The events of a finished answer.
pub(crate) fn events(dialect: &dyn Dialect, kept: &Kept) -> Vec<bytes::Bytes> {
    let mut kept = kept.clone();
    let id = kept.id.clone();
    match dialect.revisit(Revisit::Get, &id, Some(&mut kept), Some(WHOLE_STREAM)) {
        Ok(Rendered { body: RenderedBody::Frames(frames), .. }) => frames,
        Ok(_) | Err(_) => Vec::new(),
    }
}

// === impl Begun ===

impl Begun {
    /// `None` for what is no answer with events.
    pub(super) fn new(
        job: JobId,
        kept: Kept,
        dialect: &'static dyn Dialect,
        pace: impl FnOnce(RenderedBody) -> ReplyBody,
    ) -> Option<Self> {
        let frames = events(dialect, &kept);
        match pace(RenderedBody::Frames(frames)) {
            ReplyBody::Stream(events) if !events.beats.is_empty() => {
                Some(Begun { job, kept, events, dialect })
            }
            _ => None,
        }
    }
}

// === impl ByJob ===

impl ByJob {
    pub(crate) fn id(&self) -> JobId {
        match self {
            ByJob::Begins(begun) => begun.job,
            ByJob::Tells(job) | ByJob::Follows { job, .. } => *job,
        }
    }

    /// A body: that somebody works on it is said at once, and events are due as they are of the job.
    pub(super) fn body(&self, rendered: RenderedBody) -> ReplyBody {
        let (frames, due) = match (rendered, self) {
            (RenderedBody::Whole(bytes), _) => return ReplyBody::Whole { at: Duration::ZERO, bytes },
            (RenderedBody::Frames(frames), ByJob::Begins(begun)) => {
                (frames, begun.events.beats.iter().map(|beat| beat.at).collect::<Vec<_>>())
            }
            (RenderedBody::Frames(frames), _) => (frames, Vec::new()),
        };
        stream(frames, &due)
    }
}

/// Events, each with when it is due; those without a time at once.
fn stream(frames: Vec<bytes::Bytes>, due: &[Duration]) -> ReplyBody {
    let due = due.iter().copied().chain(std::iter::repeat(Duration::ZERO));
    let beats = frames.into_iter().zip(due).map(|(send, at)| standin_core::Beat { at, send }).collect();
    ReplyBody::Stream(Timeline { beats, flush: Flush::Each, ending: Ending::Whole })
}

// === impl Engine ===

impl Engine {
    /// The answer to a call about what a job makes.
    pub(crate) fn revisited(&self, routed: &Routed, revisited: Revisited) -> Answer {
        let Revisited { said, job, due } = revisited;
        let dialect = routed.provider.dialect();
        let (rendered, status, message) = match said {
            Ok(rendered) => (rendered, 200, None),
            Err(failure) => {
                let value = dialect.map(|dialect| dialect.failure(&failure)).unwrap_or_default();
                (Rendered::json(&value), failure.status, failure.message)
            }
        };
        let session = routed.selectors.session.as_ref().and_then(|id| self.sessions.find(id));
        let session = session.map(|session| Arc::clone(&session.id));
        let draft =
            Draft { source: Source::Job, status, message, repeats: false, job, ..Draft::of(rendered) };
        let mut answer = draft.finish(self, routed, dialect, session.as_ref(), None);
        if let ReplyBody::Stream(timeline) = &answer.reply.body {
            let frames = timeline.beats.iter().map(|beat| beat.send.clone()).collect();
            answer.reply.body = stream(frames, &due);
        }
        answer
    }
}

// === impl Answer ===

impl Answer {
    /// The same, at times that are drawn for it: its events, and not that it has begun.
    pub(crate) fn drawn(mut self, draw: impl FnOnce(Reply) -> Reply) -> Self {
        let Some(job) = &mut self.job else {
            self.reply = draw(self.reply);
            return self;
        };
        let ByJob::Begins(begun) = Arc::make_mut(job) else { return self };
        let timed = draw(Reply { body: ReplyBody::Stream(begun.events.clone()), ..self.reply.clone() });
        if let ReplyBody::Stream(events) = timed.body {
            begun.events = events.clone();
            if matches!(self.reply.body, ReplyBody::Stream(_)) {
                self.reply.body = ReplyBody::Stream(events);
            }
        }
        self
    }

    /// What is said where its job cannot be kept.
    pub(crate) fn without_its_job(
        mut self,
        dialect: &dyn Dialect,
        failure: &Failure,
        fields: &[(&'static str, String)],
    ) -> Self {
        let rendered = Rendered::json(&dialect.failure(failure));
        let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers: &mut HeaderMap = Arc::make_mut(&mut self.reply.headers);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(rendered.content_type));
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        self.reply.status = status;
        self.reply.body = ReplyBody::Whole { at: Duration::ZERO, bytes: rendered.bytes() };
        let outcome = Arc::make_mut(&mut self.outcome);
        outcome.status = failure.status;
        outcome.error = Some("job_refused");
        outcome.message.clone_from(&failure.message);
        self.job = None;
        self.counter = std::sync::OnceLock::new();
        self
    }
}
