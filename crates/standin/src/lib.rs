//! One server that stands in for LLM provider APIs in tests, on a real port, in your process.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let server = standin::Standin::builder().cassettes("../../fixtures/cassettes").start().await?;
//! let base_url = format!("{}/v1", server.url()); // point your OpenAI SDK here
//! # assert!(base_url.ends_with("/v1"));
//! # Ok::<_, standin::StartError>(())
//! # }).unwrap();
//! ```
//!
//! Dropping the server stops it. Two servers in one process share nothing. The library sets no allocator,
//! installs no tracing subscriber and registers no global metrics.

mod admin;
mod batches;
mod builder;
mod bypass;
mod engine;
mod environment;
pub mod jobs;
mod journal;
mod limits;
mod metrics;
mod mocks;
mod random;
mod record;
mod rules;
mod server;
mod sessions;
mod shaping;
mod standin;
mod store;
mod upstream;

pub use self::standin::{Counts, Session, SessionError, SessionOptions, Standin};
pub use builder::{Builder, StartError};
pub use engine::{Simulation, Strictness};
pub use environment::environment;
pub use journal::{Entry, Outcome, Recording, Source};
pub use mocks::BrokenMocks;
pub use rules::PatternError;
pub use sessions::{Classification, Exhausted, Outcome as TestOutcome, Report, Unplayed, Verdict};
pub use standin_core::matching::{MatchRules, Matcher, Normaliser, Volatile};
pub use standin_core::shape::{FaultRule, LimitRule, Pace};
pub use standin_core::{
    Credentials, Gate, Keep, Knobs, Policy, RecordMode, Statuses, cassette, catalogue, matching, scrub,
};
#[cfg(feature = "redis")]
pub use store::{AddressError, Flushed, SharedCassettes};
pub use store::{Answer, Capacity, Health, Shelf, Stored, Trouble, Version};
pub use store::{FolderLock, OpenError, Reading, UnknownReading, read_bounded, replace};
pub use upstream::{AllowedUpstream, SendError, UnknownUpstream, UpstreamAuth, send};
