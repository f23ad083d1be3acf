//! Where the end of a batch is told, and how far that is.

use crate::jobs::{Attempted, Next};
use serde::{Deserialize, Serialize};

/// Where the end of a batch is told, and how far that is. It is kept with the batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Where to.
    pub url: String,
    /// How many attempts were made.
    pub attempts: u32,
    /// The status that the last attempt was answered with.
    pub status: Option<u16>,
    /// Why the last attempt failed.
    pub reason: Option<String>,
}

// === impl Webhook ===

impl Webhook {
    /// The webhook of a batch that is submitted.
    #[must_use]
    pub fn new(url: String) -> Self {
        Webhook { url, attempts: 0, status: None, reason: None }
    }

    /// Somebody has tried to send it. Answers what follows.
    pub(super) fn attempted(&mut self, attempted: Attempted) -> Next {
        self.attempts = self.attempts.saturating_add(1);
        self.status = attempted.status;
        self.reason = attempted.reason;
        attempted.next
    }
}
