//! Answers that may be asked for again by their ids, bounded in number.

use standin_core::dialect::Kept;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Kept answers by session and id; calls without a session share one place.
#[derive(Debug, Default)]
pub(crate) struct KeptAnswers(Mutex<Inner>);

type Key = (Option<Arc<str>>, String);

#[derive(Debug, Default)]
struct Inner {
    answers: HashMap<Key, Kept>,
    /// The oldest goes first.
    order: VecDeque<Key>,
}

/// Answers that are kept at most.
const MOST: usize = 10_000;

// === impl KeptAnswers ===

impl KeptAnswers {
    /// Keeps an answer; one with the same id is replaced.
    pub(crate) fn keep(&self, session: Option<&Arc<str>>, kept: Kept) {
        let mut inner = self.lock();
        let key = (session.cloned(), kept.id.clone());
        if inner.answers.insert(key.clone(), kept).is_none() {
            inner.order.push_back(key);
        }
        if inner.order.len() > MOST
            && let Some(oldest) = inner.order.pop_front()
        {
            inner.answers.remove(&oldest);
        }
    }

    /// Looks at an answer, and changes it.
    pub(crate) fn with<T>(
        &self,
        session: Option<&Arc<str>>,
        id: &str,
        look: impl FnOnce(Option<&mut Kept>) -> T,
    ) -> T {
        look(self.lock().answers.get_mut(&(session.cloned(), id.to_owned())))
    }

    /// Forgets what a session was answered.
    pub(crate) fn forget(&self, session: &Arc<str>) {
        let mut inner = self.lock();
        inner.answers.retain(|(of, _), _| of.as_ref() != Some(session));
        inner.order.retain(|(of, _)| of.as_ref() != Some(session));
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        *self.lock() = Inner::default();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
