//! Webhooks in memory.

use crate::jobs::store::asked::DeliveryClaimant;
use bytes::Bytes;
use jiff::Timestamp;
use standin_core::jobs::{Attempted, Delivery, DeliveryFence};
use std::collections::{BTreeMap, BTreeSet};

/// Webhooks, by the places of their jobs.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    rows: BTreeMap<u64, Delivery>,
    /// When each may be taken.
    ready: BTreeSet<(Timestamp, u64)>,
}

// === impl Deliveries ===

impl Deliveries {
    pub(super) fn add(&mut self, seq: u64, delivery: Delivery) {
        self.rows.insert(seq, delivery);
    }

    pub(super) fn of(&self, seq: u64) -> Option<&Delivery> {
        self.rows.get(&seq)
    }

    pub(super) fn is_open(&self, seq: u64) -> bool {
        self.of(seq).is_some_and(Delivery::is_open)
    }

    pub(super) fn remove(&mut self, seq: u64) {
        if let Some(ready) = self.rows.remove(&seq).and_then(|gone| gone.ready()) {
            self.ready.remove(&(ready, seq));
        }
    }

    /// A job has ended. Answers whether there is something to tell.
    pub(super) fn begin(&mut self, seq: u64, now: Timestamp) -> bool {
        self.alter(seq, |row| row.begin(now)).is_some() && self.is_open(seq)
    }

    /// The place of the one that is taken, or when there is one to take.
    pub(super) fn claim(
        &mut self,
        claimant: &DeliveryClaimant,
        now: Timestamp,
    ) -> Result<(u64, DeliveryFence), Option<Timestamp>> {
        let mut ready = self.ready.range(..=(now, u64::MAX)).map(|(_, seq)| *seq);
        let oldest = ready.find(|seq| self.of(*seq).is_some_and(|row| !claimant.busy.contains(row.origin())));
        let claimed = oldest.and_then(|seq| {
            let fence = self.alter(seq, |row| row.claim(&claimant.owner, now, claimant.lease))?;
            Some((seq, fence))
        });
        claimed.ok_or_else(|| self.ready.iter().map(|(at, _)| *at).find(|at| *at > now))
    }

    pub(super) fn report(&mut self, seq: u64, fence: &DeliveryFence, attempted: Attempted) -> Option<Bytes> {
        self.alter(seq, |row| row.report(fence, attempted))?
    }

    fn alter<T>(&mut self, seq: u64, change: impl FnOnce(&mut Delivery) -> T) -> Option<T> {
        let row = self.rows.get_mut(&seq)?;
        if let Some(ready) = row.ready() {
            self.ready.remove(&(ready, seq));
        }
        let answer = change(row);
        if let Some(ready) = row.ready() {
            self.ready.insert((ready, seq));
        }
        Some(answer)
    }
}
