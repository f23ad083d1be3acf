//! Answers that jobs make: begun with the call that asks for them, and asked for again by their ids.

use super::line::Line;
use super::play::{Cut, PlayBody, play, play_as_told};
use super::serve::{Service, job_of, text_headers};
use crate::engine::{Answer, Background, ByJob, Revisited, Routed};
use crate::jobs::{Followed, IDEMPOTENCY_KEY, JobsIn, Told, Visit};
use bytes::Bytes;
use http::HeaderValue;
use http::request::Parts;
use standin_core::dialect::{Dialect, Endpoint, Failure, Operation, read_body};
use standin_core::jobs::JobId;
use standin_core::{Reply, ReplyBody};
use std::sync::Arc;
use tokio::time::Instant;

/// Says that an answer was there before.
const REPLAYED: &str = "idempotent-replayed";
/// What a call that goes on from an earlier answer has in its body.
const PREVIOUS: &[u8] = b"\"previous_response_id\"";

// === impl Service ===

impl Service {
    /// Who makes what a call asks for in the background. A job's own call makes no further job.
    pub(super) fn background(&self, head: &Parts) -> Background {
        let jobs = self.jobs.rules.kept != JobsIn::Off && job_of(head).is_none();
        if jobs { Background::Jobs } else { Background::Nobody }
    }

    /// Whether a call may be about an answer that a job makes. Every call passes here.
    pub(super) fn may_be_made_by_a_job(&self, head: &Parts) -> bool {
        let has_jobs = self.jobs.opened().is_some() || self.jobs.is_closed();
        let path = head.uri.path();
        has_jobs && (path.contains("/responses/") || (path.ends_with("/responses") && has_key(head)))
    }

    /// The answer to a call about what a job makes; `None` where no job does.
    pub(super) async fn made_by_a_job(&self, head: &Parts, routed: &Routed) -> Option<Answer> {
        if !self.may_be_made_by_a_job(head) {
            return None;
        }
        let dialect = routed.provider.dialect()?;
        let call = &routed.call;
        let (what, id) = match dialect.operation(&call.method, &call.path)? {
            Operation::Revisit(what, id) => (what, id),
            Operation::Answer(endpoint) => return self.made_before(head, routed, dialect, endpoint).await,
            _ => return None,
        };
        dialect.background_job(&id)?;
        dialect.admits(call).ok()?;
        let visit = Visit { dialect, what, id: &id, query: call.query.as_deref() };
        let revisited = self.jobs.visited(&visit).await?;
        Some(self.engine.revisited(routed, revisited))
    }

    /// The answer to a call that asks again, with the same key, for what it asked to be made in the background.
    async fn made_before(
        &self,
        head: &Parts,
        routed: &Routed,
        dialect: &'static dyn Dialect,
        endpoint: Endpoint,
    ) -> Option<Answer> {
        if routed.background != Background::Jobs {
            return None;
        }
        let call = &routed.call;
        let body = read_body(call).ok()?;
        // Any id will do to see whether it has one.
        dialect.background(&dialect.asked(endpoint, &call.path, &body), JobId::new([0; 16]))?;
        let repeated = self.jobs.repeated(head, &call.headers, &call.body, dialect).await?;
        Some(self.repeated(routed, repeated))
    }

    /// An answer that was there before its call.
    fn repeated(&self, routed: &Routed, repeated: Revisited) -> Answer {
        let is_told = repeated.said.is_ok();
        let mut answer = self.engine.revisited(routed, repeated);
        if is_told {
            Arc::make_mut(&mut answer.reply.headers).insert(REPLAYED, HeaderValue::from_static("true"));
        }
        answer
    }

