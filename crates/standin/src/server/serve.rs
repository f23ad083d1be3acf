//! One request, from its head to its response.

use super::line::Line;
use super::own;
use super::play::{Cut, PlayBody, play, relay};
use super::route::{CASSETTE_HEADER, Route, SESSION_HEADER, likely_provider, route, selected};
use crate::admin::Admin;
use crate::engine::{Answer, Asked, Decided, Engine, Judge, Refusal, Routed, refused};
use crate::jobs::{Asked as AskedJob, JobId, Jobs, JobsIn, Said};
use crate::journal::Outcome;
use crate::record::{Begun, Reader, Recorder, Waited};
use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use http::request::Parts;
use http_body::Body;
use hyper::body::Incoming;
use standin_core::cassette::CassetteName;
use standin_core::{Call, Headers, ReplyBody, shown};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What one server bounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes of a request's body.
    pub(crate) body: usize,
    /// Connections open at once.
    pub(crate) connections: usize,
    /// Entries of the journal.
    pub(crate) journal: usize,
    /// Bytes of an answer that is recorded.
    pub(crate) recording: usize,
}

/// Serves requests.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) engine: Arc<Engine>,
    pub(crate) admin: Admin,
    pub(crate) jobs: Arc<Jobs>,
    pub(crate) limits: Limits,
    /// Whether equal bytes have equal answers.
    pub(crate) memoise: bool,
}

/// Where the response to a call comes from.
pub(super) enum Served {
    /// It is decided.
    Answer(Arc<Answer>),
    /// It is arriving from the provider; what the journal is told, where another call's recording does not.
    Live(Reader, Option<Box<Outcome>>),
    /// It has arrived for another call, and is being stored in this cassette.
    Later(CassetteName),
    /// It takes this cassette, which has to be fetched.
    Unread(CassetteName),
}

/// What a call comes to.
pub(super) enum Decision {
    /// An answer that is still to be played.
    Answer(Arc<Answer>),
    /// A provider's answer, on its way.
    Response(Box<http::Response<PlayBody>>),
}

/// The cassette that an answer is about.
fn cassette_of(answer: &Answer) -> Option<CassetteName> {
    CassetteName::new(answer.outcome.cassette.as_deref()?).ok()
}

// === impl Service ===

impl Service {
    /// Answers a request.
    ///
    /// # Errors
    /// When the answer is none: the connection ends.
    pub(crate) async fn serve(
        &self,
        request: http::Request<Incoming>,
        line: &Line,
    ) -> Result<http::Response<PlayBody>, Cut> {
        let started = Instant::now();
        let (head, body) = request.into_parts();
        let body = match read(body, self.limits.body).await {
            Ok(body) => body,
            Err(refusal) => return self.refuse(&head, &refusal, started, line).await,
        };
        // A call from inside was looked at when it was submitted.
        if let Err(refusal) = self.known(&head) {
            return self.refuse(&head, &refusal, started, line).await;
        }
        self.respond(&head, body, started, line).await
    }

    /// Answers a request whose body has been read.
    pub(super) async fn respond(
        &self,
        head: &Parts,
        body: Bytes,
        started: Instant,
        line: &Line,
    ) -> Result<http::Response<PlayBody>, Cut> {
        if Admin::claims(head.uri.path()) {
            return Ok(self.admin.serve(&self.engine, &self.jobs, head, &body).await);
        }
        if let Some(asked) = self.about_jobs(head) {
            return Ok(self.answer_job(asked, &body).await);
        }
        self.recall(head, &body).await;
        if self.is_shaped(head) || self.may_be_made_by_a_job(head) || self.may_be_about_batches(head) {
            return self.shaped(head, &body, started, line).await;
        }
        match self.decided(|waited| self.remembered(head, &body, waited)).await {
            Decision::Response(response) => Ok(*response),
            Decision::Answer(answer) => self.send(head, &body, answer, started, line).await,
        }
    }

    /// Refuses header fields for standin that mean nothing, to the mocks of the call's session either.
    fn known(&self, head: &Parts) -> Result<(), Refusal> {
        let (fields, mocks) = (&head.headers, &self.engine.mocks);
        if !own::any(fields) || Admin::claims(head.uri.path()) {
            return Ok(());
        }
        own::known(fields, mocks.current().headers()).or_else(|refusal| match self.session_of(head) {
            Some(id) => own::known(fields, mocks.of(Some(&id)).headers()),
            None => Err(refusal),
        })
    }

    /// The session that a request selects, whatever else is wrong with it.
    fn session_of(&self, head: &Parts) -> Option<Arc<str>> {
        let (selectors, _) =
            selected(head.uri.path(), &text_headers(&head.headers), &self.engine.store).ok()?;
        let session = self.engine.sessions.find(&selectors.session?)?;
        Some(Arc::clone(&session.id))
    }

