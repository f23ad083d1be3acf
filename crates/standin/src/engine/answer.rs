//! The decision: which source answers a call, and with what.

use super::explain::{Asked, explain};
use super::memo::Memo;
use super::refusal::Refusal;
use crate::journal::{Journal, Outcome, Source};
use crate::metrics::Metrics;
use crate::rules::RuleBook;
use crate::sessions::{Played, Session, Sessions};
use crate::store::{Library, Named, Place, Store, Tape};
use prometheus_client::metrics::counter::Counter;
use standin_core::cassette::CassetteName;
use standin_core::matching::{NearMiss, call_keys, near_misses};
use standin_core::{Call, Decision, Found, Provider, RecordMode, Reply, canonical_host, shown};
use std::sync::{Arc, OnceLock};

/// What a call chose by its address and its headers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selectors {
    pub(crate) cassette: Option<CassetteName>,
    pub(crate) session: Option<String>,
}

/// A call on its way to an answer.
#[derive(Debug)]
pub(crate) struct Routed {
    pub(crate) call: Call,
    pub(crate) provider: &'static dyn Provider,
    /// Whether the provider was named by a mount, so that its own recordings come first.
    pub(crate) mounted: bool,
    pub(crate) selectors: Selectors,
}

/// A decided answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) outcome: Arc<Outcome>,
    pub(crate) session: Option<Arc<str>>,
    /// Where this answer is counted, found when it first is.
    counter: OnceLock<Counter>,
}

/// Everything that answers calls. Two engines share nothing.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) store: Arc<Store>,
    pub(crate) rules: RuleBook,
    pub(crate) mode: RecordMode,
    pub(crate) sessions: Sessions,
    pub(crate) journal: Journal,
    pub(crate) metrics: Metrics,
    pub(crate) memo: Memo,
}

/// An interaction that answers, of the tape that holds it.
type Hit = (Arc<Tape>, u32);

/// Candidates that a message shows.
const SHOWN: usize = 3;

// === impl Engine ===

impl Engine {
    /// Answers a call. Always.
    pub(crate) fn answer(&self, routed: &Routed) -> Answer {
        let session = match &routed.selectors.session {
            None => None,
            Some(id) => match self.sessions.find(id) {
                Some(session) => Some(session),
                None => return refuse(routed, &Refusal::NoSession { id: id.clone() }),
            },
        };
        let decided = match (&session, &routed.selectors.cassette) {
            (Some(session), Some(named)) if *named != session.cassette => Err(Refusal::SelectorsDisagree {
                what: "cassette",
                address: session.cassette.to_string(),
                header: named.to_string(),
            }),
            (Some(session), _) => self.in_session(&routed.call, session),
            (None, Some(name)) => self.by_name(&routed.call, name),
            (None, None) => self.unnamed(routed),
        };
        let id = session.as_ref().map(|session| Arc::clone(&session.id));
        match decided {
            Ok((tape, interaction)) => replayed(routed, &tape, interaction, id),
            Err(refusal) => {
                if let Some(session) = &session {
                    session.miss();
                }
                Answer { session: id, ..refuse(routed, &refusal) }
            }
        }
    }

    /// Counts an answer where it is to be seen. Called once for each call, remembered or not.
    pub(crate) fn note(&self, answer: &Answer) {
        answer.counter.get_or_init(|| self.metrics.counter(&answer.outcome)).inc();
        self.journal.write(answer.session.clone(), Arc::clone(&answer.outcome));
    }

    /// Whether equal bytes have equal answers: not where rules read headers that the memo does not keep.
    pub(crate) fn memoisable(&self) -> bool {
        !self.rules.all().any(|rules| rules.read_headers())
    }

    /// The first match always answers: the same input gives the same output in any order and number.
    fn by_name(&self, call: &Call, name: &CassetteName) -> Result<Hit, Refusal> {
        let attempt = |named: &Named| match named {
            Named::Tape(tape) => matching(call, tape).into_iter().next().map(|at| (Arc::clone(tape), at)),
            Named::Broken(_) | Named::Missing => None,
        };
        let mut named = self.store.named(name);
        let mut hit = attempt(&named);
        if hit.is_none() && self.store.refresh(name) {
            named = self.store.named(name);
            hit = attempt(&named);
        }
        let found = match (&named, &hit) {
            (Named::Broken(broken), _) => return Err(Refusal::Broken(Arc::clone(broken))),
            (Named::Missing, _) => Found::NoCassette,
            (Named::Tape(_), Some(_)) => Found::Match,
            (Named::Tape(_), None) => Found::NoMatch,
        };
        let tape = match &named {
            Named::Tape(tape) => Some(tape.as_ref()),
            Named::Broken(_) | Named::Missing => None,
        };
        self.decide(call, self.mode, found, name, tape, hit)
    }

    fn in_session(&self, call: &Call, session: &Session) -> Result<Hit, Refusal> {
        if session.tape().is_none() {
            self.store.refresh(&session.cassette);
            if let Named::Tape(tape) = self.store.named(&session.cassette) {
                session.adopt(tape);
            }
        }
        let Some(tape) = session.tape() else {
            return self.decide(call, session.mode, Found::NoCassette, &session.cassette, None, None);
        };
        let matches = matching(call, tape);
        let decision =
            |found, hit| self.decide(call, session.mode, found, &session.cassette, Some(tape), hit);
        // A mode that records what matches must not use up what is recorded.
        if !matches.is_empty() && session.mode.decide(Found::Match) != Decision::Replay {
            return decision(Found::Match, None);
        }
        match session.play(&matches) {
            Played::Interaction(at) => decision(Found::Match, Some((Arc::clone(tape), at))),
            Played::Exhausted => {
                Err(Refusal::Exhausted { cassette: session.cassette.clone(), played: matches.len() })
            }
            Played::Nothing => decision(Found::NoMatch, None),
        }
    }

