//! Faults: changes made to a reply on purpose.

use crate::dialect::Failure;
use crate::dice::Dice;
use crate::mock::Seen;
use crate::reply::Reply;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A fault, and which calls it strikes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultRule {
    /// What happens.
    pub fault: Fault,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fault {
    /// The vendor says no.
    Status(Box<Failure>),
}

/// A text that is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a fault")]
pub struct BadFault(pub String);

/// What a rule looks at beside the call itself.
#[derive(Debug, Clone, Copy)]
pub struct Struck {
    /// The server's, the session's or the request's seed.
    pub seed: u64,
    /// Tells equal calls from others: a digest of session, method, target and body.
    pub call: u128,
    /// How often this very call came, this time counted, from 1.
    pub attempt: u64,
    /// How many calls this rule has looked at and could have struck, this one counted, from 1.
    pub nth: u64,
}

/// How a vendor breaks off a stream in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Interruption {
    /// An event that is an error.
    Error,
    /// An object that has failed: `response.failed`.
    Failed,
    /// An object that stays incomplete: `response.incomplete`.
    Incomplete,
}

/// Makes the event that breaks off a stream, from the frames before it; `None` where the vendor has none.
pub type Interrupt<'a> = &'a dyn Fn(Interruption, &Failure, &[Bytes]) -> Option<Bytes>;

// === impl FaultRule ===

impl FaultRule {
    /// Whether the rule is about a call at all.
    #[must_use]
    pub fn is_about(&self, _seen: &Seen<'_>) -> bool {
        true
    }

    /// Whether it strikes a call that it is about. The same seed, call and attempt give the same answer.
    #[must_use]
    pub fn strikes(&self, _struck: Struck) -> bool {
        true
    }
}

impl FromStr for FaultRule {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Self, BadFault> {
        Err(BadFault(text.to_owned()))
    }
}

// === impl Fault ===

impl Fault {
    /// Whether nothing of the answer is needed: the call is answered with this, and no source is asked.
    #[must_use]
    pub fn replaces(&self) -> bool {
        true
    }

    /// The reply with the fault in it.
    #[must_use]
    pub fn distort(&self, reply: Reply, _interrupt: Interrupt<'_>, _dice: &mut Dice) -> Reply {
        reply
    }
}
