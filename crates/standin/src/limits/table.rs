//! The accounts of all callers, bounded in number: anybody may come with another key or model.

use super::Place;
use standin_core::shape::{Account, Cost, LimitRule, Standing};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Duration;

/// Accounts by rule and caller.
#[derive(Debug, Default)]
pub(super) struct Table {
    accounts: HashMap<Place, Kept>,
    /// Tells an account from the ones that were in its place before.
    opened: u64,
}

#[derive(Debug)]
struct Kept {
    account: Account,
    serial: u64,
    /// When it was last asked.
    touched: Duration,
}

/// An account that a call took something of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held {
    pub(super) place: Place,
    serial: u64,
}

/// Accounts that are kept at most, but for those of calls under way.
pub(super) const MOST: usize = 10_000;
/// Where there are too many, so many stay: making room for one at a time would look at all of them each time.
pub(super) const STAY: usize = MOST / 4 * 3;

// === impl Table ===

impl Table {
    /// Makes room for these places where they are new and there are too many: accounts of which nothing is used go
    /// first, which loses nothing, and then those that were not asked for longest. Slots that are taken stay.
    pub(super) fn make_room(&mut self, places: &[Place], now: Duration) {
        if self.accounts.len() < MOST || places.iter().all(|place| self.accounts.contains_key(place)) {
            return;
        }
        self.accounts.retain(|_, kept| !kept.account.is_unused(now));
        let free = self.accounts.iter().filter(|(_, kept)| !kept.account.is_running());
        let mut oldest: Vec<(Duration, u64, Place)> =
            free.map(|(place, kept)| (kept.touched, kept.serial, *place)).collect();
        oldest.sort_unstable();
        for (_, _, place) in oldest.iter().take(self.accounts.len().saturating_sub(STAY)) {
            self.accounts.remove(place);
        }
    }

    /// The account of a place, a new one where there is none.
    pub(super) fn open(&mut self, place: Place, rule: &LimitRule, now: Duration) -> &mut Account {
        let kept = match self.accounts.entry(place) {
            Entry::Occupied(kept) => kept.into_mut(),
            Entry::Vacant(vacant) => {
                self.opened += 1;
                vacant.insert(Kept { account: Account::new(rule, now), serial: self.opened, touched: now })
            }
        };
        kept.touched = kept.touched.max(now);
        &mut kept.account
    }

    /// Takes what a call costs of an account that is open.
    pub(super) fn take(&mut self, place: Place, cost: Cost, now: Duration) -> Option<Held> {
        let kept = self.accounts.get_mut(&place)?;
        kept.account.take(cost, now);
        Some(Held { place, serial: kept.serial })
    }

    /// The account that a call took something of; `None` where it is forgotten.
    pub(super) fn account(&mut self, held: &Held) -> Option<&mut Account> {
        let kept = self.accounts.get_mut(&held.place).filter(|kept| kept.serial == held.serial)?;
        Some(&mut kept.account)
    }

    /// What is left in some places.
    pub(super) fn standing(&mut self, places: &[Place], now: Duration) -> Standing {
        let mut allowances = Vec::new();
        for place in places {
            if let Some(kept) = self.accounts.get_mut(place) {
                allowances.extend(kept.account.allowances(now));
            }
        }
        Standing { allowances }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.accounts.clear();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.accounts.len()
    }
}
