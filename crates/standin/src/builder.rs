//! Starting a server.

use crate::admin::{Admin, Guard};
use crate::engine::{Engine, Memo, OpenCassettes, Simulation, Strictness};
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::mocks::{BrokenMocks, Mocks};
use crate::record::{Recorder, Settings};
use crate::rules::{PatternError, RuleBook};
use crate::server::{Limits, Listener, Service};
use crate::sessions::Sessions;
use crate::shaping::{Level, Shaping};
use crate::standin::Standin;
use crate::store::{Absent, OpenError, Reading, Store, watch};
use crate::upstream::{AllowedUpstream, UpstreamAuth, Upstreams};
use standin_core::cassette::Format;
use standin_core::matching::MatchRules;
use standin_core::scrub::Scrubber;
use standin_core::shape::{FaultRule, LimitRule, Pace};
use standin_core::upstream::Variables;
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
    cassettes: Option<PathBuf>,
    reading: Reading,
    mocks: Vec<PathBuf>,
    mock_texts: Vec<String>,
    simulation: Simulation,
    strictness: Strictness,
    mode: RecordMode,
    level: Level,
    limits_of_callers: Vec<LimitRule>,
    startup: Option<Duration>,
    rules: MatchRules,
    special: Vec<(String, MatchRules)>,
    workers: usize,
    limits: Limits,
    control_token: Option<String>,
    policy: Policy,
    knobs: Knobs,
    format: Format,
    scrubber: Scrubber,
    upstreams: Vec<AllowedUpstream>,
    upstream_auth: UpstreamAuth,
    variables: Given,
    environment: Environment,
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

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}{}", hint(.source))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The cassette folder cannot be read.
    #[error(transparent)]
    Cassettes(#[from] OpenError),
    /// The mocks cannot be used.
    #[error(transparent)]
    Mocks(#[from] BrokenMocks),
    /// A pattern of cassette names is not one.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// A worker thread cannot be started.
    #[error("cannot start a worker: {0}")]
    Worker(std::io::Error),
}

fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => "; choose another port, or 0 for a free one",
        std::io::ErrorKind::PermissionDenied => "; ports below 1024 need privileges",
        _ => "",
    }
}

// === impl Builder ===

impl Builder {
    pub(crate) fn new() -> Self {
        Builder {
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            cassettes: None,
            reading: Reading::default(),
            mocks: Vec::new(),
            mock_texts: Vec::new(),
            simulation: Simulation::default(),
            strictness: Strictness::default(),
            mode: RecordMode::default(),
            level: Level { pace: Some(Pace::Fast), faults: Some(Arc::default()), seed: None },
            limits_of_callers: Vec::new(),
            startup: None,
            rules: MatchRules::default(),
            special: Vec::new(),
            workers: 2,
            limits: Limits { body: 64 << 20, connections: 20_000, journal: 1_000, recording: 64 << 20 },
            control_token: None,
            policy: Policy::default(),
            knobs: Knobs::default(),
            format: Format::GoVcr,
            scrubber: Scrubber::default(),
            upstreams: Vec::new(),
            upstream_auth: UpstreamAuth::default(),
            variables: Given::default(),
            environment: Environment::Read,
        }
    }