    /// Makes an answer that a job has made known to a call that goes on from it.
    pub(super) async fn recall(&self, head: &Parts, body: &Bytes) {
        let is_continued = || memchr::memmem::find(body, PREVIOUS).is_some();
        if self.jobs.opened().is_none() || !head.uri.path().contains("/responses") || !is_continued() {
            return;
        }
        let Ok(routed) = self.routed(head, body) else { return };
        let Some((dialect, id)) = continued(&routed) else { return };
        let Some(kept) = self.jobs.finished(dialect, &id).await else {
            // It may have been deleted since another call went on from it.
            self.with_session(&routed, |session| self.engine.mocks.kept.forget_copy(session, &id));
            return;
        };
        self.with_session(&routed, |session| self.engine.mocks.kept.recall(session, kept));
    }

    fn with_session(&self, routed: &Routed, then: impl FnOnce(Option<&Arc<str>>)) {
        let session = routed.selectors.session.as_ref().and_then(|id| self.engine.sessions.find(id));
        then(session.as_ref().map(|session| &session.id));
    }

    /// Sends a decided answer, when its job is kept where it has one.
    pub(super) async fn send(
        &self,
        head: &Parts,
        body: &Bytes,
        answer: Arc<Answer>,
        started: Instant,
        line: &Line,
    ) -> Result<http::Response<PlayBody>, Cut> {
        let Some(job) = answer.job.clone() else {
            self.engine.note(&answer, job_of(head));
            // What is not remembered is nobody else's, and is sent without a copy.
            let reply = Arc::try_unwrap(answer).map_or_else(|kept| kept.reply.clone(), |own| own.reply);
            return play(reply, started, line).await;
        };
        let answer = self.begun(head, body, answer, &job).await;
        self.engine.note(&answer, Some(answer.job.as_deref().map_or(job.id(), ByJob::id)));
        let reply = answer.reply.clone();
        match (answer.job.as_deref(), reply.body.clone()) {
            (Some(ByJob::Begins(begun)), ReplyBody::Stream(events)) => {
                let followed = Followed { job: begun.job, from: 0, events, dialect: begun.dialect };
                Ok(self.followed(followed, reply, line))
            }
            (Some(ByJob::Follows { job, from, dialect }), ReplyBody::Stream(events)) => {
                let followed = Followed { job: *job, from: *from, events, dialect: *dialect };
                Ok(self.followed(followed, reply, line))
            }
            _ => play(reply, started, line).await,
        }
    }

    /// The answer when its job is kept, or what is said where it cannot be.
    async fn begun(&self, head: &Parts, body: &Bytes, answer: Arc<Answer>, job: &ByJob) -> Arc<Answer> {
        let ByJob::Begins(begun) = job else { return answer };
        let told = match answer.reply.body {
            ReplyBody::Stream(_) => Told::Events,
            ReplyBody::Whole { .. } | ReplyBody::Nothing { .. } => Told::Queued,
        };
        let headers = text_headers(&head.headers);
        let error = match self.jobs.begin_background(head, &headers, body, begun, told).await {
            Ok(None) => return answer,
            Ok(Some(before)) => match self.routed(head, body) {
                Ok(routed) => return Arc::new(self.repeated(&routed, before)),
                Err(_) => return answer,
            },
            Err(error) => error,
        };
        let failure = Failure::of(error.status).saying(error.message.clone());
        let answer = Arc::unwrap_or_clone(answer);
        Arc::new(answer.without_its_job(begun.dialect, &failure, &error.fields))
    }

    /// Events as they happen, under the head of a reply.
    fn followed(&self, followed: Followed, reply: Reply, line: &Line) -> http::Response<PlayBody> {
        let ending = followed.events.ending;
        play_as_told(reply, self.jobs.follow(followed), ending, line)
    }
}

fn has_key(head: &Parts) -> bool {
    head.headers.contains_key(IDEMPOTENCY_KEY)
}

/// The answer that a call goes on from.
fn continued(routed: &Routed) -> Option<(&'static dyn Dialect, String)> {
    let dialect = routed.provider.dialect()?;
    let Operation::Answer(endpoint) = dialect.operation(&routed.call.method, &routed.call.path)? else {
        return None;
    };
    let body = read_body(&routed.call).ok()?;
    let asked = dialect.asked(endpoint, &routed.call.path, &body);
    let id = dialect.continues(&asked)?.to_owned();
    Some((dialect, id))
}
