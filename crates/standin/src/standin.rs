//! A running server, as its owner sees it.

use crate::builder::Builder;
use crate::engine::{Engine, SessionPlan};
use crate::environment::environment;
use crate::jobs::Jobs;
use crate::journal::Entry;
use crate::mocks::{BrokenMocks, Edit, Unchanged};
use crate::rules::OwnRules;
use crate::server::Running;
use crate::sessions::{Exhausted, Outcome as TestOutcome, Report};
use crate::shaping::Level;
use crate::store::{Health, Shared};
use standin_core::cassette::CassetteName;
use standin_core::matching::{Matcher, NormaliserRules};
use standin_core::scrub::ScrubRules;
use standin_core::shape::{FaultRule, LimitRule, Pace};
use standin_core::{Keep, RecordMode};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A running server. Dropping it stops it; what has arrived by then is stored.
#[derive(Debug)]
pub struct Standin {
    engine: Arc<Engine>,
    running: Running,
    jobs: Arc<Jobs>,
    token: Option<String>,
}

/// How a session differs from its server.
#[derive(Debug, Clone, Default)]
pub struct SessionOptions {
    /// When calls are recorded; as the server does where nothing is chosen.
    pub record: Option<RecordMode>,
    /// What is stored, and when; as the server does where nothing is chosen.
    pub keep: Option<Keep>,
    /// What an identical call gets when its recorded answers have been played.
    pub exhausted: Exhausted,
    /// When answers are sent; as the server says where nothing is chosen.
    pub pace: Option<Pace>,
    /// What goes wrong with them; as the server says where nothing is chosen.
    pub faults: Option<Vec<FaultRule>>,
    /// What the chances of faults and times depend on; as the server says where nothing is chosen.
    pub seed: Option<u64>,
    /// How much its callers may ask for; as the server says where nothing is chosen.
    pub limits: Option<Vec<LimitRule>>,
    /// What counts when its calls are compared; as the server says where nothing is chosen.
    pub match_on: Option<Vec<Matcher>>,
    /// What is taken out of its calls when they are compared, beside what is everywhere.
    pub normalise: NormaliserRules,
    /// What is secret in its calls beside what is everywhere.
    pub scrub: ScrubRules,
}

/// One test's use of a cassette.
#[derive(Debug)]
pub struct Session {
    engine: Arc<Engine>,
    id: Arc<str>,
    url: String,
}

/// Why there is no such session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SessionError(String);

// === impl Standin ===

impl Standin {
    pub(crate) fn new(engine: Arc<Engine>, running: Running, jobs: Arc<Jobs>, token: Option<String>) -> Self {
        Standin { engine, running, jobs, token }
    }

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

    /// Answers from these mocks and no others, until the server is told otherwise: the text of a file of mocks.
    ///
    /// # Errors
    /// When something is wrong with them; what was there before answers on.
    pub fn set_mocks(&self, text: impl Into<String>) -> Result<(), BrokenMocks> {
        match self.engine.mocks.edit(Edit::Replace(text.into())) {
            // Neither of them is about a replacement.
            Ok(_) | Err(Unchanged::NoSuchName | Unchanged::TooMany) => Ok(()),
            Err(Unchanged::Broken(broken)) => Err(broken),
        }
    }

    /// The token of the control API, where it takes one.
    #[must_use]
    pub fn control_token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Begins a session: one test's use of a cassette, with a play order and a verdict of its own; without a
    /// cassette, of mocks, which count for it alone.
    ///
    /// # Errors
    /// When the name is none, the cassette cannot be read, or too many sessions are open.
    pub async fn session<'c>(
        &self,
        cassette: impl Into<Option<&'c str>>,
        options: SessionOptions,
    ) -> Result<Session, SessionError> {
        let cassette = cassette.into().map(CassetteName::new).transpose();
        let cassette = cassette.map_err(|error| SessionError(error.to_string()))?;
        let engine = &self.engine;
        let usual = || cassette.as_ref().map_or(engine.keep, |name| engine.keep_of(name));
        let keep = options.keep.unwrap_or_else(usual);
        let rules = OwnRules::new(
            options.match_on,
            &options.normalise,
            &options.scrub,
            engine.recorder.scrubber(),
            cassette.as_ref(),
        )
        .map_err(|error| SessionError(error.to_string()))?;
        let plan = SessionPlan {
            alias: None,
            cassette,
            mode: options.record.unwrap_or(engine.mode),
            keep,
            exhausted: options.exhausted,
            level: Level { pace: options.pace, faults: options.faults.map(Into::into), seed: options.seed },
            limits: options.limits,
            rules,
        };
        let begun = engine.begin_session(plan).await.map_err(|error| SessionError(error.to_string()))?;
        let url = format!("{}/s/{}", self.url(), begun.id);
        Ok(Session { engine: Arc::clone(engine), id: Arc::clone(&begun.id), url })
    }

    /// The latest calls and their answers, oldest first.
    #[must_use]
    pub fn journal(&self) -> Vec<Entry> {
        self.engine.journal.entries()
    }

    /// What keeps providers from being recorded although their key is set, and what else a user should know.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let misplaced = self.engine.store.shared().and_then(Shared::misplaced);
        let off = self.engine.bypass.warning();
        let upstreams = self.engine.recorder.upstreams.warnings();
        upstreams.into_iter().chain(misplaced.into_iter().chain(off).map(str::to_owned)).collect()
    }

    /// How the place of shared cassettes has done, and how full it is. It waits for that, but not for long.
    #[must_use]
    pub fn shared_health(&self) -> Option<Health> {
        self.engine.store.shared().map(Shared::look)
    }

    /// Cassettes that can be read, those that cannot, and interactions in all.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let library = self.engine.store.read();
        Counts {
            cassettes: library.tapes().count(),
            broken: library.broken().count(),
            interactions: library.interactions(),
            mocks: self.engine.mocks.current().mocks().len(),
        }
    }

    fn end(&mut self, patience: Duration) {
        self.jobs.drain(patience);
        self.running.stop(patience);
        self.jobs.stop();
        self.engine.recorder.stop(patience);
        self.engine.abandon_sessions();
    }

    /// [`Standin::stop`], and how the place of shared cassettes has done up to the very last write.
    pub fn finish(mut self, patience: Duration) -> Option<Health> {
        self.end(patience);
        self.shared_health()
    }

    /// Stops accepting, lets what is being answered and recorded finish for up to `patience`, and ends.
    pub fn stop(mut self, patience: Duration) {
        self.end(patience);
    }
}

// === impl Session ===

impl Session {
    /// The base URL of everything that the test calls, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The variables that point official SDKs at this session.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        environment(&self.url)
    }

    /// Ends the session, and stores what it recorded where its policy waited for the outcome.
    ///
    /// # Errors
    /// When the control API has ended it already.
    pub async fn end(self, outcome: TestOutcome) -> Result<Report, SessionError> {
        let gone = || SessionError(format!("the session {} was ended already", self.id));
        self.engine.end_session(&self.id, outcome).await.ok_or_else(gone)
    }
}

impl Drop for Standin {
    /// What has arrived is stored; what is still arriving is cut off.
    fn drop(&mut self) {
        self.end(Duration::ZERO);
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
    /// Mocks.
    pub mocks: usize,
}
