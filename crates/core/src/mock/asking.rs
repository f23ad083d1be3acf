//! A condition by itself, as other rules than mocks ask it.

use super::condition::Condition;
use super::seen::Seen;
use serde_json::Value;
use std::sync::Arc;

/// What has to hold of a call, in the words of a mock's `match`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Match {
    /// As it is written.
    pub(super) written: Arc<Value>,
    pub(super) condition: Arc<Condition>,
}

/// A value that says nothing of calls.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadMatch(pub String);

// === impl Match ===

impl Match {
    /// Whether it holds of a call.
    #[must_use]
    pub fn holds(&self, seen: &Seen<'_>) -> bool {
        self.condition.holds(seen)
    }

    /// The value that it was read from.
    #[must_use]
    pub fn written(&self) -> &Value {
        &self.written
    }
}

impl PartialEq for Match {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}
