//! What a server before this one left, before anything new is submitted.

use super::{Work, tidy};
use crate::jobs::store::{Batch, Filter, Keyholder, StoreError};
use crate::jobs::{OnRestart, Stage};

/// How many jobs are looked at together.
const TOGETHER: usize = 1_000;

// === impl Work ===

impl Work {
    /// Takes over what was left, or leaves it as it is.
    pub(super) async fn inherit(&self) {
        match self.jobs.rules.on_restart {
            OnRestart::Resume => tidy::reclaimed(self).await,
            OnRestart::Abandon => {
                // What was given back by a stop is processing, and nobody's.
                for stage in [Stage::Pending, Stage::Processing] {
                    if let Err(error) = self.abandon(stage).await {
                        tracing::warn!("jobs that are {} cannot be left as they are: {error}", stage.name());
                    }
                }
            }
        }
    }

    /// Leaves jobs as they are, for ever.
    async fn abandon(&self, stage: Stage) -> Result<(), StoreError> {
        let mut filter = Filter {
            stage: Some(stage),
            kind: None,
            owner: Keyholder::Any,
            batch: Batch::Any,
            limit: TOGETHER,
            after: None,
        };
        loop {
            let now = self.jobs.clock.now();
            let Some(page) = self.store.list(filter.clone(), now).await? else { return Ok(()) };
            // All are asked for before the first is waited for, so that they are written together.
            let held: Vec<_> = page.jobs.iter().map(|job| self.store.hold(job.id, now)).collect();
            for answer in held {
                answer.await?;
            }
            filter.after = page.jobs.last().map(|job| job.id);
            if !page.more {
                return Ok(());
            }
        }
    }
}
