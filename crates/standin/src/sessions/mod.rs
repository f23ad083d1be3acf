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
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// A test's use of one cassette. The cassette is the one that was on disk when the session began.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: Arc<str>,
    pub(crate) cassette: CassetteName,
    pub(crate) tape: Option<Arc<Tape>>,
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
        Report::new(self.tape.as_deref(), &order, self.misses.load(Ordering::Relaxed))
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
        let interactions = tape.as_ref().map_or(0, |tape| tape.cassette.interactions.len());
        let session = Arc::new(Session {
            id: Arc::clone(&id),
            cassette,
            tape,
            mode,
            exhausted,
            order: Mutex::new(Order::new(interactions)),
            misses: AtomicU64::new(0),
        });
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
