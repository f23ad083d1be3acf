//! Policies: how a cassette is kept, as separate knobs and two presets of them.

use crate::mode::RecordMode;
use std::str::FromStr;
use std::time::Duration;

/// A preset of how a cassette is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Files in git, recorded once.
    #[default]
    Fixture,
    /// A shared cache that grows with what is asked, as LiteLLM's tests use it.
    Cache,
}

/// What is stored, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Which answers are worth storing.
    pub statuses: Statuses,
    /// The most interactions that a cassette may have; one more, and nothing is written.
    pub most: Option<usize>,
    /// When what a session recorded is written.
    pub gate: Gate,
    /// Whether the caller's credential is part of what matches.
    pub credentials: Credentials,
    /// The age at which an interaction stops answering; counted from its recording, reading does not
    /// prolong it.
    pub expiry: Option<Duration>,
}

/// Knobs that are set by themselves, over those of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Knobs {
    /// See [`Keep::statuses`].
    pub statuses: Option<Statuses>,
    /// See [`Keep::most`].
    pub most: Option<Option<usize>>,
    /// See [`Keep::gate`].
    pub gate: Option<Gate>,
    /// See [`Keep::credentials`].
    pub credentials: Option<Credentials>,
    /// See [`Keep::expiry`].
    pub expiry: Option<Option<Duration>>,
}

/// Which answers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statuses {
    /// All but 401, 403, 408, 429 and 5xx: those tell of keys, quotas and outages, not of the request.
    Settled,
    /// 2xx.
    Success,
}

/// When what a session recorded is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// At once.
    Open,
    /// At the session's end, where the test passed or nothing is known of it.
    Outcome,
}

/// Whether the caller's credential is part of what matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// Any credential gets the recorded answer.
    Any,
    /// Only the one that recorded it, told by its fingerprint: a test of a bad key must not get the
    /// answer to a good one.
    Fingerprint,
}

/// A policy that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a policy: use fixture or cache")]
pub struct UnknownPolicy(pub String);

/// A choice of statuses that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a choice of statuses: use settled (all but 401, 403, 408, 429 and 5xx) or success (2xx)"
)]
pub struct UnknownStatuses(pub String);

/// An age that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an age: use 24h, 90m, 30s, 7d or never")]
pub struct UnknownAge(pub String);

/// Reads an age: `24h`, `90m`, `30s`, `7d`; for what never ends `never`, `inf`, `0` or a negative number.
///
/// # Errors
/// When it is none.
pub fn age(text: &str) -> Result<Option<Duration>, UnknownAge> {
    let unknown = || UnknownAge(text.to_owned());
    let endless = text.parse::<i64>().is_ok_and(|number| number <= 0);
    if endless || matches!(text, "never" | "inf") {
        return Ok(None);
    }
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(unknown)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(unknown()),
    };
    let number: u64 = number.parse().map_err(|_| unknown())?;
    number.checked_mul(seconds).map(Duration::from_secs).map(Some).ok_or_else(unknown)
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

// === impl Policy ===

impl Policy {
    /// The record mode where none is given.
    #[must_use]
    pub const fn record_mode(self) -> RecordMode {
        match self {
            Policy::Fixture => RecordMode::Once,
            Policy::Cache => RecordMode::NewEpisodes,
        }
    }

    /// The knobs where none is set.
    #[must_use]
    pub const fn keep(self) -> Keep {
        match self {
            Policy::Fixture => Keep {
                statuses: Statuses::Settled,
                most: None,
                gate: Gate::Open,
                credentials: Credentials::Any,
                expiry: None,
            },
            Policy::Cache => Keep {
                statuses: Statuses::Success,
                most: Some(50),
                gate: Gate::Outcome,
                credentials: Credentials::Fingerprint,
                expiry: Some(DAY),
            },
        }
    }
}

impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Self, UnknownPolicy> {
        match name {
            "fixture" => Ok(Policy::Fixture),
            "cache" => Ok(Policy::Cache),
            _ => Err(UnknownPolicy(name.to_owned())),
        }
    }
}

// === impl Keep ===

impl Default for Keep {
    fn default() -> Self {
        Policy::default().keep()
    }
}

// === impl Knobs ===

impl Knobs {
    /// What is set, and the rest as it was.
    #[must_use]
    pub fn over(self, keep: Keep) -> Keep {
        Keep {
            statuses: self.statuses.unwrap_or(keep.statuses),
            most: self.most.unwrap_or(keep.most),
            gate: self.gate.unwrap_or(keep.gate),
            credentials: self.credentials.unwrap_or(keep.credentials),
            expiry: self.expiry.unwrap_or(keep.expiry),
        }
    }
}

// === impl Statuses ===

impl Statuses {
    /// Whether an answer with this status is stored.
    #[must_use]
    pub const fn admit(self, status: u16) -> bool {
        match self {
            Statuses::Settled => !matches!(status, 401 | 403 | 408 | 429 | 500..),
            Statuses::Success => matches!(status, 200..=299),
        }
    }
}

impl FromStr for Statuses {
    type Err = UnknownStatuses;

    fn from_str(name: &str) -> Result<Self, UnknownStatuses> {
        match name {
            "settled" => Ok(Statuses::Settled),
            "success" => Ok(Statuses::Success),
            _ => Err(UnknownStatuses(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read() {
        assert_eq!(age("24h"), Ok(Some(DAY)));
        assert_eq!(age("7d"), Ok(Some(DAY * 7)));
        for endless in ["never", "inf", "0", "-1"] {
            assert_eq!(age(endless), Ok(None), "{endless}");
        }
        for wrong in ["", "h", "1", "1w", "-1h", "99999999999999999999d", "24hours", "ü"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn statuses_are_those_of_the_presets() {
        let cases = [
            (200, true, true),
            (201, true, true),
            (204, true, true),
            (299, true, true),
            (300, true, false),
            (400, true, false),
            (401, false, false),
            (403, false, false),
            (404, true, false),
            (408, false, false),
            (422, true, false),
            (429, false, false),
            (500, false, false),
            (502, false, false),
            (503, false, false),
            (529, false, false),
        ];
        for (status, fixture, cache) in cases {
            assert_eq!(Policy::Fixture.keep().statuses.admit(status), fixture, "{status}");
            assert_eq!(Policy::Cache.keep().statuses.admit(status), cache, "{status}");
        }
    }
}
