//! Calls of a vendor's API of batches: they are about calls that are answered in the background.

use super::serve::{Service, job_of};
use crate::batches::Asking;
use crate::engine::{Answer, Revisited, Routed};
use crate::jobs::{Caller, JobsIn};
use crate::shaping::{FAULT_HEADER, PACE_HEADER, SEED_HEADER};
use http::header::HOST;
use http::request::Parts;
use standin_core::Headers;
use standin_core::batches::{BatchApi, BatchCall};
use standin_core::dialect::{Dialect, Failure, Rendered};
use std::borrow::Cow;
use std::sync::Arc;

/// A call of a vendor's API of batches.
pub(super) struct Batched {
    api: &'static dyn BatchApi,
    dialect: &'static dyn Dialect,
    called: BatchCall,
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
    /// Whether a call may be one of batches. Every call passes here.
    pub(super) fn may_be_about_batches(&self, head: &Parts) -> bool {
        let path = head.uri.path();
        (path.contains("/batches") || path.contains("/files"))
            && self.jobs.rules.kept != JobsIn::Off
            && job_of(head).is_none()
            && (self.engine.simulates() || self.engine.mocks.are_used())
    }

    /// What a call asks of batches, where it does and they are not played from a cassette or passed on.
    pub(super) fn about_batches(&self, head: &Parts, routed: &Routed) -> Option<Batched> {
        if !self.may_be_about_batches(head) {
            return None;
        }
        let Routed { call, provider, selectors, .. } = routed;
        let (api, dialect) = (provider.batches()?, provider.dialect()?);
        let called = api.called(&call.method, &call.path)?;
        let is_played = selectors.cassette.is_some()
            || selectors.session.as_deref().is_some_and(|id| {
                self.engine.sessions.find(id).is_none_or(|session| session.cassette.is_some())
            });
        let base = base_of(head, &call.path);
        (!is_played).then_some(Batched { api, dialect, called, base })
    }

    pub(super) async fn answer_batch(&self, batched: &Batched, routed: &Routed) -> Answer {
        let said = self.asked_batch(batched, routed).await;
        let is_refused = said.is_err();
        let mut answer = self.engine.revisited(routed, Revisited { said, job: None, due: Vec::new() });
        if is_refused {
            Arc::make_mut(&mut answer.outcome).error = Some("job_refused");
        }
        answer
    }

    async fn asked_batch(&self, batched: &Batched, routed: &Routed) -> Result<Rendered, Failure> {
        let call = &routed.call;
        batched.dialect.admits(call)?;
        let batches = self.jobs.batches().await.map_err(|error| {
            tracing::warn!("batches cannot be kept: {error}");
            Failure::of(503).saying(error.to_string())
        })?;
        let asking = Asking {
            provider: routed.provider.name(),
            api: batched.api,
            call,
            caller: Caller::of(&call.headers, &self.jobs),
            base: batched.base.clone(),
            session: routed.selectors.session.as_deref(),
        };
        batches.answer(&batched.called, &asking).await
    }
}

// === impl Batched ===

impl Batched {
    /// The call as the gate sees it: what the header fields of a submission say is about its lines.
    pub(super) fn at_the_gate<'r>(&self, routed: &'r Routed) -> Cow<'r, Routed> {
        if self.called != BatchCall::Submit {
            return Cow::Borrowed(routed);
        }
        let of_lines = [PACE_HEADER, FAULT_HEADER, SEED_HEADER];
        let is_of_lines = |name: &str| of_lines.iter().any(|of| name.eq_ignore_ascii_case(of));
        let mut own = routed.clone();
        own.call.headers =
            routed.call.headers.iter().filter(|(name, _)| !is_of_lines(name)).collect::<Headers>();
        Cow::Owned(own)
    }
}
