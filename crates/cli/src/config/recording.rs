//! What `serve` and `run` can be told about recording.

use super::file::File;
use crate::failure::Failure;
use clap::Args;
use clap::builder::BoolishValueParser;
use serde::Deserialize;
use standin::cassette::Format;
use standin::{AllowedUpstream, Credentials, Gate, Keep, Knobs, Policy, UpstreamAuth};
use standin_core::age;
use std::fmt::Display;
use std::time::Duration;

/// Flags and environment.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Recording")]
pub(crate) struct RecordArgs {
    /// A host that calls below /to/HOST/ may be passed to, with the variable that holds its key:
    /// api.example.com=EXAMPLE_API_KEY, or http://localhost:11434 for one that takes none. Repeatable.
    #[arg(long, env = "STANDIN_UPSTREAM", value_delimiter = ',', value_name = "HOST[=VARIABLE]")]
    upstream: Option<Vec<String>>,
    /// server (the keys of standin's environment) or client (the caller's own) [default: server].
    #[arg(long, env = "STANDIN_UPSTREAM_AUTH", value_name = "WHOSE")]
    upstream_auth: Option<String>,
    /// go-vcr or vcrpy: the format of new cassettes [default: go-vcr].
    #[arg(long, env = "STANDIN_CASSETTE_FORMAT", value_name = "FORMAT")]
    cassette_format: Option<String>,
    /// The largest answer that is recorded, in bytes [default: 67108864].
    #[arg(long, env = "STANDIN_MAX_RECORDING", value_name = "BYTES")]
    max_recording: Option<usize>,
    /// settled (all but 401, 403, 408, 429 and 5xx) or success (2xx) [default: by the policy].
    #[arg(long, env = "STANDIN_STATUSES", value_name = "WHICH")]
    statuses: Option<String>,
    /// The most interactions of one cassette; 0 for no limit [default: by the policy].
    #[arg(long, env = "STANDIN_MAX_INTERACTIONS", value_name = "N")]
    max_interactions: Option<usize>,
    /// Write what a session recorded at its end, unless it failed [default: by the policy].
    #[arg(long, env = "STANDIN_OUTCOME_GATE", value_parser = BoolishValueParser::new(), value_name = "true|false")]
    outcome_gate: Option<bool>,
    /// Match only calls whose caller sends the credential that the recorded one sent, told by its fingerprint
    /// [default: by the policy].
    #[arg(long, env = "STANDIN_KEY_FINGERPRINT", value_parser = BoolishValueParser::new(), value_name = "true|false")]
    key_fingerprint: Option<bool>,
    /// The age at which a recording stops answering: 24h, 90m, 7d, or never [default: by the policy].
    #[arg(long, env = "STANDIN_EXPIRY", value_name = "AGE", allow_hyphen_values = true)]
    expiry: Option<String>,
    /// Cassettes that are neither replayed nor recorded: their calls go to the provider each time. Patterns of
    /// names, such as `*/test_live_*`. Repeatable.
    #[arg(long, env = "STANDIN_OPT_OUT", value_delimiter = ',', value_name = "PATTERN")]
    opt_out: Option<Vec<String>>,
    /// Hosts below /to/ that are neither replayed nor recorded, such as `example.com`, those below them included.
    /// Repeatable. With the policy cache, where credentials are exchanged and telemetry goes to is so already.
    #[arg(long, env = "STANDIN_NEVER_RECORD", value_delimiter = ',', value_name = "HOST")]
    never_record: Option<Vec<String>>,
    /// Neither replay nor record: every call that names a cassette or has a session goes to its provider, where the
    /// mode is not none. LITELLM_VCR_DISABLE=1 says the same.
    #[arg(long, env = "STANDIN_DISABLE_CASSETTES", value_parser = BoolishValueParser::new(), num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    disable_cassettes: Option<bool>,
}

/// `[[upstreams]]`: a host that calls may be passed to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Upstream {
    host: String,
    /// The environment variable that holds its key.
    key: Option<String>,
}

/// A builder that has been told, and what else follows.
#[derive(Debug)]
pub(crate) struct Applied {
    pub(crate) builder: standin::Builder,
    pub(crate) keep: Keep,
    /// Variables that hold keys of upstreams.
    pub(crate) withheld: Vec<String>,
}

// === impl RecordArgs ===

