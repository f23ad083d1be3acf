//! Faults: changes made to a reply on purpose.
//!
//! ```text
//! text, JSON, TOML --parts, read--> FaultRule --write--> text, JSON
//! FaultRule        --about, when--> whether it strikes a call
//! Fault            --distort------> the reply with the fault in it
//! ```

mod about;
mod bad;
mod distort;
mod kinds;
mod parts;
mod place;
mod read;
mod rejection;
mod when;
mod write;

#[cfg(test)]
mod tests;

pub use about::About;
pub use bad::BadFault;
pub use place::{Break, Place, Where};
pub use rejection::{Rejection, RetryAfter, Substitute};
pub use when::{NotNths, Nths, When};

use crate::dialect::{Endpoint, Failure};
use crate::dice::Dice;
use crate::mock::Seen;
use bytes::Bytes;
use http::HeaderValue;
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::time::Duration;

/// A fault, and which calls it strikes.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultRule {
    /// What its writer calls it.
    pub name: Option<String>,
    /// What happens.
    pub fault: Fault,
    /// When it strikes.
    pub when: When,
    /// Which calls it is about.
    pub about: About,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The vendor says no.
    Status(Box<Rejection>),
    /// The connection is reset, and the port takes no new ones.
    Refused {
        /// For so long.
        lasting: Duration,
        /// After a wait.
        wait: Duration,
    },
    /// The connection ends otherwise than HTTP says.
    Break(Break, Where),
    /// The answer ends in order, and too early.
    Truncate(Place),
    /// The connection is closed in the middle of a frame.
    Cut(Place),
    /// Nothing is sent for a while; then it goes on.
    Stall {
        /// The while.
        lasting: Duration,
        /// Where it begins.
        place: Place,
    },
    /// So many bytes are sent each so often.
    Drip {
        /// How many.
        bytes: NonZeroUsize,
        /// How often.
        every: Duration,
    },
    /// Each write is so many bytes, wherever that cuts characters and frames.
    Split(NonZeroUsize),
    /// JSON that is none.
    Malformed(Place),
    /// A frame is sent twice.
    Duplicate(Place),
    /// A frame changes places with the next.
    Reorder(Place),
    /// The vendor breaks off the stream in its own words.
    Interrupt(Box<Interrupted>),
    /// The content type is another one.
    ContentType(HeaderValue),
    /// The checksum of an AWS event stream message is wrong.
    Crc(Place),
    /// Lines of server-sent events end with CRLF.
    Crlf,
}

/// A stream that the vendor breaks off.
#[derive(Debug, Clone, PartialEq)]
pub struct Interrupted {
    /// How.
    pub how: Interruption,
    /// What the vendor says. The status is the one that it would have, had the answer not begun.
    pub failure: Failure,
    /// Where.
    pub place: Place,
}

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
    /// A fault that strikes every call.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        FaultRule { name: None, fault, when: When::default(), about: About::default() }
    }

    /// Whether the rule is about a call at all; the endpoint is the one of its address, where that is one.
    #[must_use]
    pub fn is_about(&self, seen: &Seen<'_>, endpoint: Option<Endpoint>) -> bool {
        self.about.holds(seen, endpoint)
    }

    /// Whether it strikes a call that it is about. The same seed, call and attempt give the same answer.
    #[must_use]
    pub fn strikes(&self, struck: Struck) -> bool {
        self.when.holds(struck, || {
            let mut seed = struck.seed.to_le_bytes().to_vec();
            seed.extend_from_slice(&struck.call.to_le_bytes());
            seed.extend_from_slice(&struck.attempt.to_le_bytes());
            seed.extend_from_slice(self.to_string().as_bytes());
            Dice::of(&seed)
        })
    }
}

// === impl Fault ===

impl Fault {
    /// Whether nothing of the answer is needed: the call is answered with this, and no source is asked.
    #[must_use]
    pub fn replaces(&self) -> bool {
        matches!(self, Fault::Status(_) | Fault::Refused { .. } | Fault::Break(_, Where::Before { .. }))
    }

    /// What the vendor says instead of an answer; `None` where the answer is another one, or none.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Fault::Status(rejection) => Some(&rejection.failure),
            _ => None,
        }
    }
}
