//! Answers that may be asked for again by their ids, bounded in number and in size.

use serde_json::Value;
use standin_core::dialect::Kept;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Kept answers by session and id; calls without a session share one place.
#[derive(Debug, Default)]
pub(crate) struct KeptAnswers(Mutex<Inner>);

type Key = (Option<Arc<str>>, String);

#[derive(Debug, Default)]
struct Inner {
    answers: HashMap<Key, Entry>,
    /// The oldest goes first.
    order: VecDeque<Key>,
    /// What all of them take.
    bytes: usize,
}

/// A kept answer, and about how many bytes it takes.
#[derive(Debug)]
struct Entry {
    kept: Kept,
    bytes: usize,
    owner: Owner,
}

/// Who says whether an answer is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    /// Whoever has it here.
    Here,
    /// The job that made it. What is here is a copy for calls that go on from it, and tells nothing by itself.
    Job,
}

/// Answers that are kept at most.
const MOST: usize = 10_000;
/// Bytes that they take at most. The latest one is kept however large it is: it is the one that is continued.
const MOST_BYTES: usize = 256 << 20;

// === impl KeptAnswers ===

impl KeptAnswers {
    /// Keeps an answer; one with the same id is replaced.
    pub(crate) fn keep(&self, session: Option<&Arc<str>>, kept: Kept) {
        self.keep_for(session, kept, Owner::Here);
    }

    /// Keeps a copy of an answer that a job made, for calls that go on from it.
    pub(crate) fn recall(&self, session: Option<&Arc<str>>, kept: Kept) {
        self.keep_for(session, kept, Owner::Job);
    }

    /// Forgets the copy of an answer whose job is no longer there.
    pub(crate) fn forget_copy(&self, session: Option<&Arc<str>>, id: &str) {
        let key = (session.cloned(), id.to_owned());
        let mut inner = self.lock();
        if inner.answers.get(&key).is_some_and(|entry| entry.owner == Owner::Job) {
            inner.remove(&key);
            inner.order.retain(|other| *other != key);
        }
    }

    fn keep_for(&self, session: Option<&Arc<str>>, kept: Kept, owner: Owner) {
        let bytes = size(&kept);
        let mut inner = self.lock();
        let key = (session.cloned(), kept.id.clone());
        inner.bytes += bytes;
        match inner.answers.insert(key.clone(), Entry { kept, bytes, owner }) {
            Some(old) => inner.bytes -= old.bytes,
            None => inner.order.push_back(key),
        }
        while inner.order.len() > MOST || (inner.bytes > MOST_BYTES && inner.order.len() > 1) {
            let Some(oldest) = inner.order.pop_front() else { break };
            inner.remove(&oldest);
        }
    }

    /// Looks at an answer that is nobody else's, and changes it.
    pub(crate) fn with_own<T>(
        &self,
        session: Option<&Arc<str>>,
        id: &str,
        look: impl FnOnce(Option<&mut Kept>) -> T,
    ) -> T {
        let key = (session.cloned(), id.to_owned());
        let mut inner = self.lock();
        let own = inner.answers.get_mut(&key).filter(|entry| entry.owner == Owner::Here);
        look(own.map(|entry| &mut entry.kept))
    }

    /// Looks at an answer to go on from.
    pub(crate) fn with<T>(
        &self,
        session: Option<&Arc<str>>,
        id: &str,
        look: impl FnOnce(Option<&Kept>) -> T,
    ) -> T {
        let key = (session.cloned(), id.to_owned());
        look(self.lock().answers.get(&key).map(|entry| &entry.kept))
    }

    /// Forgets what a session was answered.
    pub(crate) fn forget(&self, session: &Arc<str>) {
        let mut inner = self.lock();
        inner.answers.retain(|(of, _), _| of.as_ref() != Some(session));
        inner.bytes = inner.answers.values().map(|entry| entry.bytes).sum();
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

// === impl Inner ===

impl Inner {
    /// Takes an answer out, whose place in the order is somebody else's matter.
    fn remove(&mut self, key: &Key) {
        if let Some(old) = self.answers.remove(key) {
            self.bytes -= old.bytes;
        }
    }
}

/// About how many bytes an answer takes.
fn size(kept: &Kept) -> usize {
    let user = kept.user.as_ref().map_or(0, String::len);
    kept.input.iter().map(weight).sum::<usize>() + weight(&kept.object) + user + kept.id.len()
}

fn weight(value: &Value) -> usize {
    /// What a value takes beside its texts, about.
    const NODE: usize = 64;
    NODE + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => members.iter().map(|(key, value)| NODE + key.len() + weight(value)).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use standin_core::dialect::Options;

    fn kept(id: &str, bytes: usize) -> Kept {
        Kept {
            id: id.to_owned(),
            object: Value::Null,
            input: vec!["x".repeat(bytes).into()],
            turns: 1,
            turns_since_user: 1,
            user: None,
            options: Options::default(),
            pending: None,
            deleted: false,
        }
    }

    #[test]
    fn a_copy_tells_nothing_by_itself_and_goes_with_its_job() {
        let answers = KeptAnswers::default();
        let seen = |id: &str| {
            let own = answers.with_own(None, id, |kept| kept.is_some());
            (answers.with(None, id, |kept| kept.is_some()), own)
        };
        answers.keep(None, kept("own", 1));
        answers.recall(None, kept("copy", 1));
        assert_eq!([seen("own"), seen("copy")], [(true, true), (true, false)]);
        answers.forget_copy(None, "own");
        answers.forget_copy(None, "copy");
        assert_eq!([seen("own"), seen("copy")], [(true, true), (false, false)]);
        let inner = answers.lock();
        assert_eq!((inner.order.len(), inner.bytes), (1, size(&kept("own", 1))));
    }

    #[test]
    fn the_oldest_go_where_all_are_too_large() {
        let answers = KeptAnswers::default();
        let holds = |id: &str| answers.with(None, id, |kept| kept.is_some());
        for id in ["a", "b", "b", "c"] {
            answers.keep(None, kept(id, MOST_BYTES / 3));
        }
        assert_eq!([holds("a"), holds("b"), holds("c")], [false, true, true]);
        answers.keep(None, kept("d", MOST_BYTES * 2));
        assert_eq!([holds("b"), holds("c"), holds("d")], [false, false, true]);
        let session: Arc<str> = "s".into();
        answers.keep(Some(&session), kept("e", 1));
        answers.forget(&session);
        assert_eq!(answers.lock().bytes, 0);
    }
}
