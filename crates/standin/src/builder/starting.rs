//! From what was chosen to a server that answers.

use super::{Builder, Environment, Kept};
use crate::admin::{Admin, Guard};
use crate::bypass::Bypass;
use crate::engine::{Engine, Memo, OpenCassettes};
use crate::jobs::{BadKeys, Jobs, JobsError, VirtualKeys};
use crate::journal::Journal;
use crate::metrics::Metrics;
use crate::mocks::{BrokenMocks, Mocks};
use crate::record::{Recorder, Settings};
use crate::rules::{Lifetimes, PatternError, RuleBook};
use crate::server::{Listener, Service};
use crate::sessions::Sessions;
use crate::shaping::Shaping;
use crate::standin::Standin;
use crate::store::{Absent, OpenError, Store, watch};
use crate::upstream::{AllowedUpstream, Upstreams};
use standin_core::cassette::Format;
use standin_core::matching::{MatchRules, Normaliser};
use standin_core::record::Bodies;
use standin_core::shape::Pace;
use standin_core::upstream::Variables;
use standin_core::{Policy, RecordMode};
use std::net::SocketAddr;
use std::sync::{Arc, Weak};

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
    /// The virtual keys cannot be told apart.
    #[error(transparent)]
    VirtualKeys(#[from] BadKeys),
    /// The jobs that a server before this one left cannot be gone on with.
    #[error(transparent)]
    Jobs(#[from] JobsError),
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
        let misplaced = self.misplaced();
        let policy = self.policy.unwrap_or(match self.cassettes {
            Kept::Nowhere | Kept::Folder(_) => Policy::Fixture,
            Kept::Shelf(_) => Policy::Cache,
        });
        let mode = self.mode.unwrap_or(policy.record_mode());
        let (format, bodies) = match self.cassettes {
            Kept::Nowhere | Kept::Folder(_) => (self.format, Bodies::Readable),
            // Whoever else reads them expects no other.
            Kept::Shelf(_) => (Format::Vcrpy, Bodies::AsSent),
        };
        // Calls are compared as they would be stored.
        let scrubber = &self.scrubber;
        let as_stored = |rules: MatchRules| MatchRules { scrubber: scrubber.clone(), ..rules };
        let special = self.special.into_iter().map(|(pattern, rules)| (pattern, as_stored(rules))).collect();
        let usual = || match policy {
            Policy::Fixture => MatchRules::default(),
            Policy::Cache => MatchRules { normaliser: Normaliser::of_cache(), ..MatchRules::default() },
        };
        let rules = RuleBook::new(as_stored(self.rules.unwrap_or_else(usual)), special)?;
        // A folder that recordings will make need not be there.
        let absent = match mode {
            RecordMode::None => Absent::Refuse,
            RecordMode::Once | RecordMode::NewEpisodes | RecordMode::All => Absent::Make,
        };
        let mocks = Arc::new(Mocks::open(self.mocks, self.mock_texts)?);
        let home = self.cassettes.home(misplaced).map_err(StartError::Worker)?;
        let store = Arc::new(Store::open(
            home,
            self.reading,
            absent,
            rules.clone(),
            self.level.pace.clone().unwrap_or(Pace::Fast),
        )?);
        watch(&store);
        if let Some(shared) = store.shared() {
            shared.knock();
        }
        crate::mocks::watch(&mocks);
        let address = self.address;
        let listener = Listener::bind(address).map_err(|source| StartError::Listen { address, source })?;
        let upstreams = Upstreams::new(variables, self.upstreams, self.upstream_auth, listener.address());
        let settings = Settings { scrubber: self.scrubber, format, bodies, largest: self.limits.recording };
        let engine = Arc::new(Engine {
            store,
            mocks,
            rules,
            mode,
            simulation: self.simulation,
            strictness: self.strictness,
            shaping: Shaping::new(self.level, self.limits_of_callers, self.startup),
            keep: self.knobs.over(policy.keep()),
            knobs: self.knobs,
            lifetimes: Lifetimes::new(self.lifetimes)?,
            bypass: Bypass::new(policy, self.passing)?,
            open: OpenCassettes::default(),
            recorder: Recorder::new(upstreams, settings),
            sessions: Sessions::default(),
            journal: Journal::new(self.limits.journal),
            metrics: Metrics::default(),
            memo: Memo::default(),
        });
        let guard = Guard::new(listener.address(), self.control_token);
        let token = guard.token().map(str::to_owned);
        let keys = VirtualKeys::new(self.virtual_keys)?;
        let service = Arc::new_cyclic(|service| Service {
            memoise: engine.memoisable(),
            engine: Arc::clone(&engine),
            admin: Admin::new(guard),
            jobs: Jobs::new(self.jobs, keys, Weak::clone(service)),
            limits: self.limits,
        });
        let jobs = Arc::clone(&service.jobs);
        jobs.resume()?;
        let running =
            listener.start(&service, self.workers, self.limits.connections).map_err(StartError::Worker)?;
        Ok(Standin::new(engine, running, jobs, token))
    }
}
