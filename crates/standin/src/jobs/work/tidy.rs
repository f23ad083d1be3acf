//! What has to happen to jobs that nobody asks for.

use super::Work;
use super::tally::GivenBack;
use crate::jobs::Jobs;
use crate::jobs::store::{JobStore, StoreError};
use bytes::Bytes;
use standin_providers::bifrost::ErrorObject;
use std::sync::Arc;
use std::time::Duration;

/// How often results that have expired are removed. Nobody sees them before that either.
const PURGE_EVERY: Duration = Duration::from_secs(60);
/// How many are removed at once, so that nobody waits for it long.
const PURGED_AT_ONCE: usize = 100;

/// Takes jobs from those that were not heard of for too long, with each lease.
pub(super) async fn reclaim(work: Arc<Work>) {
    let clock = &work.jobs.clock;
    loop {
        clock.wait_until(clock.after(work.jobs.rules.lease)).await;
        reclaimed(&work).await;
    }
}

/// Takes jobs from those that were not heard of for too long.
pub(super) async fn reclaimed(work: &Work) {
    if let Err(error) = take_back(&work.jobs, &*work.store).await {
        tracing::warn!("interrupted jobs cannot be looked for: {error}");
    }
}

/// Takes jobs from those that were not heard of for too long.
pub(in crate::jobs) async fn take_back(jobs: &Jobs, store: &dyn JobStore) -> Result<(), StoreError> {
    let error = Bytes::from(ErrorObject::interrupted().to_bytes());
    let reclaimed = store.reclaim(jobs.clock.now(), jobs.rules.most_executions, error).await?;
    let lapsed = reclaimed.requeued + reclaimed.failed;
    jobs.tally.given_back(GivenBack::Lapsed, u64::try_from(lapsed).unwrap_or(u64::MAX));
    if lapsed > 0 {
        tracing::info!(
            "{lapsed} jobs were interrupted: {} are run again, {} have failed",
            reclaimed.requeued,
            reclaimed.failed
        );
    }
    Ok(())
}

/// Removes jobs whose results have expired.
pub(super) async fn purge(work: Arc<Work>) {
    let clock = &work.jobs.clock;
    loop {
        loop {
            match work.store.purge(clock.now(), PURGED_AT_ONCE).await {
                Ok(PURGED_AT_ONCE) => {}
                Ok(_) => break,
                Err(error) => {
                    tracing::warn!("expired jobs cannot be removed: {error}");
                    break;
                }
            }
        }
        clock.wait_until(clock.after(PURGE_EVERY)).await;
    }
}
