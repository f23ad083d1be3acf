//! What the same bytes were answered: a repeated request costs a hash and a comparison, not a parse.

use super::answer::Answer;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Answers by the exact bytes that decide them.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    inner: RwLock<Inner>,
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
        if key.len() > LONGEST {
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
}
