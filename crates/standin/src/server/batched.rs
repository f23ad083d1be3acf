//! Calls of a vendor's API of batches: they are about calls that are answered in the background.

use super::play::PlayBody;
use super::route::{Route, route};
use super::serve::{Service, job_of, text_headers};
use crate::batches::Asking;
use crate::jobs::{Caller, JobsIn};
use crate::journal::{SOURCE_HEADER, Source};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use standin_core::batches::{BatchApi, BatchCall};
use standin_core::dialect::{Dialect, Failure, Ids, Rendered};
use standin_core::{Call, shown};

/// A call of a vendor's API of batches.
pub(super) struct Batched {
    call: Call,
    provider: &'static str,
    api: &'static dyn BatchApi,
    dialect: &'static dyn Dialect,
    called: BatchCall,
    session: Option<String>,
    base: String,
}

/// Where a caller has reached the paths of a provider.
fn base_of(head: &Parts, path: &str) -> String {
    let field = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = field("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
    let host = field(HOST.as_str()).or_else(|| head.uri.authority().map(http::uri::Authority::as_str));
    let mount = head.uri.path().strip_suffix(path).unwrap_or_default();
    format!("{scheme}://{}{mount}", host.unwrap_or_default())
}

// === impl Service ===

impl Service {
    /// What a request asks of batches, where it does and they are not played from a cassette or passed on.
    pub(super) fn about_batches(&self, head: &Parts) -> Option<Batched> {
        let path = head.uri.path();
        // Every call passes here.
        let may_be = path.contains("/batches") || path.contains("/files");
        let is_kept = self.jobs.rules.kept != JobsIn::Off && job_of(head).is_none();
        if !may_be || !is_kept || !(self.engine.simulates() || self.engine.mocks.are_used()) {
            return None;
        }
        let headers = text_headers(&head.headers);
        let Route { selectors, provider, path, host, .. } = route(path, &headers, &self.engine.store).ok()?;
        let (api, dialect) = (provider.batches()?, provider.dialect()?);
        let called = api.called(head.method.as_str(), &path)?;
        let is_played = selectors.cassette.is_some()
            || selectors.session.as_deref().is_some_and(|id| {
                self.engine.sessions.find(id).is_none_or(|session| session.cassette.is_some())
            });
        if is_played {
            return None;
        }
        let base = base_of(head, &path);
        let call = Call {
            method: head.method.as_str().to_owned(),
            path,
            query: head.uri.query().map(str::to_owned),
            host,
            headers,
            body: Bytes::new(),
        };
        let session = selectors.session;
        Some(Batched { call, provider: provider.name(), api, dialect, called, session, base })
    }

    pub(super) async fn answer_batch(&self, mut batched: Batched, body: &Bytes) -> Response<PlayBody> {
        batched.call.body = body.clone();
        let answered = self.asked_batch(&batched).await;
        let Batched { call, provider, dialect, .. } = &batched;
        let (status, rendered) = match answered {
            Ok(rendered) => (200, rendered),
            Err(failure) => (failure.status, Rendered::json(&dialect.failure(&failure))),
        };
        let mut ids = Ids::of_parts(&[call.target().as_bytes(), &call.body]);
        let mut response = Response::new(PlayBody::whole(rendered.bytes()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(rendered.content_type));
        for (name, value) in dialect.fields(status, None, &mut ids) {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        headers.insert(SOURCE_HEADER, HeaderValue::from_static(Source::Job.name()));
        let target = shown(&call.target()).into_owned();
        self.engine.note_job(provider, None, call.method.clone(), target, status);
        response
    }

    async fn asked_batch(&self, batched: &Batched) -> Result<Rendered, Failure> {
        batched.dialect.admits(&batched.call)?;
        let batches = self.jobs.batches().await.map_err(|error| {
            tracing::warn!("batches cannot be kept: {error}");
            Failure::of(503).saying(error.to_string())
        })?;
        let asking = Asking {
            provider: batched.provider,
            api: batched.api,
            call: &batched.call,
            caller: Caller::of(&batched.call.headers, &self.jobs),
            base: batched.base.clone(),
            session: batched.session.as_deref(),
        };
        batches.answer(&batched.called, &asking).await
    }
}
