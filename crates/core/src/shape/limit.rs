//! Limits: how many calls and tokens there may be, and what is left of them.

use serde::{Deserialize, Serialize};
use std::str::FromStr;
use std::time::Duration;

/// How much a caller may ask for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitRule {}

/// A text that is no limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a limit")]
pub struct BadLimit(pub String);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Calls in a minute.
    Requests,
    /// Tokens in a minute.
    Tokens,
    /// Tokens of prompts in a minute.
    InputTokens,
    /// Tokens of answers in a minute.
    OutputTokens,
    /// Calls at once.
    Concurrent,
    /// What is spent and never comes back.
    Budget,
}

/// What is left of one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// What is counted.
    pub counted: Counted,
    /// How much there is in all.
    pub limit: u64,
    /// How much is left.
    pub remaining: u64,
    /// Until all of it is there again.
    pub reset: Duration,
}

/// How a caller stands with its limits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// One for each limit that there is.
    pub allowances: Vec<Allowance>,
}

/// A limit that a call is beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// The limit, and what is left of it.
    pub allowance: Allowance,
    /// What the call asks for of it.
    pub requested: u64,
    /// When there is enough again; `None` where there never is.
    pub retry_after: Option<Duration>,
}

impl FromStr for LimitRule {
    type Err = BadLimit;

    fn from_str(text: &str) -> Result<Self, BadLimit> {
        Err(BadLimit(text.to_owned()))
    }
}
