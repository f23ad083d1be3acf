//! Starting a server.

use crate::admin::{Admin, Guard};
use crate::engine::{Engine, Memo};
use crate::journal::{Entry, Journal};
use crate::metrics::Metrics;
use crate::rules::{PatternError, RuleBook};
use crate::server::{Limits, Listener, Running, Service};
use crate::sessions::Sessions;
use crate::store::{OpenError, Store, watch};
use standin_core::RecordMode;
use standin_core::matching::MatchRules;
use standin_core::shape::Pace;
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
    mode: RecordMode,
    pace: Pace,
    rules: MatchRules,
    special: Vec<(String, MatchRules)>,
    workers: usize,
    limits: Limits,
    control_token: Option<String>,
}

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Standin {
    engine: Arc<Engine>,
    running: Running,
    token: Option<String>,
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
            mode: RecordMode::default(),
            pace: Pace::Fast,
            rules: MatchRules::default(),
            special: Vec::new(),
            workers: 2,
            limits: Limits { body: 64 << 20, connections: 20_000, journal: 1_000 },
            control_token: None,
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

    /// The record mode. This version does not record: where a mode asks for it, the call is refused.
    pub fn record(mut self, mode: RecordMode) -> Self {
        self.mode = mode;
        self
    }

    /// When the frames of a stream are sent; [`Pace::Fast`] where nothing is chosen.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
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

    /// The token that the control API asks for. On loopback there is none where none is given.
    pub fn control_token(mut self, token: impl Into<String>) -> Self {
        self.control_token = Some(token.into());
        self
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
        let rules = RuleBook::new(self.rules, self.special)?;
        let store = Arc::new(Store::open(self.cassettes, rules.clone(), self.pace)?);
        watch(&store);
        let address = self.address;
        let listener = Listener::bind(address).map_err(|source| StartError::Listen { address, source })?;
        let engine = Arc::new(Engine {
            store,
            rules,
            mode: self.mode,
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
        Ok(Standin { engine, running, token })
    }
}

// === impl Standin ===

impl Standin {
    /// A server to be configured and started.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// Its base URL, without a slash at the end. An SDK of OpenAI takes `{url}/v1`, one of Anthropic `{url}`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The base URL that answers from one cassette, whatever the path below it.
    #[must_use]
    pub fn cassette_url(&self, name: &str) -> String {
        let segment = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        format!("{}/c/{segment}", self.url())
    }

    /// The token of the control API, where it takes one.
    #[must_use]
    pub fn control_token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The latest calls and their answers, oldest first.
    #[must_use]
    pub fn journal(&self) -> Vec<Entry> {
        self.engine.journal.entries()
    }

    /// Cassettes that can be read, those that cannot, and interactions in all.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let library = self.engine.store.read();
        Counts {
            cassettes: library.tapes().count(),
            broken: library.broken().count(),
            interactions: library.interactions(),
        }
    }

    /// Stops accepting, lets what is being answered finish for up to `patience`, and ends.
    pub fn stop(mut self, patience: Duration) {
        self.running.stop(patience);
    }
}

/// What a server has loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Cassettes that can be read.
    pub cassettes: usize,
    /// Files that should be cassettes and cannot be read.
    pub broken: usize,
    /// Interactions in all cassettes.
    pub interactions: usize,
}
