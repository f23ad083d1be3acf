//! What callers ask of jobs, over HTTP.
//!
//! ```text
//! asked    which requests are about jobs      caller   who asks, and which jobs are theirs
//! submit   a call becomes a job               poll     how far one is, what it made; stop it; all of them
//! vendor   the same at providers' own paths   follow   waiting for one, and its events as they happen
//! background   answers that vendors make in the background
//! ```

mod asked;
mod background;
mod caller;
mod follow;
mod poll;
mod submit;
mod vendor;

pub(crate) use asked::Asked;
pub(super) use background::{BackgroundPlan, is_background};
pub(crate) use background::{Followed, Told, Visit};
pub(crate) use caller::Caller;
pub(crate) use follow::told;
pub(crate) use submit::{ATTEMPTS_HEADER, CONTROL_HEADER, IDEMPOTENCY_KEY};

use super::store::StoreError;
use super::{Job, JobId, Jobs, JobsError, JobsIn, Stage, wire_kind};
use crate::server::PlayBody;
use asked::About;
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue, ORIGIN};
use http::{HeaderMap, Response, StatusCode};
use standin_providers::bifrost::{
    Answer, AsyncKind, AsyncRoute, AsyncStatus, Envelope, ErrorObject, method_not_allowed, native_result,
    no_such_route,
};
use std::borrow::Cow;
use std::sync::Arc;

/// What is said to a caller, and the job that it is about.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) response: Response<PlayBody>,
    pub(crate) job: Option<JobId>,
}

/// A job that can be shown.
struct Shown {
    job: Job,
    id: String,
}

const LOCAL_ORIGINS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

// === impl Jobs ===

impl Jobs {
    /// Answers a request that is about jobs.
    pub(crate) async fn answer(self: &Arc<Self>, asked: Asked, body: &Bytes) -> Said {
        let origin = local_origin(&asked.head.headers);
        let mut said = match asked.about.clone() {
            About::Native(_) if self.rules.kept == JobsIn::Off => {
                Said::of(no_such_route(asked.head.uri.path()))
            }
            About::Native(route) => match self.native(&asked, route, body).await {
                Ok(said) => said,
                Err(error) => Said::of(error.answer()),
            },
            About::Vendor(integration, id) => match self.vendor(&asked, integration, id, body).await {
                Ok(said) => said,
                Err(error) => Said::of(integration.refused(&error)),
            },
            About::Unsupported(integration) => Said::of(integration.unsupported()),
        };
        if let Some(origin) = origin {
            said.response.headers_mut().insert("access-control-allow-origin", origin);
        }
        said
    }

    async fn native(
        self: &Arc<Self>,
        asked: &Asked,
        route: AsyncRoute,
        body: &Bytes,
    ) -> Result<Said, ErrorObject> {
        match route {
            AsyncRoute::Submit(kind) => self.submit(asked, kind, body).await,
            AsyncRoute::Poll(kind, id) => self.poll(asked, Some(kind), &id).await,
            AsyncRoute::Job(id) => self.poll(asked, None, &id).await,
            AsyncRoute::Content(kind, id) => self.content(asked, kind, &id).await,
            AsyncRoute::Cancel(kind, id) => self.cancel(asked, kind, &id).await,
            AsyncRoute::Events(kind, id) => self.events(asked, kind, &id).await,
            AsyncRoute::List => self.list(asked).await.map(Said::of),
            AsyncRoute::Preflight { allow } => Ok(Said::of(preflight(allow, &asked.head.headers))),
            AsyncRoute::MethodNotAllowed { allow } => {
                Ok(Said::of(method_not_allowed(asked.head.method.as_str(), allow)))
            }
            AsyncRoute::NotFound => Ok(Said::of(no_such_route(asked.head.uri.path()))),
        }
    }
}

/// What a browser is told that it may send. A page of this machine may; others may not.
fn preflight(allow: &'static str, headers: &HeaderMap) -> Answer {
    if local_origin(headers).is_none() {
        return ErrorObject::of(403, "origin not allowed").kind("origin_not_allowed").answer();
    }
    Answer::json(200, Vec::new())
        .with("access-control-allow-methods", format!("{allow}, OPTIONS"))
        .with("access-control-allow-headers", "*, Authorization")
        .with("access-control-max-age", "86400")
}

/// The origin of a page of this machine.
fn local_origin(headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    let (_, authority) = origin.to_str().ok()?.split_once("://")?;
    let port = |rest: &str| rest.is_empty() || rest.strip_prefix(':').is_some_and(|port| !port.is_empty());
    let local = LOCAL_ORIGINS.into_iter().any(|name| authority.strip_prefix(name).is_some_and(port));
    local.then(|| origin.clone())
}

fn unavailable(error: &StoreError) -> ErrorObject {
    tracing::warn!("jobs cannot be kept or found: {error}");
    ErrorObject::store_unavailable()
}

fn unopened(error: &JobsError) -> ErrorObject {
    tracing::warn!("jobs cannot be kept: {error}");
    ErrorObject::store_unavailable()
}

/// A job that is over, as its caller sees it.
pub(super) fn envelope(job: &Job) -> Vec<u8> {
    Shown::new(job.clone()).native(|job| job.to_bytes())
}

// === impl Said ===

impl Said {
    pub(super) fn of(answer: Answer) -> Self {
        let mut response = Response::new(PlayBody::whole(answer.body));
        *response.status_mut() =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in answer.fields {
            // What cannot stand in a header field is not told.
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        Said { response, job: None }
    }

    fn about(self, job: JobId) -> Self {
        Said { job: Some(job), ..self }
    }
}

// === impl Shown ===

impl Shown {
    fn new(job: Job) -> Self {
        let id = job.id.to_string();
        Shown { job, id }
    }

    fn kind(&self) -> AsyncKind {
        wire_kind(self.job.kind)
    }

    /// The job as the API's own paths show it: a message is told as a response.
    fn native<T>(&self, then: impl FnOnce(Envelope<'_>) -> T) -> T {
        let result = self.job.result.as_deref().map(|result| match self.kind() {
            AsyncKind::Responses => native_result(result, self.job.created.as_second()),
            _ => Cow::Borrowed(result),
        });
        then(Envelope { result: result.as_deref(), ..self.envelope() })
    }

    fn envelope(&self) -> Envelope<'_> {
        let Job { stage, created, completed, expires, status_code, result, error, .. } = &self.job;
        Envelope {
            id: &self.id,
            kind: self.kind(),
            status: match stage {
                Stage::Pending => AsyncStatus::Pending,
                Stage::Processing => AsyncStatus::Processing,
                Stage::Completed => AsyncStatus::Completed,
                Stage::Failed => AsyncStatus::Failed,
            },
            created: *created,
            completed: *completed,
            expires: *expires,
            status_code: *status_code,
            result: result.as_deref(),
            error: error.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_this_machine_may_ask() {
        for (origin, local) in [
            ("http://localhost:3000", true),
            ("https://localhost", true),
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080", true),
            ("http://localhost.evil.example", false),
            ("http://evil.example", false),
            ("null", false),
        ] {
            let headers = HeaderMap::from_iter([(ORIGIN, origin.parse().unwrap())]);
            assert_eq!(local_origin(&headers).is_some(), local, "{origin}");
        }
    }
}
