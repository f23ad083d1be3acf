//! Sessions: one user of a cassette each, with its play order and its verdict.

mod order;
mod verdict;

pub(crate) use order::{Exhausted, Played};
pub(crate) use verdict::Report;

use crate::store::Tape;
use order::Order;
use standin_core::RecordMode;
use standin_core::cassette::CassetteName;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

/// A test's use of one cassette: the one that was on disk when the session began, or when it was first
/// there.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: Arc<str>,
    pub(crate) cassette: CassetteName,
    tape: OnceLock<Arc<Tape>>,
    pub(crate) mode: RecordMode,
    pub(crate) exhausted: Exhausted,
    order: Mutex<Order>,
    misses: AtomicU64,
}

/// The open sessions of one server.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: RwLock<BTreeMap<Arc<str>, Arc<Session>>>,
    begun: AtomicU64,
    seed: RandomState,
}

/// Sessions open at once. A client that never ends them is told so long before memory is short.
const MOST: usize = 10_000;

/// There are too many open sessions.
#[derive(Debug, thiserror::Error)]
#[error("{MOST} sessions are open; end one with DELETE /_standin/sessions/ID")]
pub(crate) struct TooMany;

// === impl Session ===

impl Session {
    pub(crate) fn tape(&self) -> Option<&Arc<Tape>> {
        self.tape.get()
    }

    /// Takes a cassette that was not there when the session began.
    pub(crate) fn adopt(&self, tape: Arc<Tape>) {
        let tape = self.tape.get_or_init(|| tape);
        let interactions = tape.cassette.interactions.len();
        self.order.lock().unwrap_or_else(PoisonError::into_inner).cover(interactions);
    }

    /// Chooses among the interactions that match a call, and counts the choice.
    pub(crate) fn play(&self, matching: &[u32]) -> Played {
        self.order.lock().unwrap_or_else(PoisonError::into_inner).play(matching, self.exhausted)
    }

    pub(crate) fn miss(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    /// What the session has done so far.
    pub(crate) fn report(&self) -> Report {
        let order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        Report::new(self.tape().map(Arc::as_ref), &order, self.misses.load(Ordering::Relaxed))
    }
}

// === impl Sessions ===

impl Sessions {
    pub(crate) fn begin(
        &self,
        cassette: CassetteName,
        tape: Option<Arc<Tape>>,
        mode: RecordMode,
        exhausted: Exhausted,
    ) -> Result<Arc<Session>, TooMany> {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let id: Arc<str> = format!("{:016x}", self.seed.hash_one(number)).into();
        let session = Arc::new(Session {
            id: Arc::clone(&id),
            cassette,
            tape: OnceLock::new(),
            mode,
            exhausted,
            order: Mutex::default(),
            misses: AtomicU64::new(0),
        });
        if let Some(tape) = tape {
            session.adopt(tape);
        }
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MOST {
            return Err(TooMany);
        }
        open.insert(id, Arc::clone(&session));
        Ok(session)
    }

    pub(crate) fn find(&self, id: &str) -> Option<Arc<Session>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Session>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(crate) fn end(&self, id: &str) -> Option<Arc<Session>> {
        self.open.write().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    pub(crate) fn clear(&self) {
        self.open.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
