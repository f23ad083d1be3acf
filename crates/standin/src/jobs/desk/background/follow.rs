//! The events of an answer that a job makes, as they happen.

use super::super::Jobs;
use super::super::follow::ASK_AGAIN;
use super::BackgroundPlan;
use crate::jobs::store::{Changes, JobStore};
use crate::jobs::{Job, JobId};
use bytes::Bytes;
use jiff::Timestamp;
use standin_core::dialect::Dialect;
use standin_core::{Beat, Timeline};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Events on their way to somebody who reads slowly.
const AHEAD: usize = 16;

/// Events that somebody waits for.
pub(crate) struct Followed {
    pub(crate) job: JobId,
    /// The number of the first of them.
    pub(crate) from: usize,
    /// They, due from the job's start.
    pub(crate) events: Timeline,
    pub(crate) dialect: &'static dyn Dialect,
}

/// How an event is waited for.
enum Waited {
    Due,
    /// The job may have changed.
    Changed,
    /// Nobody reads any more.
    Left,
}

// === impl Jobs ===

impl Jobs {
    /// Tells events as they happen.
    pub(crate) fn follow(self: &Arc<Self>, followed: Followed) -> mpsc::Receiver<Bytes> {
        let (tell, told) = mpsc::channel(AHEAD);
        let jobs = Arc::clone(self);
        tokio::spawn(async move {
            if let Some(store) = jobs.opened() {
                jobs.tell_all(&**store, &followed, &tell).await;
            }
        });
        told
    }

    async fn tell_all(&self, store: &dyn JobStore, followed: &Followed, tell: &mpsc::Sender<Bytes>) {
        let Followed { job: id, from, events, dialect } = followed;
        let mut changes = store.wakes().changes();
        let Ok(Some(looked)) = store.look(*id).await else { return };
        let Some(plan) = BackgroundPlan::read(&looked.request) else { return };
        let mut sent = 0;
        // What was deleted is followed no further.
        while let Ok(Some(job)) = store.find(*id, self.clock.now()).await {
            while let Some(beat) = events.beats.get(sent) {
                let place = from + sent;
                if plan.is_overruled(&job) {
                    return tell_rest(plan.told(&job, *dialect, place), place, tell).await;
                }
                match self.event_due(&mut changes, &plan, &job, (place, beat), tell).await {
                    Waited::Due if tell.send(beat.send.clone()).await.is_ok() => sent += 1,
                    Waited::Changed => break,
                    Waited::Due | Waited::Left => return,
                }
            }
            if sent == events.beats.len() {
                return;
            }
        }
    }

    /// Waits for an event, or for what may make it another one.
    async fn event_due(
        &self,
        changes: &mut Changes,
        plan: &BackgroundPlan,
        job: &Job,
        (place, beat): (usize, &Beat),
        tell: &mpsc::Sender<Bytes>,
    ) -> Waited {
        let is_free = plan.frees(place, job);
        let due = if is_free { BackgroundPlan::due(place, beat.at, job) } else { Some(Timestamp::MAX) };
        match due {
            None => return Waited::Due,
            Some(due) if due <= self.clock.now() => return Waited::Due,
            Some(_) => {}
        }
        let due = async {
            match due.filter(|_| is_free) {
                Some(due) => self.clock.wait_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = due => Waited::Due,
            () = changes.of(job.id) => Waited::Changed,
            () = tokio::time::sleep(ASK_AGAIN) => Waited::Changed,
            () = tell.closed() => Waited::Left,
        }
    }
}

/// Tells the events from one on, all at once.
async fn tell_rest(events: Vec<Bytes>, from: usize, tell: &mpsc::Sender<Bytes>) {
    for event in events.into_iter().skip(from) {
        if tell.send(event).await.is_err() {
            return;
        }
    }
}
