//! What keeps shared cassettes.

use super::Capacity;
use bytes::Bytes;
use std::fmt::{Debug, Display};
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Something that keeps cassettes under keys, for many processes at once.
pub trait Shelf: Debug + Send + Sync {
    /// Where it is, for messages: without credentials.
    fn address(&self) -> String;

    /// The key of a cassette.
    fn key(&self, name: &str) -> String;

    /// What is kept under a key. Reading changes nothing, not even how long it is kept.
    fn read<'a>(&'a self, key: &'a str) -> Answer<'a, Option<Stored>>;

    /// Keeps a value in the place of the one with this version, or of none, for so long from now on. The new
    /// version; `None` where another has been put there meanwhile, and nothing was done.
    fn replace<'a>(
        &'a self,
        key: &'a str,
        version: Option<Version>,
        value: Bytes,
        expiry: Option<Duration>,
    ) -> Answer<'a, Option<Version>>;

    /// Whether this address is this very place.
    fn is_at(&self, address: &str) -> bool {
        address == self.address()
    }

    /// How full it is; `None` where it has no limit.
    fn capacity(&self) -> Answer<'_, Option<Capacity>>;
}

/// What a shelf answers, when it does.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Trouble>> + Send + 'a>>;

/// A value, and what tells it from others.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Equal for equal values.
    pub version: Version,
    /// The value.
    pub bytes: Bytes,
}

/// What tells one value from another: 160 bits, as SHA-1 has. It says nothing about who made the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(pub [u8; 20]);

/// Why a shelf did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(String);

// === impl Trouble ===

impl Trouble {
    /// A shelf's own words.
    pub fn new(reason: impl Into<String>) -> Self {
        Trouble(reason.into())
    }

    pub(super) fn stopped() -> Self {
        Trouble("the server is stopping".to_owned())
    }
}

// === impl Version ===

impl Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