impl RecordArgs {
    /// Tells a builder. The knobs that are not set are those of the policy.
    pub(crate) fn apply(
        self,
        file: &File,
        policy: Policy,
        shared: bool,
        mut builder: standin::Builder,
    ) -> Result<Applied, Failure> {
        let mut withheld = Vec::new();
        let named = self.upstream.unwrap_or_else(|| file.upstreams.iter().map(Upstream::written).collect());
        for upstream in named {
            let upstream = upstream.parse::<AllowedUpstream>().map_err(config)?;
            withheld.extend(upstream.variable().map(str::to_owned));
            builder = builder.upstream(upstream);
        }
        if let Some(auth) = self.upstream_auth.or(file.upstream_auth.clone()) {
            builder = builder.upstream_auth(auth.parse::<UpstreamAuth>().map_err(config)?);
        }
        if let Some(name) = self.cassette_format.or(file.cassette_format.clone()) {
            builder = builder.cassette_format(format(&name)?);
        }
        if let Some(bytes) = self.max_recording.or(file.max_recording) {
            builder = builder.max_recording(bytes);
        }
        let mut knobs = Knobs::default();
        if let Some(name) = self.statuses.or(file.statuses.clone()) {
            knobs.statuses = Some(name.parse().map_err(config)?);
        }
        knobs.most = self.max_interactions.or(file.max_interactions).map(|most| (most > 0).then_some(most));
        let gate = |shut| if shut { Gate::Outcome } else { Gate::Open };
        knobs.gate = self.outcome_gate.or(file.outcome_gate).map(gate);
        let known = |known| if known { Credentials::Fingerprint } else { Credentials::Any };
        knobs.credentials = self.key_fingerprint.or(file.key_fingerprint).map(known);
        knobs.expiry = match self.expiry.or(file.expiry.clone()) {
            Some(text) => Some(age(&text).map_err(config)?),
            None if shared => std::env::var(LITELLM_EXPIRY).ok().map(|age| seconds(&age)).transpose()?,
            None => None,
        };
        for pattern in self.opt_out.unwrap_or_else(|| file.opt_out.clone()) {
            builder = builder.opt_out(pattern);
        }
        for host in self.never_record.unwrap_or_else(|| file.never_record.clone()) {
            builder = builder.never_record(host);
        }
        let litellm = std::env::var(LITELLM_DISABLE).is_ok_and(|value| value == "1");
        if self.disable_cassettes.or(file.disable_cassettes).unwrap_or(litellm) {
            builder = builder.disable_cassettes();
        }
        let keep = knobs.over(policy.keep());
        let builder = builder.policy(policy).knobs(knobs);
        Ok(Applied { builder, keep, withheld })
    }
}

// === impl Upstream ===

impl Upstream {
    fn written(&self) -> String {
        match &self.key {
            Some(key) => format!("{}={key}", self.host),
            None => self.host.clone(),
        }
    }
}

fn config(error: impl Display) -> Failure {
    Failure::Config(error.to_string())
}

fn format(name: &str) -> Result<Format, Failure> {
    [Format::GoVcr, Format::Vcrpy]
        .into_iter()
        .find(|format| format.name() == name)
        .ok_or_else(|| config(format!("`{name}` is not a cassette format: use go-vcr or vcrpy")))
}

/// What LiteLLM's tests are told the lifetime of their cache by.
const LITELLM_EXPIRY: &str = "CASSETTE_TTL_SECONDS";
/// What switches it off.
const LITELLM_DISABLE: &str = "LITELLM_VCR_DISABLE";

/// LiteLLM's way to say a lifetime: seconds, or `inf`, 0 or less for ever.
fn seconds(age: &str) -> Result<Option<Duration>, Failure> {
    let unknown = || config(format!("{LITELLM_EXPIRY} is `{age}`: use a number of seconds, or inf"));
    let seconds: f64 = age.trim().parse().map_err(|_| unknown())?;
    match seconds {
        seconds if seconds.is_nan() => Err(unknown()),
        seconds if seconds <= 0.0 || seconds.is_infinite() => Ok(None),
        seconds => Duration::try_from_secs_f64(seconds).map(Some).map_err(|_| unknown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read() {
        for age in ["0", "-1", "inf", "-3.5"] {
            assert_eq!(seconds(age).unwrap(), None, "{age}");
        }
        assert_eq!(seconds("90").unwrap(), Some(Duration::from_secs(90)));
        assert!(seconds("nan").is_err() && seconds("1h").is_err());
    }
}
