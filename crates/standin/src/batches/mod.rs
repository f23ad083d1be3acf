//! Batches: many calls, submitted together, and the files that they are read from and written to.
//!
//! ```text
//! serve    a call of a vendor's API of batches -> what it is answered
//! run      claims batches and answers their lines      results   lines -> the files that are downloaded
//! store/   where files, batches and lines are kept     rules     how many of what
//! ```

mod results;
mod rules;
mod run;
mod serve;
pub(crate) mod store;
#[cfg(test)]
mod tests;

pub(crate) use rules::BatchRules;
pub(crate) use run::{BatchedCall, Execute};
pub(crate) use serve::Asking;

use jiff::Timestamp;
use std::sync::Arc;
use store::BatchStore;
use tokio::sync::{Notify, watch};

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
    /// Counts cancellations: whoever runs a batch looks whether it is theirs.
    cancelled: watch::Sender<u64>,
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
        let cancelled = watch::Sender::new(0);
        Batches { store, rules, now, random, owner, submitted: Notify::new(), cancelled }
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