    /// Refuses what cannot be a call, in the words of the API that it is made to.
    async fn refuse(
        &self,
        head: &Parts,
        refusal: &Refusal,
        started: Instant,
        line: &Line,
    ) -> Result<http::Response<PlayBody>, Cut> {
        let mut answer = unrouted(head, refusal).of_session(self.session_of(head));
        if let Some(body) = self.about_jobs(head).and_then(|asked| asked.refusal(&answer.outcome)) {
            answer.reply.body = ReplyBody::Whole { at: Duration::ZERO, bytes: body };
        }
        self.engine.note(&answer, job_of(head));
        play(answer.reply, started, line).await
    }

    /// What a request asks of jobs, where it does and there are any.
    fn about_jobs(&self, head: &Parts) -> Option<AskedJob> {
        if job_of(head).is_some() {
            return None;
        }
        let asked = AskedJob::of(head, || text_headers(&head.headers), &self.engine.store);
        // Without jobs their own paths are not there, and others answer at once.
        asked.filter(|asked| self.jobs.rules.kept != JobsIn::Off || asked.is_native())
    }

    async fn answer_job(&self, asked: AskedJob, body: &Bytes) -> http::Response<PlayBody> {
        let (method, target) = asked.shown();
        let Said { response, job } = self.jobs.answer(asked, body).await;
        let status = response.status().as_u16();
        self.engine.note_job("bifrost", job, method, target, status);
        response
    }

    /// Decides, again where the first decision has to wait for a recording.
    pub(super) async fn decided(&self, decide: impl Fn(Waited) -> Served) -> Decision {
        let mut waited = Waited::No;
        loop {
            match decide(waited) {
                Served::Answer(answer) if waited == Waited::No && self.may_be_stored(&answer) => {
                    waited = Waited::Once;
                    self.engine.recorder.settled(cassette_of(&answer).as_ref()).await;
                }
                Served::Answer(answer) => return Decision::Answer(answer),
                Served::Later(cassette) => {
                    waited = Waited::Once;
                    self.engine.recorder.settled(Some(&cassette)).await;
                }
                // It is fresh then, for as long as this takes.
                Served::Unread(cassette) => self.engine.store.fetch(&cassette).await,
                Served::Live(reader, shared) => match relay(reader).await {
                    Ok(response) => {
                        if let Some(outcome) = shared {
                            let status = response.status().as_u16();
                            self.engine.note_upstream(None, Outcome { status, ..*outcome });
                        }
                        return Decision::Response(Box::new(response));
                    }
                    Err(refused) => return Decision::Answer(refused),
                },
            }
        }
    }

    /// Whether a call was refused for lack of a recording that is on its way into the cassette, or for a call
    /// that names none, into any.
    fn may_be_stored(&self, answer: &Answer) -> bool {
        let named = cassette_of(answer);
        let unnamed = matches!(answer.outcome.error, Some("cassette_not_named" | "mock_missing"));
        let lacking = named.is_some() || unnamed;
        answer.outcome.error.is_some() && lacking && self.engine.recorder.is_storing(named.as_ref())
    }

    /// The answer to the same bytes, where there was one; the engine's otherwise.
    fn remembered(&self, head: &Parts, body: &Bytes, waited: Waited) -> Served {
        let is_alone = head.headers.contains_key(SESSION_HEADER)
            || head.uri.path().starts_with("/s/")
            || judge_of(head) == Judge::Nobody;
        if !self.memoise || is_alone {
            return self.answer(head, body, waited);
        }
        let generation = self.engine.generation();
        let key = deciding_bytes(head, body, self.engine.mocks.current().headers());
        if let Some(answer) = self.engine.memo.find(&key, generation) {
            return Served::Answer(answer);
        }
        let served = self.answer(head, body, waited);
        // A refusal is not remembered: the file that mends it may be on its way.
        if let Served::Answer(answer) = &served
            && answer.outcome.error.is_none()
            && answer.repeats
            && answer.session.is_none()
        {
            self.engine.memo.keep(&key, generation, answer);
        }
        served
    }

    fn answer(&self, head: &Parts, body: &Bytes, waited: Waited) -> Served {
        match self.routed(head, body) {
            Ok(routed) => self.served(&routed, waited),
            Err(refusal) => Served::Answer(Arc::new(unrouted(head, &refusal))),
        }
    }

    pub(super) fn routed(&self, head: &Parts, body: &Bytes) -> Result<Routed, Refusal> {
        let headers = text_headers(&head.headers);
        let route = route(head.uri.path(), &headers, &self.engine.store)?;
        let call = Call {
            method: head.method.as_str().to_owned(),
            path: route.path,
            query: head.uri.query().map(str::to_owned),
            host: route.host,
            headers,
            body: body.clone(),
        };
        let Route { provider, mounted, selectors, .. } = route;
        let (judge, background) = (judge_of(head), self.background(head));
        Ok(Routed { call, provider, mounted, selectors, pace: None, judge, background })
    }

