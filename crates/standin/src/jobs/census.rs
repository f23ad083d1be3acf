//! How many jobs there are.

use super::Jobs;
use super::store::Counts;

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
    pub(crate) fn counts(&self) -> Counts {
        match self {
            Census::Known(counts) => *counts,
            Census::Nothing | Census::Unknown => Counts::default(),
        }
    }
}

// === impl Jobs ===

impl Jobs {
    pub(crate) async fn census(&self) -> Census {
        match self.opened() {
            None => Census::Nothing,
            Some(store) => store.counts(None).await.map_or(Census::Unknown, Census::Known),
        }
    }
}
