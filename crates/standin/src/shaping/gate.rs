//! The gate: what is decided about a call before anybody answers it, and done to the answer.

use super::Shaping;
use super::level::{BadHeader, Level};
use crate::engine::{Answer, Routed};
use bytes::Bytes;
use standin_core::dialect::{Dialect, Endpoint, Failure, Operation, prompt_tokens};
use standin_core::mock::Seen;
use standin_core::shape::{FaultRule, Interruption, Latency, Moment, Pace, Struck};
use standin_core::{Dice, Reply};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a call passes.
#[derive(Debug)]
pub(crate) struct Gate<'a> {
    shaping: &'a Shaping,
    routed: &'a Routed,
    /// From the nearest: the request, its session, the mock that is to answer, the server.
    levels: Vec<(&'static str, Arc<Level>)>,
}

/// What was decided about a call.
#[derive(Debug)]
pub(crate) struct Passed {
    /// The pace, where it is not the server's.
    pub(crate) pace: Option<Pace>,
    /// Times that are drawn for this call.
    latency: Option<Arc<Latency>>,
    moment: Moment,
    /// What strikes it.
    pub(crate) fault: Option<FaultRule>,
    dice: Dice,
    held: Option<Held>,
}

/// A call that is being answered, as long as this lives.
#[derive(Debug)]
pub(crate) struct Held {
    running: Arc<AtomicUsize>,
}

// === impl Held ===

impl Drop for Held {
    fn drop(&mut self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
    }
}

// === impl Gate ===

impl<'a> Gate<'a> {
    /// The gate for a call of a session, and of a mock that is to answer it, with levels of their own.
    pub(crate) fn new(
        shaping: &'a Shaping,
        routed: &'a Routed,
        session: Option<Arc<Level>>,
        mock: Option<Level>,
    ) -> Result<Self, BadHeader> {
        let request = Level::of_headers(&routed.call.headers)?;
        let levels = [
            Some(("request", Arc::new(request))),
            session.map(|level| ("session", level)),
            mock.map(|level| ("mock", Arc::new(level))),
            Some(("server", shaping.level())),
        ];
        Ok(Gate { shaping, routed, levels: levels.into_iter().flatten().collect() })
    }

    /// Decides. The same seed, call and attempt are decided alike, in any order and on any number of threads.
    pub(crate) fn pass(&self, seen: &Seen<'_>) -> Passed {
        let held = Held { running: Arc::clone(&self.shaping.running) };
        let running = self.shaping.running.fetch_add(1, Ordering::Relaxed) + 1;
        let (place, pace) = self.nearest(|level| level.pace.clone()).unwrap_or(("server", Pace::Fast));
        let seed = self.nearest(|level| level.seed).map_or(0, |(_, seed)| seed);
        let latency = match &pace {
            Pace::Drawn(latency) => Some(Arc::clone(latency)),
            _ => None,
        };
        let reads_prompt = latency.as_ref().is_some_and(|latency| latency.reads_prompt());
        let prompt_tokens = if reads_prompt { prompt_tokens(seen.asked) } else { 0 };
        let faults = self.nearest(|level| level.faults.clone());
        let call = self.digest();
        // Counting takes a lock, and without faults or chance nobody asks.
        let counts = latency.is_some() || faults.as_ref().is_some_and(|(_, faults)| !faults.is_empty());
        let attempt = if counts { self.shaping.attempts.of_call(call) } else { 1 };
        let fault = faults.and_then(|(place, faults)| {
            let mut strikes =
                faults.iter().enumerate().filter(|(_, rule)| rule.is_about(seen)).filter(|(at, rule)| {
                    let nth = self.shaping.attempts.of_rule(digest(&[
                        place.as_bytes(),
                        self.routed.selectors.session.as_deref().unwrap_or_default().as_bytes(),
                        &at.to_le_bytes(),
                        rule.to_string().as_bytes(),
                    ]));
                    rule.strikes(Struck { seed, call, attempt, nth })
                });
            strikes.next().map(|(_, rule)| rule.clone())
        });
        let dice =
            Dice::of(&[seed.to_le_bytes().as_slice(), &call.to_le_bytes(), &attempt.to_le_bytes()].concat());
        Passed {
            pace: (place != "server").then_some(pace),
            latency,
            moment: Moment { prompt_tokens, running },
            fault,
            dice,
            held: Some(held),
        }
    }

    fn nearest<T>(&self, said: impl Fn(&Level) -> Option<T>) -> Option<(&'static str, T)> {
        self.levels.iter().find_map(|(place, level)| Some((*place, said(level)?)))
    }

    /// Tells equal calls from others.
    fn digest(&self) -> u128 {
        let call = &self.routed.call;
        digest(&[
            self.routed.selectors.session.as_deref().unwrap_or_default().as_bytes(),
            call.method.as_bytes(),
            call.target().as_bytes(),
            &call.body,
        ])
    }
}

/// A digest of several texts, which no other division of the same bytes has.
fn digest(parts: &[&[u8]]) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&part.len().to_le_bytes()).update(part);
    }
    let mut short = [0; 16];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_le_bytes(short)
}

// === impl Passed ===

impl Passed {
    /// What an answer becomes. One that says why standin has none is left as it is.
    pub(crate) fn shape(&self, answer: Arc<Answer>, routed: &Routed) -> Arc<Answer> {
        if answer.outcome.error.is_some() || (self.latency.is_none() && self.fault.is_none()) {
            return answer;
        }
        let mut answer = Arc::unwrap_or_clone(answer);
        if let Some(latency) = &self.latency {
            answer.reply = latency.time(answer.reply, self.moment, &mut self.dice.under("pace"));
        }
        if let Some(rule) = &self.fault {
            answer.reply = self.struck(rule, answer.reply, routed);
            answer = answer.struck_by(rule);
        }
        Arc::new(answer)
    }

    fn struck(&self, rule: &FaultRule, reply: Reply, routed: &Routed) -> Reply {
        let dialect = routed.provider.dialect();
        let endpoint = dialect.and_then(|dialect| endpoint(dialect, routed));
        let interrupt = |how: Interruption, failure: &Failure, before: &[Bytes]| {
            dialect?.interruption(endpoint?, how, failure, before)
        };
        rule.fault.distort(reply, &interrupt, &mut self.dice.under("fault"))
    }

    /// What is held until the answer has been sent.
    pub(crate) fn hold(&mut self) -> Option<Held> {
        self.held.take()
    }
}

fn endpoint(dialect: &dyn Dialect, routed: &Routed) -> Option<Endpoint> {
    match dialect.operation(&routed.call.method, &routed.call.path)? {
        Operation::Answer(endpoint) => Some(endpoint),
        _ => None,
    }
}
