//! The journal: what was asked, what was answered, from which source and why.

use serde::{Serialize, Serializer};
use standin_core::jobs::JobId;
use standin_core::matching::NearMiss;
use standin_core::mock::NearMock;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Says which source answered.
pub(crate) const SOURCE_HEADER: http::HeaderName = http::HeaderName::from_static("x-standin-source");

/// Says which cassette answered and with which interaction, `cassette#place`, or into which one the answer
/// is being recorded.
pub(crate) const CASSETTE_HEADER: http::HeaderName = http::HeaderName::from_static("x-standin-cassette");

/// Says which fault struck, where it leaves a head to say it in.
pub(crate) const FAULT_HEADER: http::HeaderName = http::HeaderName::from_static("x-standin-fault");

/// Says which mock answered.
pub(crate) const MOCK_HEADER: http::HeaderName = http::HeaderName::from_static("x-standin-mock");

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A rule that somebody wrote.
    Mock,
    /// Nobody: it is made up.
    Simulator,
    /// A recorded interaction.
    Tape,
    /// The provider itself.
    Upstream,
    /// Nobody: it is a fault that was asked for.
    Fault,
    /// Nobody: it is about a job, which is answered in the background.
    Job,
    /// standin itself: it refused.
    Refusal,
}

/// What became of the copy of an answer that came from the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Recording {
    /// It is in the cassette.
    Stored,
    /// It waits for the session's outcome.
    Held,
    /// It is not worth storing, or not whole.
    NotStored,
    /// It could not be stored.
    Failed,
    /// Another call that asked the same is recorded for both.
    Shared,
}

/// What became of a call. Equal calls share one.
#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    /// `POST`.
    pub method: String,
    /// The path and query at the provider, with credentials left out.
    pub target: String,
    /// The provider whose dialect was spoken.
    pub provider: &'static str,
    /// Where the answer came from.
    pub source: Source,
    /// The status sent.
    pub status: u16,
    /// The cassette that was named or that answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cassette: Option<String>,
    /// The interaction that answered, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interaction: Option<usize>,
    /// The mock that answered, by its name or its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mock: Option<String>,
    /// The fault that struck, by its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// For an answer of the provider: what became of its copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
    /// Why the call was refused or not stored: standin's error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    /// Why the call was refused or not stored, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What came closest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub near_misses: Vec<NearMiss>,
    /// The mocks that came closest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub near_mocks: Vec<NearMock>,
}

/// One answered call.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// Its number since the start, from 1.
    pub id: u64,
    /// When it was answered, in milliseconds since 1970.
    pub at_ms: u64,
    /// Its session, where it had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<Arc<str>>,
    /// The job that it is about, or that made it.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shown")]
    pub job: Option<JobId>,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Arc<Outcome>,
}

/// The latest entries, bounded in number.
#[derive(Debug)]
pub(crate) struct Journal {
    entries: Mutex<VecDeque<Entry>>,
    capacity: usize,
    written: AtomicU64,
}

fn shown<S: Serializer>(job: &Option<JobId>, to: S) -> Result<S::Ok, S::Error> {
    job.map(|id| id.to_string()).serialize(to)
}

// === impl Source ===

impl Source {
    /// `mock`, `simulator`, `tape`, `upstream`, `fault`, `job` or `refusal`, as in `X-Standin-Source`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Source::Mock => "mock",
            Source::Simulator => "simulator",
            Source::Tape => "tape",
            Source::Upstream => "upstream",
            Source::Fault => "fault",
            Source::Job => "job",
            Source::Refusal => "refusal",
        }
    }
}

// === impl Recording ===

impl Recording {
    /// `stored`, as in the journal and the metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Recording::Stored => "stored",
            Recording::Held => "held",
            Recording::NotStored => "not_stored",
            Recording::Failed => "failed",
            Recording::Shared => "shared",
        }
    }
}

// === impl Journal ===

impl Journal {
    pub(crate) fn new(capacity: usize) -> Self {
        Journal { entries: Mutex::new(VecDeque::new()), capacity, written: AtomicU64::new(0) }
    }

    pub(crate) fn write(&self, session: Option<Arc<str>>, job: Option<JobId>, outcome: Arc<Outcome>) {
        let id = self.written.fetch_add(1, Ordering::Relaxed) + 1;
        if self.capacity == 0 {
            return;
        }
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let at_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == self.capacity {
            entries.pop_front();
        }
        entries.push_back(Entry { id, at_ms, session, job, outcome });
    }

    /// The latest entries, oldest first.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    pub(crate) fn clear(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
