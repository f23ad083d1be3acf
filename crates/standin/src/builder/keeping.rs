//! How cassettes are kept, and from whom they are recorded.

use super::{Builder, Environment, Kept};
use crate::store::{Home, Shared};
use crate::upstream::{AllowedUpstream, UpstreamAuth};
use standin_core::cassette::Format;
use standin_core::scrub::Scrubber;
use standin_core::{Knobs, Policy};
use std::time::Duration;

/// Where applications are told of their Redis.
const REDIS_URL: &str = "REDIS_URL";

// === impl Builder ===

impl Builder {
    /// How cassettes are kept; where nothing is chosen, [`Policy::Fixture`] in a folder and [`Policy::Cache`] where
    /// others share them.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// What is stored and for how long, where it differs from the policy.
    pub fn knobs(mut self, knobs: Knobs) -> Self {
        self.knobs = knobs;
        self
    }

    /// How long recordings answer in cassettes whose names match a pattern; the first pattern added wins.
    pub fn expiry_for(mut self, pattern: impl Into<String>, expiry: Option<Duration>) -> Self {
        self.lifetimes.push((pattern.into(), expiry));
        self
    }

    /// Neither replays nor records cassettes whose names match a pattern: their calls go to the provider each time,
    /// where the mode is not [`RecordMode::None`](standin_core::RecordMode::None).
    pub fn opt_out(mut self, pattern: impl Into<String>) -> Self {
        self.passing.cassettes.push(pattern.into());
        self
    }

    /// Neither replays nor records what this host answers, and those below it.
    pub fn never_record(mut self, host: impl Into<String>) -> Self {
        self.passing.hosts.push(host.into());
        self
    }

    /// Neither replays nor records anything, where the mode is not [`RecordMode::None`](standin_core::RecordMode::None).
    pub fn disable_cassettes(mut self) -> Self {
        self.passing.everything = true;
        self
    }

    /// The format of cassettes that are not there yet; go-vcr's where nothing is chosen. What is shared is always
    /// vcrpy's.
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

    /// What is wrong with where shared cassettes are.
    pub(super) fn misplaced(&self) -> Option<String> {
        let Kept::Shelf(shelf) = &self.cassettes else { return None };
        let given =
            self.variables.0.iter().rfind(|(name, _)| name == REDIS_URL).map(|(_, value)| value.clone());
        let inherited = match self.environment {
            Environment::Read => std::env::var(REDIS_URL).ok(),
            Environment::Ignored => None,
        };
        given.or(inherited).filter(|url| shelf.is_at(url)).map(|_| {
            format!(
                "the cassettes are in the application's own Redis ({}, as {REDIS_URL} has it): give them one of their own, which may fill up and be flushed",
                shelf.address()
            )
        })
    }
}

// === impl Kept ===

impl Kept {
    /// The same as the store has it, with what is wrong with where it is.
    pub(super) fn home(self, misplaced: Option<String>) -> std::io::Result<Home> {
        Ok(match self {
            Kept::Nowhere => Home::Nowhere,
            Kept::Folder(dir) => Home::Folder(dir),
            Kept::Shelf(shelf) => Home::Shared(Box::new(Shared::new(shelf, misplaced)?)),
        })
    }
}