    fn unnamed(&self, routed: &Routed) -> Result<Hit, Refusal> {
        let call = &routed.call;
        let library = self.store.read();
        if let Some(Place { tape, interaction }) = self.search(&library, routed) {
            return Ok((tape, interaction));
        }
        let candidates = library.tapes().flat_map(|tape| {
            let name = tape.name.as_str();
            tape.cassette
                .interactions
                .iter()
                .enumerate()
                .map(move |(at, one)| (name, at, one, tape.rules.as_ref()))
        });
        let near = near_misses(call, candidates, SHOWN);
        Err(Refusal::NameCassette {
            dir: self.store.dir().map(Into::into),
            cassettes: library.tapes().count(),
            broken: library.broken().count(),
            near,
        })
    }

    /// The first match in the library. Under a provider's mount, what was recorded from that provider
    /// comes first.
    fn search(&self, library: &Library, routed: &Routed) -> Option<Place> {
        let call = &routed.call;
        let mut first: Option<Place> = None;
        for (ruleset, rules) in self.rules.all().enumerate() {
            let keys = call_keys(call, rules);
            for place in library.candidates(ruleset, &keys) {
                let request = &place.tape.cassette.interactions[place.interaction as usize].request;
                if !rules.admits(call, request) {
                    continue;
                }
                let host = standin_core::Address::parse(&request.url).authority.unwrap_or_default();
                let owner = standin_providers::owning(&canonical_host(host, None)).name();
                if !routed.mounted || owner == routed.provider.name() {
                    return Some(place.clone());
                }
                first.get_or_insert_with(|| place.clone());
            }
        }
        first
    }

    /// Carries out what the record mode says. Recording is not one of the things this version does.
    fn decide(
        &self,
        call: &Call,
        mode: RecordMode,
        found: Found,
        cassette: &CassetteName,
        tape: Option<&Tape>,
        hit: Option<Hit>,
    ) -> Result<Hit, Refusal> {
        let no_cassette = || Refusal::NoCassette {
            cassette: cassette.clone(),
            dir: self.store.dir().map(Into::into),
            similar: self.store.read().similar(cassette),
        };
        match (mode.decide(found), hit, tape) {
            (Decision::Replay, Some(hit), _) => Ok(hit),
            (Decision::OutOfDate, _, Some(tape)) => Err(Refusal::OutOfDate {
                cassette: cassette.clone(),
                path: tape.path.clone(),
                near: nearest_in(call, tape),
            }),
            // Without a way to record, a missing cassette is missing in every mode.
            (Decision::Record, _, None) => Err(no_cassette()),
            (Decision::Record, _, Some(_)) => {
                Err(Refusal::CannotRecord { cassette: cassette.clone(), mode: mode.name() })
            }
            (
                Decision::NoCassette | Decision::NameCassette | Decision::OutOfDate | Decision::Replay,
                _,
                _,
            ) => Err(no_cassette()),
        }
    }
}

/// The interactions of a tape that match a call, in recorded order.
fn matching(call: &Call, tape: &Tape) -> Vec<u32> {
    let keys = call_keys(call, &tape.rules);
    tape.candidates(&keys)
        .iter()
        .copied()
        .filter(|at| tape.rules.admits(call, &tape.cassette.interactions[*at as usize].request))
        .collect()
}

fn nearest_in(call: &Call, tape: &Tape) -> Vec<NearMiss> {
    let candidates = tape
        .cassette
        .interactions
        .iter()
        .enumerate()
        .map(|(at, one)| (tape.name.as_str(), at, one, tape.rules.as_ref()));
    near_misses(call, candidates, SHOWN)
}

fn replayed(routed: &Routed, tape: &Tape, interaction: u32, session: Option<Arc<str>>) -> Answer {
    let reply = tape.reply(interaction);
    let outcome = Outcome {
        method: routed.call.method.clone(),
        target: shown(&routed.call.target()).into_owned(),
        provider: routed.provider.name(),
        source: Source::Tape,
        status: reply.status.as_u16(),
        cassette: Some(tape.name.to_string()),
        interaction: Some(interaction as usize),
        error: None,
        message: None,
        near_misses: Vec::new(),
    };
    Answer { reply, outcome: Arc::new(outcome), session, counter: OnceLock::new() }
}

/// The answer to a refused call.
pub(crate) fn refuse(routed: &Routed, refusal: &Refusal) -> Answer {
    let call = &routed.call;
    let asked = Asked { method: &call.method, path: &call.path, provider: routed.provider };
    refused(refusal, asked, &shown(&call.target()))
}

/// The answer to something that did not become a call.
pub(crate) fn refused(refusal: &Refusal, asked: Asked<'_>, target: &str) -> Answer {
    let (status, code) = refusal.status();
    let (reply, message) = explain(refusal, asked);
    tracing::warn!(status, code, "{} {target}: {message}", asked.method);
    let outcome = Outcome {
        method: asked.method.to_owned(),
        target: target.to_owned(),
        provider: asked.provider.name(),
        source: Source::Refusal,
        status,
        cassette: refusal.cassette().map(ToString::to_string),
        interaction: None,
        error: Some(code),
        message: Some(message),
        near_misses: refusal.near_misses().to_vec(),
    };
    Answer { reply, outcome: Arc::new(outcome), session: None, counter: OnceLock::new() }
}
