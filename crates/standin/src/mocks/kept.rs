//! Answers that may be asked for again by their ids, bounded in number and in bytes.

use standin_core::dialect::Kept;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Kept answers by session and id; calls without a session share one place.
#[derive(Debug, Default)]
pub(crate) struct KeptAnswers(Mutex<Inner>);

type Key = (Option<Arc<str>>, String);

#[derive(Debug, Default)]
struct Inner {
    answers: HashMap<Key, (Kept, usize)>,
    /// The oldest goes first.
    order: VecDeque<Key>,
    /// What all of them take, about.
    bytes: usize,
}

/// Answers that are kept at most.
const MOST: usize = 10_000;
/// Bytes of JSON that are kept at most; the latest answer always is.
const MOST_BYTES: usize = 64 << 20;

/// The bytes of an answer and of what it answered, as JSON.
fn size(kept: &Kept) -> usize {
    let input: usize = kept.input.iter().map(|item| item.to_string().len()).sum();
    kept.object.to_string().len() + input
}

// === impl Inner ===

impl Inner {
    fn forget(&mut self, key: &Key) {
        if let Some((_, size)) = self.answers.remove(key) {
            self.bytes -= size;
        }
    }
}

// === impl KeptAnswers ===

impl KeptAnswers {
    /// Keeps an answer; one with the same id is replaced.
    pub(crate) fn keep(&self, session: Option<&Arc<str>>, kept: Kept) {
        let size = size(&kept);
        let mut inner = self.lock();
        let key = (session.cloned(), kept.id.clone());
        inner.bytes += size;
        match inner.answers.insert(key.clone(), (kept, size)) {
            Some((_, before)) => inner.bytes -= before,
            None => inner.order.push_back(key),
        }
        while (inner.order.len() > MOST || inner.bytes > MOST_BYTES) && inner.order.len() > 1 {
            let Some(oldest) = inner.order.pop_front() else { break };
            inner.forget(&oldest);
        }
    }

    /// Looks at an answer, and changes it.
    pub(crate) fn with<T>(
        &self,
        session: Option<&Arc<str>>,
        id: &str,
        look: impl FnOnce(Option<&mut Kept>) -> T,
    ) -> T {
        look(self.lock().answers.get_mut(&(session.cloned(), id.to_owned())).map(|(kept, _)| kept))
    }

    /// Forgets what a session was answered.
    pub(crate) fn forget(&self, session: &Arc<str>) {
        let mut inner = self.lock();
        let (gone, left) = std::mem::take(&mut inner.order)
            .into_iter()
            .partition::<VecDeque<_>, _>(|(of, _)| of.as_ref() == Some(session));
        inner.order = left;
        for key in &gone {
            inner.forget(key);
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        *self.lock() = Inner::default();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use standin_core::dialect::Options;

    fn kept(id: &str, bytes: usize) -> Kept {
        Kept {
            id: id.to_owned(),
            object: json!("x".repeat(bytes)),
            input: Vec::new(),
            turns: 1,
            turns_since_user: 1,
            user: None,
            options: Options::default(),
            pending: None,
            deleted: false,
        }
    }

    fn holds(answers: &KeptAnswers, session: Option<&Arc<str>>, id: &str) -> bool {
        answers.with(session, id, |kept| kept.is_some())
    }

    #[test]
    fn the_oldest_make_room() {
        let answers = KeptAnswers::default();
        for id in ["a", "b", "c"] {
            answers.keep(None, kept(id, MOST_BYTES / 2 - 1024));
        }
        assert_eq!(["a", "b", "c"].map(|id| holds(&answers, None, id)), [false, true, true]);
        answers.keep(None, kept("huge", 2 * MOST_BYTES));
        assert_eq!(["b", "c", "huge"].map(|id| holds(&answers, None, id)), [false, false, true]);
    }

    #[test]
    fn a_session_takes_its_answers_with_it() {
        let answers = KeptAnswers::default();
        let session: Arc<str> = "s".into();
        answers.keep(Some(&session), kept("a", 1));
        answers.keep(None, kept("a", 1));
        answers.forget(&session);
        assert!(!holds(&answers, Some(&session), "a") && holds(&answers, None, "a"));
        assert_eq!(answers.lock().bytes, 3);
    }
}
