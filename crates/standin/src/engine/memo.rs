//! What the same bytes were answered: a repeated request costs a hash and a comparison, not a parse.
//!
//! An answer is kept when its bytes come for the second time: bytes that never come again cost neither a lock for
//! all workers nor memory.

use super::answer::Answer;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Answers by the exact bytes that decide them.
#[derive(Debug)]
pub(crate) struct Memo {
    inner: RwLock<Inner>,
    /// A part of the hash of bytes that came once, in the place that another part says.
    once: Box<[AtomicU32]>,
    hasher: ahash::RandomState,
}

#[derive(Debug, Default)]
struct Inner {
    /// The library's generation that the answers come from.
    generation: u64,
    /// Clients choose the keys, so the hasher is seeded.
    answers: HashMap<Box<[u8]>, Arc<Answer>, ahash::RandomState>,
    bytes: usize,
}

/// Longer requests are looked up in the index.
const LONGEST: usize = 64 << 10;
/// Bytes that are kept; when they are used up, the memo starts again.
const MOST: usize = 8 << 20;
/// What an answer and its place in the map take beside the key, about.
const ENTRY: usize = 1 << 10;
/// Places for bytes that came once: several for each answer that there is room for, so that few share one.
const ONCE: usize = 1 << 15;

impl Default for Memo {
    fn default() -> Self {
        Memo {
            inner: RwLock::default(),
            once: std::iter::repeat_with(AtomicU32::default).take(ONCE).collect(),
            hasher: ahash::RandomState::new(),
        }
    }
}

// === impl Memo ===

impl Memo {
    pub(crate) fn find(&self, key: &[u8], generation: u64) -> Option<Arc<Answer>> {
        let inner = self.inner.read().unwrap_or_else(PoisonError::into_inner);
        if inner.generation != generation {
            return None;
        }
        inner.answers.get(key).cloned()
    }

    pub(crate) fn keep(&self, key: &[u8], generation: u64, answer: &Arc<Answer>) {
        if key.len() > LONGEST || !self.came_before(key) {
            return;
        }
        let cost = key.len() + ENTRY;
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        let full = inner.generation != generation || inner.bytes + cost > MOST;
        let old = full.then(|| std::mem::replace(&mut *inner, Inner { generation, ..Inner::default() }));
        inner.bytes += cost;
        inner.answers.insert(key.into(), Arc::clone(answer));
        // Thousands of answers are freed after the lock is.
        drop(inner);
        drop(old);
    }

    /// Whether this is most likely not the first time.
    fn came_before(&self, key: &[u8]) -> bool {
        let hash = self.hasher.hash_one(key);
        let (place, mark) = (hash as usize % ONCE, (hash >> 32) as u32);
        self.once.get(place).is_some_and(|once| once.swap(mark, Ordering::Relaxed) == mark)
    }
}

#[cfg(test)]
mod tests;
