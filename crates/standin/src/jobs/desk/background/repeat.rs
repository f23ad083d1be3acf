//! The same call, sent again with the key that it had before: it is answered with what it made then.

use super::super::submit::idempotency_key;
use super::super::{Jobs, unavailable};
use super::revisit::{WHOLE, streamed};
use super::{BackgroundPlan, Told};
use crate::engine::Revisited;
use crate::jobs::Job;
use crate::jobs::store::{Idempotency, StoreError, Submitted};
use crate::jobs::work::Taken;
use http::request::Parts;
use serde_json::Value;
use standin_core::Headers;
use standin_core::dialect::{Dialect, Failure, Rendered, RenderedBody, Revisit};
use standin_core::matching::canonical_json;
use standin_providers::bifrost::ErrorObject;

/// What tells a call from the same one, sent again; `None` where it has no key.
pub(super) fn key(head: &Parts, headers: &Headers, body: &[u8]) -> Result<Option<Idempotency>, ErrorObject> {
    let Some(key) = idempotency_key(headers)? else { return Ok(None) };
    let mut canonical = Vec::with_capacity(body.len());
    match serde_json::from_slice(body) {
        Ok(json) => canonical_json(&json, &mut canonical),
        Err(_) => canonical.extend_from_slice(body),
    }
    Ok(Some(Idempotency {
        scope: format!("background\n{}", head.uri.path()),
        key: key.to_owned(),
        fingerprint: *blake3::hash(&canonical).as_bytes(),
    }))
}

// === impl Jobs ===

impl Jobs {
    /// What is said to a call whose key was used before; `None` where it was not, or has none.
    pub(crate) async fn repeated(
        &self,
        head: &Parts,
        headers: &Headers,
        body: &[u8],
        dialect: &'static dyn Dialect,
    ) -> Option<Revisited> {
        let store = self.opened()?;
        // A key that is none is refused where the answer would be kept.
        let asked = key(head, headers, body).ok().flatten()?;
        let repeated = match store.known(asked, self.clock.now()).await {
            Ok(None) => return None,
            Ok(Some(Submitted::Same(job))) => {
                let body: Value = serde_json::from_slice(body).unwrap_or_default();
                let told = if body["stream"] == true { Told::Events } else { Told::Queued };
                self.again(&job, dialect, told).await
            }
            Ok(Some(Submitted::Conflict | Submitted::New(_) | Submitted::Full)) => {
                return Some(Revisited::refused(ErrorObject::other_request_of_key()));
            }
            Err(error) => Err(error),
        };
        Some(repeated.unwrap_or_else(|error| Revisited::refused(unavailable(&error))))
    }

    /// An answer that a job makes, to a call that asked for it before.
    pub(super) async fn again(
        &self,
        job: &Job,
        dialect: &'static dyn Dialect,
        told: Told,
    ) -> Result<Revisited, StoreError> {
        self.tally.submitted(Taken::Same);
        let looked = match self.opened() {
            Some(store) => store.look(job.id).await?,
            None => None,
        };
        let Some(plan) = looked.and_then(|looked| BackgroundPlan::read(&looked.request)) else {
            // It expired in between.
            return Ok(Revisited::refused(ErrorObject::key_in_use()));
        };
        let id = plan.id().to_owned();
        let say = |kept: &mut _, query| dialect.revisit(Revisit::Get, &id, Some(kept), query);
        Ok(match told {
            Told::Queued => Revisited::told(say(&mut plan.at(job, dialect), None), job.id),
            Told::Events => match say(&mut plan.kept.clone(), Some(WHOLE)) {
                Ok(Rendered { content_type, body: RenderedBody::Frames(rest) }) => {
                    streamed(job, &plan, dialect, content_type, rest)
                }
                said => Revisited::told(said, job.id),
            },
        })
    }
}

// === impl Revisited ===

impl Revisited {
    /// That nothing is made.
    fn refused(error: ErrorObject) -> Self {
        let failure = Failure::of(error.status).saying(error.message);
        Revisited { said: Err(failure), job: None, due: Vec::new() }
    }
}
