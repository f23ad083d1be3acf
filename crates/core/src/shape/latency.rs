//! Latency that differs from call to call: drawn from distributions, with the prompt's length and the load.

use crate::dice::Dice;
use crate::reply::Reply;

/// How long a model takes, as distributions. The same dice give the same times.
#[derive(Debug, Clone, PartialEq)]
pub struct Latency {}

/// What a call's times depend on beside chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// Tokens of the prompt; 0 where [`Latency::reads_prompt`] says that nobody asks.
    pub prompt_tokens: usize,
    /// Calls that are being answered, this one among them.
    pub running: usize,
}

// === impl Latency ===

impl Latency {
    /// Whether times depend on the prompt's length.
    #[must_use]
    pub fn reads_prompt(&self) -> bool {
        false
    }

    /// The reply with times of its own. What is in the reply are its frames; when they were due does not count.
    #[must_use]
    pub fn time(&self, reply: Reply, _moment: Moment, _dice: &mut Dice) -> Reply {
        reply
    }
}
