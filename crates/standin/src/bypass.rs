//! What is neither replayed nor recorded, and goes to its provider each time.

use crate::rules::{PatternError, pattern};
use globset::GlobMatcher;
use standin_core::Policy;
use standin_core::cassette::CassetteName;

/// Calls that pass by the cassettes.
#[derive(Debug)]
pub(crate) struct Bypass {
    everything: bool,
    cassettes: Vec<GlobMatcher>,
    /// Hosts, those below them included.
    hosts: Vec<String>,
}

/// What a server is told to let pass.
#[derive(Debug, Clone, Default)]
pub(crate) struct Passing {
    pub(crate) everything: bool,
    pub(crate) cassettes: Vec<String>,
    pub(crate) hosts: Vec<String>,
}

/// Why a call passed by the cassettes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Passed {
    #[error("cassettes are switched off")]
    Disabled,
    #[error("{0} is opted out of cassettes")]
    OptedOut(CassetteName),
    #[error("what {0} answers is never recorded")]
    Host(String),
}

/// Where credentials are exchanged: a token that is replayed has expired, and fails the live calls that use it.
const EXCHANGES: [&str; 5] = [
    "oauth2.googleapis.com",
    "sts.googleapis.com",
    "accounts.google.com",
    "metadata.google.internal",
    "169.254.169.254",
];
/// Where programs report about themselves: what they say differs each time.
const TELEMETRY: [&str; 8] = [
    "langfuse.com",
    "arize.com",
    "traceloop.com",
    "braintrust.dev",
    "comet.com",
    "wandb.ai",
    "honeycomb.io",
    "signoz.io",
];

// === impl Bypass ===

impl Bypass {
    /// What passes by a policy, and what else does.
    pub(crate) fn new(policy: Policy, passing: Passing) -> Result<Self, PatternError> {
        let known: &[&str] = match policy {
            Policy::Fixture => &[],
            Policy::Cache => &[EXCHANGES.as_slice(), TELEMETRY.as_slice()].concat(),
        };
        if let Some(wrong) = passing.hosts.iter().find(|host| !is_host(host)) {
            return Err(PatternError::Host(wrong.clone()));
        }
        let given = passing.hosts.iter().map(String::as_str);
        Ok(Bypass {
            everything: passing.everything,
            cassettes: passing.cassettes.into_iter().map(pattern).collect::<Result<_, _>>()?,
            hosts: known.iter().copied().chain(given).map(str::to_ascii_lowercase).collect(),
        })
    }

    /// What a user should know at the start: a variable that is inherited may have switched cassettes off.
    pub(crate) fn warning(&self) -> Option<&'static str> {
        self.everything.then_some(
            "cassettes are switched off (--disable-cassettes, or LITELLM_VCR_DISABLE=1): where the record mode is not \
             none, calls go to their provider each time, and nothing is stored",
        )
    }

    /// Why a call passes by its cassette, where it does.
    pub(crate) fn of(&self, cassette: &CassetteName, host: Option<&str>) -> Option<Passed> {
        if self.everything {
            return Some(Passed::Disabled);
        }
        if self.cassettes.iter().any(|pattern| pattern.is_match(cassette.as_str())) {
            return Some(Passed::OptedOut(cassette.clone()));
        }
        let host = host?.to_ascii_lowercase();
        let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
        let is_below = |known: &String| {
            name.strip_suffix(known.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.hosts.iter().any(is_below).then(|| Passed::Host(name.to_owned()))
    }
}

/// Whether a text can be the name of a host or its address: an URL, a port or a pattern would never be met.
fn is_host(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let is_six = |inner: &str| inner.parse::<std::net::Ipv6Addr>().is_ok();
    match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => is_six(inner),
        None => text.split('.').all(is_part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(policy: Policy, passing: Passing, cassette: &str, host: Option<&str>) -> Option<Passed> {
        let cassette = CassetteName::new(cassette).unwrap();
        Bypass::new(policy, passing).unwrap().of(&cassette, host)
    }

    #[test]
    fn a_shared_cache_records_no_tokens_and_no_telemetry() {
        for (host, passes) in [
            (Some("oauth2.googleapis.com"), true),
            (Some("OAUTH2.googleapis.com:443"), true),
            (Some("cloud.langfuse.com"), true),
            (Some("notlangfuse.com"), false),
            (Some("generativelanguage.googleapis.com"), false),
            (None, false),
        ] {
            let passed = of(Policy::Cache, Passing::default(), "tape", host);
            assert_eq!(passed.is_some(), passes, "{host:?}");
            assert_eq!(of(Policy::Fixture, Passing::default(), "tape", host), None);
        }
    }

    #[test]
    fn cassettes_are_opted_out_by_patterns() {
        let passing = || Passing {
            cassettes: vec!["*/test_live_*".to_owned(), "whole/**".to_owned()],
            ..Passing::default()
        };
        for (name, passes) in [("a/test_live_b", true), ("a/test_b", false), ("whole/a/b", true)] {
            assert_eq!(of(Policy::Fixture, passing(), name, None).is_some(), passes, "{name}");
        }
        let off = Passing { everything: true, ..Passing::default() };
        assert_eq!(of(Policy::Fixture, off, "tape", None), Some(Passed::Disabled));
        let wrong = Passing { cassettes: vec!["[".to_owned()], ..Passing::default() };
        assert!(Bypass::new(Policy::Cache, wrong).is_err());
    }

    #[test]
    fn what_is_no_host_is_refused() {
        let new = |host: &str| {
            let passing = Passing { hosts: vec![host.to_owned()], ..Passing::default() };
            Bypass::new(Policy::Fixture, passing)
        };
        for host in ["localhost", "api.example.com", "API.Example.com", "127.0.0.1", "[::1]", "my_host"] {
            assert!(new(host).is_ok(), "{host}");
        }
        for wrong in
            ["https://example.com", "example.com:443", "example.com/v1", "*.example.com", ".example.com", ""]
        {
            let error = new(wrong).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{wrong}` is no host that is never recorded: ")), "{error}");
        }
    }
}
