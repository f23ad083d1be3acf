//! How many of what.

use crate::jobs::Anonymous;
use std::time::Duration;

/// How a server keeps and runs batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BatchRules {
    /// How many batches are run at once.
    pub(crate) at_once: usize,
    /// How many lines of each are answered at once.
    pub(crate) lines_at_once: usize,
    /// How long the answer to a line may take.
    pub(crate) line_timeout: Duration,
    /// How long after its holder was last heard of a batch is gone on with by another.
    pub(crate) lease: Duration,
    /// How often a holder is heard of, and looks for what others have submitted or cancelled.
    pub(crate) look: Duration,
    /// How many batches are kept.
    pub(crate) most_batches: usize,
    /// How many files are kept.
    pub(crate) most_files: usize,
    /// How many bytes they may have together. Results are kept beyond it.
    pub(crate) most_bytes: u64,
    /// For how long a batch is kept after its submission.
    pub(crate) kept: Duration,
    /// What becomes of those without a virtual key.
    pub(crate) anonymous: Anonymous,
}

// === impl BatchRules ===

impl Default for BatchRules {
    fn default() -> Self {
        BatchRules {
            at_once: 4,
            lines_at_once: 8,
            line_timeout: Duration::from_secs(15 * 60),
            lease: Duration::from_secs(15),
            look: Duration::from_secs(1),
            most_batches: 10_000,
            most_files: 10_000,
            most_bytes: 1 << 30,
            kept: Duration::from_secs(30 * 24 * 3600),
            anonymous: Anonymous::default(),
        }
    }
}
