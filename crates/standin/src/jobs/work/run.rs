//! A job that was begun, until it ends or is given back.

use super::attempt::{Attempted, attempt};
use super::tally::GivenBack;
use super::{FAILED_PAUSE, Held, Stop, Work};
use crate::jobs::store::{Claimed, Renewed, StoreError};
use crate::jobs::{Attempt, Fence, Finished, JobId, Stage};
use standin_providers::bifrost::{ErrorObject, failed};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet};

/// Why an attempt is not waited for any longer.
enum Left {
    /// Its answer is there.
    Answered(Attempted),
    /// The job is somebody else's, or over.
    Lost,
    /// The server stops.
    Stopped,
}

/// How often an end is written again that a store did not take.
const WRITES: u32 = 20;
/// The longest wait before another attempt.
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);

/// Runs a job, which is held until that is over.
pub(super) async fn run(work: &Arc<Work>, claimed: Claimed, held: Held, stopped: watch::Receiver<Stop>) {
    let fence = claimed.fence.clone();
    let (kind, attempt, most) = (claimed.job.kind, claimed.job.attempt, claimed.job.max_attempts);
    let jobs = &work.jobs;
    jobs.tally.attempt();
    let waiting = waited(Arc::clone(work), claimed, Arc::clone(&held.woken), stopped);
    match unless_it_panics(waiting, fence.id).await {
        Left::Lost => tracing::info!("{} is run by somebody else, or over: its answer is dropped", fence.id),
        Left::Stopped => {
            jobs.tally.given_back(GivenBack::Stop, 1);
            let now = jobs.clock.now();
            if let Err(error) = work.store.release(fence.clone(), now, Attempt::Unspent, now).await {
                tracing::warn!("{} cannot be given back: {error}", fence.id);
            }
        }
        Left::Answered(attempted) if attempted.is_transient() && attempt < most => {
            jobs.tally.given_back(GivenBack::Retry, 1);
            let wait = backoff(jobs.rules.backoff, attempt).max(attempted.retry_after.unwrap_or_default());
            let released =
                work.store.release(fence.clone(), jobs.clock.after(wait), Attempt::Spent, jobs.clock.now());
            if let Err(error) = released.await {
                tracing::warn!("{} cannot be given back: {error}", fence.id);
            }
        }
        Left::Answered(Attempted { finished, .. }) => {
            let stage = match finished {
                Finished::Completed { .. } => Stage::Completed,
                Finished::Failed { .. } => Stage::Failed,
            };
            if end(work, &fence, finished).await {
                jobs.tally.ended(kind.name(), stage);
            }
        }
    }
}

/// What a job was left for; where whoever waits for it panics, that is its error as if its run had.
async fn unless_it_panics(waiting: impl Future<Output = Left> + Send + 'static, id: JobId) -> Left {
    tokio::spawn(waiting).await.unwrap_or_else(|error| Left::Answered(caught(Err(error), id)))
}

/// Waits for an attempt, and says meanwhile that somebody works on it.
async fn waited(
    work: Arc<Work>,
    claimed: Claimed,
    woken: Arc<Notify>,
    mut stopped: watch::Receiver<Stop>,
) -> Left {
    let fence = claimed.fence.clone();
    let rules = &work.jobs.rules;
    // A task of its own: where it panics, only this job fails. It ends with whoever waits for it.
    let mut attempting = JoinSet::new();
    attempting.spawn_on(attempt(Arc::clone(&work), claimed), &work.attempts);
    let mut late = std::pin::pin!(tokio::time::sleep(rules.timeout));
    loop {
        tokio::select! {
            Some(attempted) = attempting.join_next() => return Left::Answered(caught(attempted, fence.id)),
            () = late.as_mut() => {
                let message = format!("the run took longer than {:?}", rules.timeout);
                return Left::Answered(Attempted::of(failed(&ErrorObject::of(504, message).kind("request_timeout"))));
            }
            _ = stopped.wait_for(|stop| *stop == Stop::Now) => return Left::Stopped,
            () = woken.notified() => {}
            () = tokio::time::sleep(rules.lease / 3) => {}
        }
        let now = work.jobs.clock.now();
        match work.store.renew(fence.clone(), work.jobs.clock.after(rules.lease), now).await {
            Ok(Renewed::Held) => {}
            Ok(Renewed::Cancelled) => {
                return Left::Answered(Attempted::of(failed(&ErrorObject::cancelled())));
            }
            Ok(Renewed::Lost) => return Left::Lost,
            // Whether it is still ours is seen when it ends.
            Err(error) => tracing::warn!("{}: its lease cannot be prolonged: {error}", fence.id),
        }
    }
}

/// What an attempt came to; where it panicked, that is the job's error.
fn caught(attempted: Result<Attempted, JoinError>, id: JobId) -> Attempted {
    attempted.unwrap_or_else(|error| {
        tracing::error!("{id}: the run panicked: {error}");
        Attempted::of(failed(&ErrorObject::internal("the run of this job panicked")))
    })
}

/// Writes the end of a job, again where the store is busy. Whether it was ours to write.
async fn end(work: &Work, fence: &Fence, finished: Finished) -> bool {
    for _ in 0..WRITES {
        match work.store.finish(fence.clone(), finished.clone(), work.jobs.clock.now()).await {
            Ok(true) => return true,
            Ok(false) => {
                tracing::info!("{} is somebody else's, or over: its answer is dropped", fence.id);
                return false;
            }
            Err(StoreError::Ended) => return false,
            Err(error) => tracing::warn!("{}: its end cannot be written: {error}", fence.id),
        }
        tokio::time::sleep(FAILED_PAUSE).await;
        let until = work.jobs.clock.after(work.jobs.rules.lease);
        // Whether it is still ours is seen by the next write.
        let _ = work.store.renew(fence.clone(), until, work.jobs.clock.now()).await;
    }
    tracing::error!("{}: its end was not written; it is run again when its lease has passed", fence.id);
    false
}

/// The wait after so many attempts.
fn backoff(first: Duration, attempts: u32) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1))).min(LONGEST_BACKOFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let ms = Duration::from_millis;
        assert_eq!([1, 2, 3].map(|attempts| backoff(ms(500), attempts)), [ms(500), ms(1000), ms(2000)]);
        assert_eq!(backoff(ms(500), 40), LONGEST_BACKOFF);
    }

    #[tokio::test]
    async fn who_waits_and_panics_fails_the_job_as_its_run_would() {
        let left = unless_it_panics(async { panic!("a fault in the program") }, JobId::new([0; 16])).await;
        let Left::Answered(attempted) = left else { panic!("it has no answer") };
        assert!(matches!(attempted.finished, Finished::Failed { status_code: 500, .. }));
        let run = caught(tokio::spawn(async { panic!("another") }).await, JobId::new([0; 16]));
        assert_eq!(attempted.is_transient(), run.is_transient());
    }

    #[tokio::test]
    async fn a_run_that_panics_fails_its_job_and_nothing_else() {
        let attempting = tokio::spawn(async { panic!("a fault in the program") });
        let Finished::Failed { status_code, error } = caught(attempting.await, JobId::new([0; 16])).finished
        else {
            panic!("it has no answer");
        };
        let error: serde_json::Value = serde_json::from_slice(&error).unwrap();
        assert_eq!(
            (status_code, &error["error"]["message"]),
            (500, &"internal error: the run of this job panicked".into())
        );
    }
}