    pub(super) fn served(&self, routed: &Routed, waited: Waited) -> Served {
        if let Some(cassette) = self.engine.unread(routed) {
            return Served::Unread(cassette);
        }
        let generation = self.engine.store.generation();
        match self.engine.decide(routed) {
            Decided::Answer(answer) => Served::Answer(Arc::new(answer)),
            Decided::Record(ticket) => {
                match Recorder::begin(&self.engine, routed, ticket, generation, waited) {
                    Begun::Reader(reader) => Served::Live(reader, None),
                    Begun::Joined(reader, outcome) => Served::Live(reader, Some(outcome)),
                    Begun::Later(cassette) => Served::Later(cassette),
                }
            }
        }
    }
}

/// The job that a call is made for.
pub(super) fn job_of(head: &Parts) -> Option<JobId> {
    head.extensions.get().copied()
}

/// Who refuses a call that is wrong.
fn judge_of(head: &Parts) -> Judge {
    head.extensions.get().copied().unwrap_or_default()
}

/// What did not become a call is refused in the dialect that its address suggests.
pub(super) fn unrouted(head: &Parts, refusal: &Refusal) -> Answer {
    let path = head.uri.path();
    let provider = likely_provider(path, &text_headers(&head.headers));
    let asked = Asked { method: head.method.as_str(), path, provider };
    let target = head.uri.path_and_query().map_or(path, http::uri::PathAndQuery::as_str);
    refused(refusal, asked, &shown(target))
}

/// Everything that an answer without a session depends on.
fn deciding_bytes(head: &Parts, body: &[u8], fields: &[String]) -> Vec<u8> {
    let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let mut key = Vec::with_capacity(64 + target.len() + body.len());
    for part in [
        head.method.as_str().as_bytes(),
        target.as_bytes(),
        head.headers.get(CASSETTE_HEADER).map_or(&[], |value| value.as_bytes()),
        head.headers.get(CONTENT_TYPE).map_or(&[], |value| value.as_bytes()),
        head.headers.get(CONTENT_ENCODING).map_or(&[], |value| value.as_bytes()),
        head.headers.get("anthropic-version").map_or(&[], |value| value.as_bytes()),
        &presence(&head.headers),
    ] {
        key.extend_from_slice(part);
        // Not a byte of any of them, and the body comes last.
        key.push(b'\n');
    }
    for field in fields {
        let mut values = 0_u8;
        for value in head.headers.get_all(field) {
            key.extend_from_slice(value.as_bytes());
            key.push(b'\n');
            values = values.wrapping_add(1);
        }
        // One that is empty is not one that is not there.
        key.push(values);
    }
    key.extend_from_slice(body);
    key
}

/// Which credentials there are: mocks ask for one in its vendor's place, whichever it is. An empty one is none.
fn presence(headers: &HeaderMap) -> [u8; 3] {
    let bearer = headers.get(AUTHORIZATION).is_some_and(|value| {
        value.as_bytes().get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer "))
    });
    let has = |name: &str| headers.get(name).is_some_and(|value| !value.as_bytes().trim_ascii().is_empty());
    [bearer, has("x-api-key"), has("api-key")].map(|there| if there { b'1' } else { b'0' })
}

/// Header fields as text.
pub(crate) fn text_headers(headers: &HeaderMap) -> Headers {
    headers
        .iter()
        .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

/// Reads a body of bounded size.
async fn read(mut body: Incoming, limit: usize) -> Result<Bytes, Refusal> {
    if body.size_hint().lower() > limit as u64 {
        return Err(Refusal::BodyTooLarge { limit });
    }
    let mut first = Bytes::new();
    let mut more: Option<BytesMut> = None;
    while !body.is_end_stream() {
        let frame = match poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
            None => break,
            Some(Ok(frame)) => frame,
            Some(Err(error)) => {
                return Err(Refusal::Malformed {
                    reason: format!("the request's body could not be read: {error}"),
                });
            }
        };
        let Ok(data) = frame.into_data() else { continue };
        let length = more.as_ref().map_or(first.len(), BytesMut::len) + data.len();
        if length > limit {
            return Err(Refusal::BodyTooLarge { limit });
        }
        // Most bodies come in one piece and are not copied.
        if first.is_empty() && more.is_none() {
            first = data;
        } else {
            more.get_or_insert_with(|| BytesMut::from(&first[..])).extend_from_slice(&data);
        }
    }
    Ok(more.map_or(first, BytesMut::freeze))
}
