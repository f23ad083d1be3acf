//! Counting: how often the same call came, and how many calls each fault has looked at.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Counts that are kept while there is room for them.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    calls: Mutex<Counts>,
    rules: Mutex<Counts>,
}

/// Counts by digest. The older half is forgotten when there is no more room.
#[derive(Debug, Default)]
struct Counts {
    young: HashMap<u128, u64>,
    old: HashMap<u128, u64>,
}

/// Digests in each half. A test's calls are far fewer; a load test's are, but for retries, each new.
const HALF: usize = 50_000;

// === impl Counts ===

impl Counts {
    fn count(&mut self, digest: u128) -> u64 {
        let before = self.young.get(&digest).or_else(|| self.old.get(&digest)).copied().unwrap_or(0);
        if self.young.len() >= HALF && !self.young.contains_key(&digest) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest, before + 1);
        before + 1
    }
}

// === impl Attempts ===

impl Attempts {
    /// How often this call came, this time included.
    pub(super) fn of_call(&self, digest: u128) -> u64 {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).count(digest)
    }

    /// How many calls this rule has looked at, this one included.
    pub(super) fn of_rule(&self, digest: u128) -> u64 {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).count(digest)
    }

    pub(super) fn clear(&self) {
        for counts in [&self.calls, &self.rules] {
            *counts.lock().unwrap_or_else(PoisonError::into_inner) = Counts::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_again_is_not_forgotten() {
        let mut counts = Counts::default();
        let mut expected = 0;
        for digest in 1_000..(1_000 + 3 * HALF as u128) {
            counts.count(digest);
            if digest % 1_000 == 0 {
                expected += 1;
                assert_eq!(counts.count(7), expected);
            }
        }
        assert!(counts.young.len() + counts.old.len() <= 2 * HALF + 1);
        assert_eq!(counts.count(1_000), 1, "the oldest makes room");
    }
}
