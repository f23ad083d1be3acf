//! Cassettes that this run made outside of sessions: `once` goes on recording into them until it ends.

use standin_core::cassette::CassetteName;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Names of cassettes that stay open.
#[derive(Debug, Default)]
pub(crate) struct OpenCassettes(Mutex<BTreeSet<CassetteName>>);

// === impl OpenCassettes ===

impl OpenCassettes {
    pub(crate) fn opened(&self, name: &CassetteName) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
    }

    pub(crate) fn holds(&self, name: &CassetteName) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
