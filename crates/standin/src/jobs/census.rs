//! How many jobs there are.

use super::Jobs;
use super::store::Counts;
use std::sync::Arc;

/// How many jobs there are, if that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Census {
    /// There has been none.
    Nothing,
    /// So many.
    Known(Counts),
    /// The store does not answer.
    Unknown,
}

// === impl Census ===

impl Census {
    /// What a ping of the store comes to.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Census::Nothing => "disabled",
            Census::Known(_) => "ok",
            Census::Unknown => "failed",
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        match self {
            Census::Known(counts) => *counts,
            Census::Nothing | Census::Unknown => Counts::default(),
        }
    }
}

// === impl Jobs ===

impl Jobs {
    /// How many jobs there are. A store that could not be opened is tried again: what was in its way may be gone.
    pub(crate) async fn census(self: &Arc<Self>) -> Census {
        let store = match self.opened() {
            Some(store) => store,
            None if !self.is_closed() => return Census::Nothing,
            None => match self.store().await {
                Ok(store) => store,
                Err(_) => return Census::Unknown,
            },
        };
        store.counts(None).await.map_or(Census::Unknown, Census::Known)
    }
}
