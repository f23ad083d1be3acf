//! What a server does, as it is chosen.

mod keeping;
mod starting;

pub use starting::StartError;

use crate::bypass::Passing;
use crate::engine::{Simulation, Strictness};
use crate::jobs::{JobRules, VirtualKey};
use crate::server::Limits;
use crate::shaping::Level;
use crate::store::{Reading, Shelf};
#[cfg(feature = "redis")]
use crate::store::{RedisShelf, SharedCassettes};
use crate::upstream::{AllowedUpstream, UpstreamAuth};
use standin_core::cassette::Format;
use standin_core::matching::MatchRules;
use standin_core::scrub::Scrubber;
use standin_core::shape::{FaultRule, LimitRule, Pace};
use standin_core::{Knobs, Policy, RecordMode};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Chooses what a server does. Everything has a default: the server listens on a free port of loopback.
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    address: SocketAddr,
    cassettes: Kept,
    reading: Reading,
    mocks: Vec<PathBuf>,
    mock_texts: Vec<String>,
    simulation: Simulation,
    strictness: Strictness,
    mode: Option<RecordMode>,
    level: Level,
    limits_of_callers: Vec<LimitRule>,
    startup: Option<Duration>,
    rules: Option<MatchRules>,
    special: Vec<(String, MatchRules)>,
    workers: usize,
    limits: Limits,
    control_token: Option<String>,
    policy: Option<Policy>,
    knobs: Knobs,
    lifetimes: Vec<(String, Option<Duration>)>,
    passing: Passing,
    format: Format,
    scrubber: Scrubber,
    upstreams: Vec<AllowedUpstream>,
    upstream_auth: UpstreamAuth,
    variables: Given,
    environment: Environment,
    jobs: JobRules,
    virtual_keys: Vec<VirtualKey>,
}

/// Where cassettes are kept.
#[derive(Debug, Clone)]
enum Kept {
    Nowhere,
    Folder(PathBuf),
    Shelf(Arc<dyn Shelf>),
}

/// Variables and their values, which are keys.
#[derive(Clone, Default)]
struct Given(Vec<(String, String)>);

/// Names only.
impl std::fmt::Debug for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Whether the process's environment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Environment {
    Read,
    Ignored,
}

// === impl Builder ===

impl Builder {
    pub(crate) fn new() -> Self {
        Builder {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            cassettes: Kept::Nowhere,
            reading: Reading::default(),
            mocks: Vec::new(),
            mock_texts: Vec::new(),
            simulation: Simulation::default(),
            strictness: Strictness::default(),
            mode: None,
            level: Level { pace: Some(Pace::Fast), faults: Some(Arc::default()), seed: None },
            limits_of_callers: Vec::new(),
            startup: None,
            rules: None,
            special: Vec::new(),
            workers: 2,
            limits: Limits { body: 64 << 20, connections: 20_000, journal: 1_000, recording: 64 << 20 },
            control_token: None,
            policy: None,
            knobs: Knobs::default(),
            lifetimes: Vec::new(),
            passing: Passing::default(),
            format: Format::GoVcr,
            scrubber: Scrubber::default(),
            upstreams: Vec::new(),
            upstream_auth: UpstreamAuth::default(),
            variables: Given::default(),
            environment: Environment::Read,
            jobs: JobRules::default(),
            virtual_keys: Vec::new(),
        }
    }

    /// Listens here; port 0 is a free port. Beyond loopback the control API takes a token.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Serves the cassettes below this folder, and sees when they change.
    pub fn cassettes(mut self, dir: impl Into<PathBuf>) -> Self {
        self.cassettes = Kept::Folder(dir.into());
        self
    }

    /// Keeps cassettes in a Redis, which many machines may share. Each is read when it is first needed. The policy is
    /// [`Policy::Cache`] where nothing else is chosen.
    #[cfg(feature = "redis")]
    pub fn shared_cassettes(self, place: SharedCassettes) -> Self {
        self.shelf(Arc::new(RedisShelf::new(place)))
    }

