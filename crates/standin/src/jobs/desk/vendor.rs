//! Jobs at providers' own paths.

use super::submit::Accepted;
use super::{Asked, Jobs, Said, Shown, unavailable};
use crate::jobs::work::Plan;
use crate::jobs::{Job, kept_kind};
use bytes::Bytes;
use standin_providers::bifrost::{ErrorObject, Integration, View, integration_submission};
use std::sync::Arc;

// === impl Jobs ===

impl Jobs {
    /// A call at a provider's own path: it asks for the job with an id, or becomes one.
    pub(super) async fn vendor(
        self: &Arc<Self>,
        asked: &Asked,
        integration: Integration,
        id: Option<String>,
        body: &Bytes,
    ) -> Result<Said, ErrorObject> {
        let job = match id {
            Some(id) => self.polled(asked, Some(integration.kind()), &id).await?,
            None => {
                let mut submission =
                    integration_submission(integration, &asked.headers, body, &self.rules.models)?;
                submission.run.path = format!("/{}{}", integration.mount(), submission.run.path);
                match self.accept(asked, submission).await? {
                    // However far it is by now: who submits it is told that it waits.
                    Accepted::New(job) | Accepted::Same(job) => job,
                }
            }
        };
        let model = self.model_of(&job).await?;
        let shown = Shown::new(job);
        let view = View { job: shown.envelope(), model: &model };
        Ok(Said::of(view.answer(integration, self.rules.manner)).about(shown.job.id))
    }

    /// The model that a job asks, as it was submitted.
    async fn model_of(&self, job: &Job) -> Result<String, ErrorObject> {
        let looked = self.kept()?.look(job.id).await.map_err(|error| unavailable(&error))?;
        let kind = super::wire_kind(job.kind);
        debug_assert_eq!(kept_kind(kind), job.kind, "kinds are named alike");
        Ok(looked.map(|inspected| Plan::of(kind, &inspected.request).model.model).unwrap_or_default())
    }
}
