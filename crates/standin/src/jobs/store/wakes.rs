//! Who waits for a change is woken by it, and asks the store again.

use jiff::Timestamp;
use standin_core::jobs::{JobId, Row, Run};
use tokio::sync::Notify;
use tokio::sync::broadcast::{self, error::RecvError};

/// Wakes those who wait for changes that are made through this store. What another process changes in a shared
/// file wakes nobody here, so who waits also asks again from time to time.
#[derive(Debug)]
pub struct Wakes {
    claimable: Notify,
    deliverable: Notify,
    changed: broadcast::Sender<JobId>,
}

/// Changes from the time on when this was asked for.
#[derive(Debug)]
pub struct Changes(broadcast::Receiver<JobId>);

/// What a change wakes.
#[derive(Debug, Default)]
pub(crate) struct Woken {
    /// Jobs that have changed.
    pub(super) changed: Vec<JobId>,
    /// How many of them may be claimed.
    pub(super) claimable: usize,
    /// Whether a webhook may be sent, now or later.
    pub(super) deliverable: bool,
}

/// How many changes somebody may be behind before they count as a change of everything.
const BEHIND: usize = 1024;

// === impl Wakes ===

impl Wakes {
    pub(super) fn new() -> Self {
        Wakes { claimable: Notify::new(), deliverable: Notify::new(), changed: broadcast::channel(BEHIND).0 }
    }

    /// Waits until there may be a job to claim. Each job that becomes claimable wakes one who waits here, and a
    /// single one is remembered where nobody does.
    pub async fn claimable(&self) {
        self.claimable.notified().await;
    }

    /// Waits until there may be a webhook to send, or another time when there is one. That is remembered where nobody
    /// waits here.
    pub async fn deliverable(&self) {
        self.deliverable.notified().await;
    }

    /// The changes from now on. Ask for them before the store is asked, and none is missed.
    #[must_use]
    pub fn changes(&self) -> Changes {
        Changes(self.changed.subscribe())
    }

    pub(super) fn wake(&self, woken: &Woken) {
        for _ in 0..woken.claimable {
            self.claimable.notify_one();
        }
        if woken.deliverable {
            self.deliverable.notify_one();
        }
        for id in &woken.changed {
            // Nobody may be waiting.
            let _ = self.changed.send(*id);
        }
    }
}

// === impl Woken ===

impl Woken {
    /// A job is like this now, and may have been claimable before.
    pub(super) fn of(&mut self, was_ready: Option<Timestamp>, row: &Row, is_told: bool) {
        if is_told {
            self.changed.push(row.job.id);
        }
        if matches!(row.run, Run::Free(_)) && row.ready().is_some() && row.ready() != was_ready {
            self.claimable += 1;
        }
    }
}

// === impl Changes ===

impl Changes {
    /// Waits until a job may have changed.
    pub async fn of(&mut self, id: JobId) {
        loop {
            match self.0.recv().await {
                Ok(changed) if changed != id => {}
                Ok(_) | Err(RecvError::Lagged(_)) => return,
                // The store has ended; asking it says so.
                Err(RecvError::Closed) => return,
            }
        }
    }
}
