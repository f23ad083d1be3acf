//! A call that is under way.

use super::Shared;
use super::table::Held;
use standin_core::shape::{Cost, LimitRule, Standing};
use std::sync::Arc;
use tokio::time::Instant;

/// What a call took of its limits. Dropped when the call ends, it gives its slots back, and what the answer was
/// allowed to say where nobody settled what it said.
#[derive(Debug, Default)]
#[must_use = "a call that is dropped has ended"]
pub(crate) struct Admitted {
    shared: Option<Arc<Shared>>,
    held: Vec<Held>,
    cost: Cost,
    is_settled: bool,
}

// === impl Admitted ===

impl Admitted {
    pub(super) fn new(shared: Arc<Shared>, held: Vec<Held>, cost: Cost) -> Self {
        Admitted { shared: Some(shared), held, cost, is_settled: false }
    }

    /// Takes what the answer said in place of what it was allowed to say. Once: later ones change nothing.
    pub(crate) fn settle(&mut self, output_tokens: u64, now: Instant) {
        if let Some(shared) = self.shared.as_ref().filter(|_| !self.is_settled) {
            let now = shared.since_start(now);
            let mut table = shared.table();
            for held in &self.held {
                if let Some(account) = table.account(held) {
                    account.settle(self.cost, output_tokens, now);
                }
            }
            self.is_settled = true;
        }
    }

    /// Whether the tokens of an answer count.
    pub(crate) fn reads_answer(&self) -> bool {
        self.shared.as_ref().is_some_and(|shared| shared.rules.iter().any(LimitRule::reads_answer))
    }

    /// What is left for the next call of the same caller.
    pub(crate) fn standing(&self, now: Instant) -> Standing {
        let Some(shared) = &self.shared else { return Standing::default() };
        let places: Vec<_> = self.held.iter().map(|held| held.place).collect();
        shared.table().standing(&places, shared.since_start(now))
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let Some(shared) = &self.shared else { return };
        let mut table = shared.table();
        for held in &self.held {
            if let Some(account) = table.account(held) {
                if !self.is_settled {
                    account.unsaid(self.cost);
                }
                account.release();
            }
        }
    }
}
