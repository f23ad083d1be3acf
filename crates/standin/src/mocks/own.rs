//! Mocks of one session: asked before those of the server, and gone when it ends.

use super::layers::Source;
use super::{Mocks, Unchanged};
use standin_core::mock::MockSet;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// The sessions that have mocks of their own.
#[derive(Debug, Default)]
pub(crate) struct OwnMocks(RwLock<BTreeMap<Arc<str>, Own>>);

/// What one session has.
#[derive(Debug, Clone)]
struct Own {
    texts: Vec<Source>,
    /// The server's mocks that stand below them in the set.
    generation: u64,
    set: Arc<MockSet>,
}

/// Texts that a session may add.
const MOST: usize = 1_000;

// === impl OwnMocks ===

impl OwnMocks {
    fn of(&self, session: &str) -> Option<Own> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(session).cloned()
    }

    fn put(&self, session: &Arc<str>, own: Own) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(Arc::clone(session), own);
    }

    /// Whether any session has some, at any time.
    pub(crate) fn are_used(&self) -> bool {
        !self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Forgets those of a session.
    pub(crate) fn forget(&self, session: &str) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(session);
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

// === impl Mocks ===

impl Mocks {
    /// The mocks of a session's calls: its own before the server's.
    pub(crate) fn of(&self, session: Option<&Arc<str>>) -> Arc<MockSet> {
        let Some((id, own)) = session.and_then(|id| Some((id, self.own.of(id)?))) else {
            return self.current();
        };
        if own.generation == self.generation() {
            return own.set;
        }
        // The server's have changed. Where both do not go together, the session goes on as it was.
        match self.over(&own.texts) {
            Ok((generation, set)) => {
                self.own.put(id, Own { generation, set: Arc::clone(&set), ..own });
                set
            }
            Err(_) => own.set,
        }
    }

    /// Adds mocks to a session, before those that it has.
    pub(crate) fn add_to(&self, session: &Arc<str>, text: String) -> Result<Arc<MockSet>, Unchanged> {
        let mut texts = self.own.of(session).map(|own| own.texts).unwrap_or_default();
        if texts.len() >= MOST {
            return Err(Unchanged::TooMany);
        }
        let name = format!("(session) {}", texts.len() + 1);
        texts.push(Source { name: name.into(), text: text.into() });
        let (generation, set) = self.over(&texts).map_err(Unchanged::Broken)?;
        self.own.put(session, Own { texts, generation, set: Arc::clone(&set) });
        Ok(set)
    }

    /// The server's mocks with these texts before them, the last one first.
    fn over(&self, texts: &[Source]) -> Result<(u64, Arc<MockSet>), super::BrokenMocks> {
        let layers = self.layers();
        let generation = self.generation();
        Ok((generation, Arc::new(layers.below(texts).compose()?)))
    }
}
