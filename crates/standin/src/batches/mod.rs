//! Batches: many calls, submitted together, and the files that they are read from and written to.
//!
//! ```text
//! serve    a call of a vendor's API of batches -> what it is answered
//! run      claims batches and answers their lines      results   lines -> the files that are downloaded
//! works    the thread that does                             tell      their ends, to webhooks
//! store/   where files, batches and lines are kept     rules     how many of what
//! ```

mod results;
mod rules;
mod run;
mod serve;
mod store;
mod tell;
#[cfg(test)]
mod tests;
mod works;

pub(crate) use rules::BatchRules;
pub(crate) use serve::Asking;
pub(crate) use store::{BatchStore, MemoryBatches};
#[cfg(feature = "sqlite")]
pub(crate) use store::{SqliteBatches, lapse};
pub(crate) use works::Works;

use crate::jobs::store::Answer;
use crate::jobs::webhook::Courier;
use jiff::Timestamp;
use standin_core::batches::{Fence, Step};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, RwLock, watch};

/// Tells the time.
pub(crate) type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Keeps batches, answers calls about them, and runs them.
pub(crate) struct Batches {
    store: Arc<dyn BatchStore>,
    rules: BatchRules,
    now: Now,
    /// Makes bytes that nobody can guess.
    random: fn() -> [u8; 16],
    /// Who this is among those who share the store.
    owner: String,
    /// There may be a batch to begin.
    submitted: Notify,
    /// There may be an end to tell.
    ended: Notify,
    /// Who tells the ends of batches, where somebody does.
    courier: Option<Arc<Courier>>,
    /// Counts what may concern those who run batches: they look at theirs.
    looks: watch::Sender<u64>,
    /// What shows that a batch is run here.
    held: Mutex<BTreeMap<String, Held>>,
    /// Read from a claim until what was claimed is held, and written while the time is moved on: nothing is claimed
    /// before and unknown to be held after.
    still: RwLock<()>,
}

/// A batch that is worked on here.
#[derive(Debug, Clone)]
struct Held {
    fence: Fence,
    /// For how long it is its holder's, from whenever that is heard of.
    lease: Duration,
}

// === impl Batches ===

impl Batches {
    pub(crate) fn new(
        store: Arc<dyn BatchStore>,
        rules: BatchRules,
        now: Now,
        random: fn() -> [u8; 16],
    ) -> Self {
        let owner = id("run-", 32, random);
        let looks = watch::Sender::new(0);
        let (submitted, ended) = (Notify::new(), Notify::new());
        let (held, still) = (Mutex::default(), RwLock::default());
        Batches { store, rules, now, random, owner, submitted, ended, courier: None, looks, held, still }
    }

    /// The same, of which the ends are told.
    pub(crate) fn told_by(self, courier: Courier) -> Self {
        Batches { courier: Some(Arc::new(courier)), ..self }
    }

    /// Whoever runs a batch here asks the store about it at once.
    pub(crate) fn look(&self) {
        self.looks.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Moves the time on, and before it the leases of batches that are worked on here: who holds them is alive.
    pub(crate) async fn move_on(&self, by: Duration, clock: impl FnOnce()) {
        let _moving = self.still.write().await;
        let held: Vec<Held> = self.held().values().cloned().collect();
        for Held { fence, lease } in held {
            let until = self.now().checked_add(lease.saturating_add(by)).unwrap_or(Timestamp::MAX);
            // One that has ended meanwhile needs no lease.
            let _ = self.store.step(fence.id.clone(), Step::Renew { fence, until }, self.now()).await;
        }
        clock();
        self.look();
    }

    /// Forgets all batches and files.
    pub(crate) fn clear(&self) -> Answer<()> {
        self.store.clear()
    }

    fn hold(&self, fence: &Fence, lease: Duration) {
        self.held().insert(fence.id.clone(), Held { fence: fence.clone(), lease });
    }

    fn let_go(&self, fence: &Fence) {
        let mut held = self.held();
        if held.get(&fence.id).is_some_and(|held| held.fence == *fence) {
            held.remove(&fence.id);
        }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Timestamp {
        (self.now)()
    }

    fn id(&self, prefix: &str, length: usize) -> String {
        id(prefix, length, self.random)
    }
}

impl std::fmt::Debug for Batches {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batches")
            .field("store", &self.store)
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

/// A prefix, and so many hexadecimal digits.
fn id(prefix: &str, length: usize, random: fn() -> [u8; 16]) -> String {
    let mut id = String::with_capacity(prefix.len() + length + 32);
    id.push_str(prefix);
    while id.len() < prefix.len() + length {
        id.push_str(&format!("{:032x}", u128::from_be_bytes(random())));
    }
    id.truncate(prefix.len() + length);
    id
}
