//! The gate: what is decided about a call before anybody answers it, and done to the answer.

use super::Shaping;
use super::level::{BadHeader, Level};
use crate::engine::{Answer, Routed, mark};
use crate::limits::Limits;
use crate::limits::{Admitted, Caller, Refused};
use crate::sessions::Session;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use jiff::Timestamp;
use standin_core::dialect::{Dialect, Endpoint, Failure, Operation, prompt_tokens};
use standin_core::matching::fingerprint;
use standin_core::matching::multipart::{self, Part};
use standin_core::mock::Seen;
use standin_core::shape::{FaultRule, Interruption, Latency, Moment, Pace, Struck, usage_of};
use standin_core::{Dice, Reply};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::time::Instant;

/// What a call passes.
#[derive(Debug)]
pub(crate) struct Gate<'a> {
    shaping: &'a Shaping,
    routed: &'a Routed,
    /// From the nearest: the request, its session, the mock that is to answer, the server.
    levels: Vec<(&'static str, Arc<Level>)>,
    limits: Limits,
    /// What the call's address asks for.
    pub(crate) endpoint: Option<Endpoint>,
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
    /// What its address asks for.
    pub(crate) endpoint: Option<Endpoint>,
    dice: Dice,
    held: Option<Held>,
}

/// A call that is being answered, as long as this lives.
#[derive(Debug)]
pub(crate) struct Held {
    running: Arc<AtomicUsize>,
    admitted: Option<Admitted>,
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
        session: Option<&Session>,
        mock: Option<Level>,
    ) -> Result<Self, BadHeader> {
        let request = Level::of_headers(&routed.call.headers)?;
        let levels = [
            Some(("request", Arc::new(request))),
            session.map(|session| ("session", session.level())),
            mock.map(|level| ("mock", Arc::new(level))),
            Some(("server", shaping.level())),
        ];
        let limits = session.and_then(Session::limits).unwrap_or_else(|| shaping.limits());
        let endpoint = routed.provider.dialect().and_then(|dialect| endpoint(dialect, routed));
        Ok(Gate { shaping, routed, levels: levels.into_iter().flatten().collect(), limits, endpoint })
    }

    /// Decides. The same seed, call and attempt are decided alike, in any order and on any number of threads.
    ///
    /// # Errors
    /// When the call is beyond a limit. Nothing is counted of it then.
    pub(crate) fn pass(&self, seen: &Seen<'_>) -> Result<Passed, Refused> {
        let admitted = self.admit(seen)?;
        let held = Held { running: Arc::clone(&self.shaping.running), admitted };
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
        let attempt = if counts { self.shaping.attempts.of_call(self.in_session(call)) } else { 1 };
        let fault = faults.and_then(|(place, faults)| {
            let about = |(_, rule): &(usize, &FaultRule)| rule.is_about(seen, self.endpoint);
            let mut strikes = faults.iter().enumerate().filter(about).filter(|(at, rule)| {
                let nth = self.shaping.attempts.of_rule(digest([
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
        Ok(Passed {
            pace: (place != "server").then_some(pace),
            latency,
            moment: Moment { prompt_tokens, running },
            fault,
            endpoint: self.endpoint,
            dice,
            held: Some(held),
        })
    }

    /// Takes what the call costs of its limits.
    fn admit(&self, seen: &Seen<'_>) -> Result<Option<Admitted>, Refused> {
        let dialect = self.routed.provider.dialect();
        // Lists of models and the like cost nothing.
        let costs_nothing = dialect.is_some() && self.endpoint.is_none();
        if self.limits.rules().is_empty() || costs_nothing {
            return Ok(None);
        }
        let count = |tokens: usize| u64::try_from(tokens).unwrap_or(u64::MAX);
        let wanted = dialect.map(|dialect| dialect.wanted(seen.asked));
        let caller = Caller {
            key: &fingerprint(&self.routed.call.headers),
            model: seen.asked.model.as_deref(),
            input_tokens: if self.limits.reads_prompt() { count(prompt_tokens(seen.asked)) } else { 0 },
            most_output: wanted.and_then(|wanted| wanted.most_tokens).map_or(0, count),
        };
        self.limits.admit(&caller, Instant::now()).map(Some)
    }

    fn nearest<T>(&self, said: impl Fn(&Level) -> Option<T>) -> Option<(&'static str, T)> {
        self.levels.iter().find_map(|(place, level)| Some((*place, said(level)?)))
    }

    /// Tells equal calls from others. A form has another boundary in each attempt.
    fn digest(&self) -> u128 {
        let call = &self.routed.call;
        let target = call.target();
        let address = [call.method.as_bytes(), target.as_bytes()].into_iter();
        let boundary = call.headers.get(CONTENT_TYPE.as_str()).and_then(multipart::boundary);
        match boundary.and_then(|boundary| multipart::parts(&call.body, boundary)) {
            Some(parts) => digest(address.chain(parts.iter().flat_map(Part::said))),
            None => digest(address.chain([call.body.as_ref()])),
        }
    }

    /// Tells the same call of one session from that of another. Attempts are counted so; chance is not, since the id of
    /// a session is another one in each run.
    fn in_session(&self, call: u128) -> u128 {
        let session = self.routed.selectors.session.as_deref().unwrap_or_default();
        digest([session.as_bytes(), &call.to_le_bytes()])
    }
}

/// A digest of several texts, which no other division of the same bytes has.
fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u128 {
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
    pub(crate) fn shape(&mut self, answer: Arc<Answer>, routed: &Routed) -> Arc<Answer> {
        let limited = self.held.as_ref().is_some_and(|held| held.admitted.is_some());
        let plain = self.latency.is_none() && self.fault.is_none() && !limited;
        if answer.outcome.error.is_some() || plain {
            return answer;
        }
        let mut answer = Arc::unwrap_or_clone(answer);
        if let Some(admitted) = self.held.as_mut().and_then(|held| held.admitted.as_mut()) {
            settle(admitted, &mut answer, routed);
        }
        if let Some(latency) = &self.latency {
            answer = answer.drawn(|reply| latency.time(reply, self.moment, &mut self.dice.under("pace")));
        }
        let (reply, struck) = self.faulty(answer.reply, routed);
        answer.reply = reply;
        if let Some(rule) = struck {
            answer = answer.struck_by(&rule, self.endpoint);
        }
        Arc::new(answer)
    }

    /// The answer is no model's, and takes no time that is drawn for one.
    pub(crate) fn at_once(&mut self) {
        (self.pace, self.latency) = (Some(Pace::None), None);
    }

    /// Whether a fault changes the answer.
    pub(crate) fn strikes(&self) -> bool {
        self.fault.is_some()
    }

    /// A reply with its times and with the fault in it, and the fault if it changed something.
    pub(crate) fn strike(&mut self, mut reply: Reply, routed: &Routed) -> (Reply, Option<FaultRule>) {
        if let Some(latency) = &self.latency {
            reply = latency.time(reply, self.moment, &mut self.dice.under("pace"));
        }
        self.faulty(reply, routed)
    }

    /// A reply with the fault in it, which its head names, and the fault if it changed something: what one is about
    /// may not be there.
    fn faulty(&self, reply: Reply, routed: &Routed) -> (Reply, Option<FaultRule>) {
        let Some(rule) = &self.fault else { return (reply, None) };
        let mut struck = self.distort(rule, reply.clone(), routed);
        if struck == reply {
            return (reply, None);
        }
        mark(&mut struck, rule);
        (struck, Some(rule.clone()))
    }

    /// What a fault leaves of a reply.
    pub(crate) fn distort(&self, rule: &FaultRule, reply: Reply, routed: &Routed) -> Reply {
        let dialect = routed.provider.dialect();
        let interrupt = |how: Interruption, failure: &Failure, before: &[Bytes]| {
            dialect?.interruption(self.endpoint?, how, failure, before)
        };
        rule.fault.distort(reply, &interrupt, &mut self.dice.under("fault"))
    }

    /// What is held until the answer has been sent.
    pub(crate) fn hold(&mut self) -> Option<Held> {
        self.held.take()
    }
}

/// Counts what the answer said, and tells what is left.
fn settle(admitted: &mut Admitted, answer: &mut Answer, routed: &Routed) {
    let content_type = answer.reply.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let said = || usage_of(content_type.unwrap_or_default(), &answer.reply.body.bytes());
    let usage = answer.usage.or_else(|| admitted.reads_answer().then(said).flatten());
    let now = Instant::now();
    admitted.settle(usage.map_or(0, |usage| usage.output_tokens), now);
    let Some(dialect) = routed.provider.dialect() else { return };
    let headers = Arc::make_mut(&mut answer.reply.headers);
    for (name, value) in dialect.standing(&admitted.standing(now), Timestamp::now()) {
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

fn endpoint(dialect: &dyn Dialect, routed: &Routed) -> Option<Endpoint> {
    match dialect.operation(&routed.call.method, &routed.call.path)? {
        Operation::Answer(endpoint) => Some(endpoint),
        _ => None,
    }
}
