//! Latency that differs from call to call: drawn from distributions, with the prompt's length and the load.
//!
//! Times are sums of IEEE doubles and of `libm`'s functions, rounded to microseconds at the end: the same on
//! every machine.

mod profile;
mod spoken;
mod spread;
mod written;
mod wrong;

pub use profile::{PROFILES, Profile};
pub use spread::Spread;
pub(super) use written::{read, time_text};
pub use wrong::BadLatency;

use super::pace::LATEST;
use crate::dice::Dice;
use crate::reply::{Beat, Flush, Reply, ReplyBody, Timeline};
use std::time::Duration;

/// How long a model takes, as distributions. The same dice give the same times. Without anything said, no time.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Latency {
    ttft: Spread,
    between: Between,
    /// For each token of the prompt that is not cached.
    prefill: Duration,
    /// How much of a prompt is cached, from 0 to 1.
    cached: f64,
    load: Load,
}

/// What passes before each frame but the first.
#[derive(Debug, Clone, PartialEq)]
enum Between {
    /// The inter-token latency.
    Itl(Spread),
    /// So many tokens in a second: a frame takes as long as its text.
    Tokens(f64),
}

/// How times grow with the calls that are being answered: from 1 at one call to the factor at so many.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Load {
    factor: f64,
    at: usize,
}

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
    /// With this time to the first frame, or to a whole body.
    #[must_use]
    pub fn ttft(mut self, spread: Spread) -> Self {
        self.ttft = spread;
        self
    }

    /// With this time between frames.
    #[must_use]
    pub fn itl(mut self, spread: Spread) -> Self {
        self.between = Between::Itl(spread);
        self
    }

    /// With frames that take as long as their texts, at so many tokens in a second; what has no text takes no
    /// time. Takes the place of [`Latency::itl`].
    ///
    /// # Errors
    /// Unless it is from 0.001 to 1,000,000.
    pub fn tokens_per_second(mut self, tokens: f64) -> Result<Self, BadLatency> {
        self.between = Between::Tokens(wrong::within("tps", tokens, 0.001, 1e6)?);
        Ok(self)
    }

    /// With this time for each token of the prompt, before the first frame.
    ///
    /// # Errors
    /// Where it is longer than a year.
    pub fn prefill(mut self, token: Duration) -> Result<Self, BadLatency> {
        self.prefill = wrong::bearable(token)?;
        Ok(self)
    }

    /// With a share of each prompt that costs no [`Latency::prefill`].
    ///
    /// # Errors
    /// Unless it is from 0 to 1.
    pub fn cached(mut self, share: f64) -> Result<Self, BadLatency> {
        self.cached = wrong::within("cached", share, 0.0, 1.0)?;
        Ok(self)
    }

    /// With all times so much longer when so many calls are being answered, evenly growing from one call on.
    ///
    /// # Errors
    /// Unless the factor is from 1 to 1000 and the calls are two or more.
    pub fn load(mut self, factor: f64, at: usize) -> Result<Self, BadLatency> {
        let factor = wrong::within("load's factor", factor, 1.0, 1000.0)?;
        if at < 2 {
            return Err(BadLatency::Lonely(at));
        }
        self.load = Load { factor, at };
        Ok(self)
    }

    /// Whether times depend on the prompt's length.
    #[must_use]
    pub fn reads_prompt(&self) -> bool {
        !self.prefill.is_zero() && self.cached < 1.0
    }

    /// The times that every call has, to the first frame and between frames, where nothing differs from call to
    /// call.
    pub(super) fn fixed(&self) -> Option<(Duration, Duration)> {
        let Between::Itl(itl) = &self.between else { return None };
        let plain = self.prefill.is_zero() && self.cached == 0.0 && self.load == Load::default();
        plain.then(|| self.ttft.constant_time().zip(itl.constant_time())).flatten()
    }

    /// The reply with times of its own. What is in the reply are its frames; when they were due does not count.
    #[must_use]
    pub fn time(&self, reply: Reply, moment: Moment, dice: &mut Dice) -> Reply {
        let body = match reply.body {
            ReplyBody::Whole { bytes, .. } => ReplyBody::Whole { at: due(self.first(moment, dice)), bytes },
            ReplyBody::Stream(timeline) => ReplyBody::Stream(self.stream(&timeline, moment, dice)),
            nothing @ ReplyBody::Nothing { .. } => nothing,
        };
        Reply { body, ..reply }
    }

    /// Seconds to the first frame.
    fn first(&self, moment: Moment, dice: &mut Dice) -> f64 {
        let read = moment.prompt_tokens as f64 * (1.0 - self.cached) * self.prefill.as_secs_f64();
        (self.ttft.draw(dice) + read) * self.load.slowdown(moment.running)
    }

    fn stream(&self, timeline: &Timeline, moment: Moment, dice: &mut Dice) -> Timeline {
        let slowdown = self.load.slowdown(moment.running);
        let mut at = self.first(moment, dice);
        let beats = timeline.beats.iter().enumerate().map(|(nth, beat)| {
            if nth > 0 {
                at += self.between.seconds(&beat.send, dice) * slowdown;
            }
            Beat { at: due(at), send: beat.send.clone() }
        });
        Timeline { beats: beats.collect(), flush: Flush::Each, ending: timeline.ending }
    }
}

/// A moment that a clock can have.
fn due(seconds: f64) -> Duration {
    let micros = (seconds * 1e6).round();
    if micros < LATEST.as_micros() as f64 { Duration::from_micros(micros as u64) } else { LATEST }
}

// === impl Between ===

impl Between {
    /// The time before a frame.
    fn seconds(&self, frame: &[u8], dice: &mut Dice) -> f64 {
        match self {
            Between::Itl(spread) => spread.draw(dice),
            Between::Tokens(in_a_second) => spoken::tokens(frame) as f64 / in_a_second,
        }
    }
}

impl Default for Between {
    fn default() -> Self {
        Between::Itl(Spread::default())
    }
}

// === impl Load ===

impl Load {
    fn slowdown(self, running: usize) -> f64 {
        let others = running.clamp(1, self.at) - 1;
        1.0 + (self.factor - 1.0) * others as f64 / (self.at - 1) as f64
    }
}

impl Default for Load {
    /// None: as fast with two calls as with one.
    fn default() -> Self {
        Load { factor: 1.0, at: 2 }
    }
}

#[cfg(test)]
mod tests;