    /// Listens here; port 0 is a free port. Beyond loopback the control API takes a token.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Serves the cassettes below this folder, and sees when they change.
    pub fn cassettes(mut self, dir: impl Into<PathBuf>) -> Self {
        self.cassettes = Some(dir.into());
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

    /// When calls are recorded; [`RecordMode::Once`] where nothing is chosen. Recording takes the provider's
    /// key in the environment.
    pub fn record(mut self, mode: RecordMode) -> Self {
        self.mode = mode;
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

    /// How calls are matched, where no pattern says otherwise.
    pub fn rules(mut self, rules: MatchRules) -> Self {
        self.rules = rules;
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

    /// How cassettes are kept; [`Policy::Fixture`] where nothing is chosen.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// What is stored and for how long, where it differs from the policy.
    pub fn knobs(mut self, knobs: Knobs) -> Self {
        self.knobs = knobs;
        self
    }

    /// The format of cassettes that are not there yet; go-vcr's where nothing is chosen.
    pub fn cassette_format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// What is taken out of recordings, and of calls that are compared with them; all built-in rules where
    /// nothing is chosen.
    pub fn scrub(mut self, scrubber: Scrubber) -> Self {
        self.scrubber = scrubber;
        self
    }

    /// A host that calls below `/to/` may be passed to, beside the providers' own.
    pub fn upstream(mut self, upstream: AllowedUpstream) -> Self {
        self.upstreams.push(upstream);
        self
    }

    /// Whose credential providers are asked with; standin's own where nothing is chosen.
    pub fn upstream_auth(mut self, auth: UpstreamAuth) -> Self {
        self.upstream_auth = auth;
        self
    }

    /// The value of an environment variable that recording reads, such as `OPENAI_API_KEY`, in place of the
    /// process's own. An empty one unsets it.
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.0.push((name.into(), value.into()));
        self
    }

    /// Reads no environment variable of the process: recording has the keys that [`Builder::variable`] gives.
    pub fn ignore_environment(mut self) -> Self {
        self.environment = Environment::Ignored;
        self
    }

    /// The largest answer that is recorded, in bytes as they arrive; 64 MiB where nothing is chosen. A larger
    /// one reaches the client and is not stored.
    pub fn max_recording(mut self, bytes: usize) -> Self {
        self.limits.recording = bytes;
        self
    }

    /// The token that the control API asks for. On loopback there is none where none is given.
    pub fn control_token(mut self, token: impl Into<String>) -> Self {
        self.control_token = Some(token.into());
        self
    }

    /// The variables that providers read: those given, then those of the process.
    fn variables(&self) -> Variables {
        let own = standin_providers::all().flat_map(|provider| provider.variables().all()).map(str::to_owned);
        let named = self.upstreams.iter().filter_map(AllowedUpstream::variable).map(str::to_owned);
        let given = |name: &str| {
            self.variables.0.iter().rfind(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let inherited = |name: &str| match self.environment {
            Environment::Read => std::env::var(name).ok(),
            Environment::Ignored => None,
        };
        let value = |name: String| given(&name).or_else(|| inherited(&name)).map(|value| (name, value));
        own.chain(named).filter_map(value).collect()
    }

    /// Starts the server on threads of its own. When this returns, it answers.
    ///
    /// # Errors
    /// When the address is taken or the cassette folder cannot be read. A cassette that cannot be read is
    /// no error: it is reported, and the others are served.
    #[expect(clippy::unused_async, reason = "loading may become asynchronous without breaking callers")]
    pub async fn start(self) -> Result<Standin, StartError> {
        self.start_blocking()
    }

    /// [`Builder::start`], for callers without a runtime.
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub fn start_blocking(self) -> Result<Standin, StartError> {
        let variables = self.variables();
        // Calls are compared as they would be stored.
        let scrubber = &self.scrubber;
        let as_stored = |rules: MatchRules| MatchRules { scrubber: scrubber.clone(), ..rules };
        let special = self.special.into_iter().map(|(pattern, rules)| (pattern, as_stored(rules))).collect();
        let rules = RuleBook::new(as_stored(self.rules), special)?;
        // A folder that recordings will make need not be there.
        let absent = match self.mode {
            RecordMode::None => Absent::Refuse,
            RecordMode::Once | RecordMode::NewEpisodes | RecordMode::All => Absent::Make,
        };
        let mocks = Arc::new(Mocks::open(self.mocks, self.mock_texts)?);
        let store = Arc::new(Store::open(
            self.cassettes,
            self.reading,
            absent,
            rules.clone(),
            self.level.pace.clone().unwrap_or(Pace::Fast),
        )?);
        watch(&store);
        crate::mocks::watch(&mocks);
        let address = self.address;
        let listener = Listener::bind(address).map_err(|source| StartError::Listen { address, source })?;
        let upstreams = Upstreams::new(variables, self.upstreams, self.upstream_auth, listener.address());
        let settings =
            Settings { scrubber: self.scrubber, format: self.format, largest: self.limits.recording };
        let engine = Arc::new(Engine {
            store,
            mocks,
            rules,
            mode: self.mode,
            simulation: self.simulation,
            strictness: self.strictness,
            shaping: Shaping::new(self.level, self.limits_of_callers, self.startup),
            keep: self.knobs.over(self.policy.keep()),
            knobs: self.knobs,
            open: OpenCassettes::default(),
            recorder: Recorder::new(upstreams, settings),
            sessions: Sessions::default(),
            journal: Journal::new(self.limits.journal),
            metrics: Metrics::default(),
            memo: Memo::default(),
        });
        let guard = Guard::new(listener.address(), self.control_token);
        let token = guard.token().map(str::to_owned);
        let service = Service {
            memoise: engine.memoisable(),
            engine: Arc::clone(&engine),
            admin: Admin::new(guard),
            limits: self.limits,
        };
        let running = listener
            .start(&Arc::new(service), self.workers, self.limits.connections)
            .map_err(StartError::Worker)?;
        Ok(Standin::new(engine, running, token))
    }
}
