//! From content keys to interactions.

use super::key::{ContentKey, call_keys, stored_call_keys};
use super::rules::MatchRules;
use crate::call::Call;
use std::collections::HashMap;

/// Interactions by content key; those of one key keep a given order.
#[derive(Debug, Clone)]
pub struct Index<T> {
    // Looked up, never iterated: order comes from the lists.
    entries: HashMap<ContentKey, Vec<T>>,
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Index { entries: HashMap::new() }
    }
}

// === impl Index ===

impl<T: Ord> Index<T> {
    /// Adds an interaction under a key, in the place that its order gives it.
    pub fn insert(&mut self, key: ContentKey, item: T) {
        let list = self.entries.entry(key).or_default();
        if let Err(at) = list.binary_search(&item) {
            list.insert(at, item);
        }
    }

    /// Takes an interaction out again.
    pub fn remove(&mut self, key: ContentKey, item: &T) {
        if let Some(list) = self.entries.get_mut(&key) {
            list.retain(|known| known != item);
            if list.is_empty() {
                self.entries.remove(&key);
            }
        }
    }

    /// The interactions that a call finds, in order: as it came or, where there are none, as it would be
    /// stored.
    #[must_use]
    pub fn look_up(&self, call: &Call, rules: &MatchRules) -> &[T] {
        match self.find(&call_keys(call, rules)) {
            [] => self.find(&stored_call_keys(call, rules)),
            found => found,
        }
    }

    /// The interactions of the first key that has any, in order.
    #[must_use]
    pub fn find(&self, keys: &[ContentKey]) -> &[T] {
        keys.iter().find_map(|key| self.entries.get(key)).map_or(&[], Vec::as_slice)
    }
}
