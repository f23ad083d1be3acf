//! Files: what is uploaded, and what results are downloaded as.

use bytes::Bytes;
use jiff::Timestamp;

/// What is told of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it is asked for by.
    pub id: String,
    /// The name of the provider whose API it was uploaded to.
    pub provider: String,
    /// The id, not the value, of the virtual key that it belongs to; `None` for everybody's.
    pub owner_key: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// When it was made.
    pub created: Timestamp,
    /// When nobody sees it any more.
    pub expires: Option<Timestamp>,
}

/// A file, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// What is told of it.
    pub file: File,
    /// What it holds.
    pub content: Bytes,
}

// === impl File ===

impl File {
    /// Whether it is still seen.
    #[must_use]
    pub fn is_seen(&self, now: Timestamp) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }
}
