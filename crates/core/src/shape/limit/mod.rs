//! Limits: how many calls and tokens there may be, and what is left of them.
//!
//! ```text
//! LimitRule  what is counted, of which models, and who shares it
//! Account    what one caller has left of one rule: a bucket that refills, slots, a purse
//! usage_of   a body -> the tokens that its answer took
//! ```
//!
//! Times are counted from a start that the caller chooses; all arithmetic is in whole numbers, so nothing drifts.

mod account;
mod bucket;
mod duration;
mod rule;
mod usage;
mod written;

pub use account::{Account, Cost};
pub use duration::{duration_text, whole_millis};
pub use rule::{LimitRule, Per, Scope};
pub use usage::{usage_in, usage_of};
pub use written::BadLimit;

use serde::{Deserialize, Serialize};
use std::time::Duration;

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
    /// Tokens that are spent and never come back.
    Budget,
    /// Calls that are spent and never come back.
    BudgetRequests,
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
    /// Until all of it is there again; zero for what time does not bring back.
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

// === impl Allowance ===

impl Allowance {
    /// How much is taken.
    #[must_use]
    pub const fn used(&self) -> u64 {
        self.limit.saturating_sub(self.remaining)
    }
}

// === impl Standing ===

impl Standing {
    /// Of the limits that count one of these, the one with the least left: several rules may count the same.
    #[must_use]
    pub fn tightest(&self, counted: &[Counted]) -> Option<&Allowance> {
        let of_these = self.allowances.iter().filter(|allowance| counted.contains(&allowance.counted));
        of_these.min_by_key(|allowance| (allowance.remaining, allowance.limit))
    }
}

// === impl Exceeded ===

impl Exceeded {
    /// Whether a caller that waits for this limit has waited for the other one too.
    #[must_use]
    pub fn outlasts(&self, other: &Exceeded) -> bool {
        match (self.retry_after, other.retry_after) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(this), Some(other)) => this >= other,
        }
    }
}

#[cfg(test)]
mod tests;