    /// Keeps cassettes on a shelf of your own making, as [`Builder::shared_cassettes`] does in Redis.
    pub fn shelf(mut self, shelf: Arc<dyn Shelf>) -> Self {
        self.cassettes = Kept::Shelf(shelf);
        self
    }

    /// When cassettes are read; [`Reading::Whole`] where nothing is chosen.
    pub fn reading(mut self, reading: Reading) -> Self {
        self.reading = reading;
        self
    }

    /// Answers from the mocks of this file of JSON or YAML, and sees when it changes. More than one may be
    /// given; their mocks are asked in order, before cassettes.
    pub fn mocks(mut self, file: impl Into<PathBuf>) -> Self {
        self.mocks.push(file.into());
        self
    }

    /// Answers from mocks that are written in the program: the text of such a file.
    pub fn mock(mut self, text: impl Into<String>) -> Self {
        self.mock_texts.push(text.into());
        self
    }

    /// Whether answers are made up; where there are neither mocks nor cassettes, if nothing is chosen.
    pub fn simulate(mut self, simulation: Simulation) -> Self {
        self.simulation = simulation;
        self
    }

    /// Whether what the vendor would refuse is refused before an answer is made up; [`Strictness::AsVendor`] where
    /// nothing is chosen. Mocks and cassettes answer whatever their writers meant them to.
    pub fn strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// When calls are recorded; as the policy says where nothing is chosen. Recording takes the provider's key in
    /// the environment.
    pub fn record(mut self, mode: RecordMode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// When the frames of a stream are sent; [`Pace::Fast`] where nothing is chosen.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.level.pace = Some(pace);
        self
    }

    /// What goes wrong with answers; several are asked in order, and the first that strikes does.
    pub fn fault(mut self, fault: FaultRule) -> Self {
        let before = self.level.faults.take().unwrap_or_default();
        self.level.faults = Some(before.iter().cloned().chain([fault]).collect());
        self
    }

    /// How much a caller may ask for; a call has to be within every limit that is about it.
    pub fn limit(mut self, limit: LimitRule) -> Self {
        self.limits_of_callers.push(limit);
        self
    }

    /// What the chances of faults and times depend on; 0 where nothing is chosen. The same seed makes the same
    /// faults strike the same calls.
    pub fn seed(mut self, seed: u64) -> Self {
        self.level.seed = Some(seed);
        self
    }

    /// How long the server answers that it is still starting, with the vendor's 503.
    pub fn startup_delay(mut self, delay: Duration) -> Self {
        self.startup = Some(delay);
        self
    }

    /// How calls are matched, where no pattern says otherwise; by [`MatchRules::default`] where nothing is chosen,
    /// with the policy cache without values that differ from run to run.
    pub fn rules(mut self, rules: MatchRules) -> Self {
        self.rules = Some(rules);
        self
    }

    /// How calls are matched with cassettes whose names match a pattern such as `chat/*`; the first
    /// pattern added wins.
    pub fn rules_for(mut self, pattern: impl Into<String>, rules: MatchRules) -> Self {
        self.special.push((pattern.into(), rules));
        self
    }

    /// Threads that serve connections; 2 where nothing is chosen.
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// The largest request body that is read, in bytes; 64 MiB where nothing is chosen.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.limits.body = bytes;
        self
    }

    /// Connections open at once; 20,000 where nothing is chosen.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.limits.connections = connections;
        self
    }

    /// Entries that the journal keeps; 1,000 where nothing is chosen.
    pub fn journal(mut self, entries: usize) -> Self {
        self.limits.journal = entries;
        self
    }

    /// The token that the control API asks for. On loopback there is none where none is given.
    pub fn control_token(mut self, token: impl Into<String>) -> Self {
        self.control_token = Some(token.into());
        self
    }

    /// How asynchronous jobs are kept and run; in memory where nothing is chosen.
    pub fn jobs(mut self, rules: JobRules) -> Self {
        self.jobs = rules;
        self
    }

    /// A virtual key that jobs may belong to.
    pub fn virtual_key(mut self, key: VirtualKey) -> Self {
        self.virtual_keys.push(key);
        self
    }
}
