//! The decision: whether a call is replayed, recorded or refused.

use super::answer::{Answer, Decided, Engine, Routed, refuse, replayed};
use super::mocked::Mocked;
use super::refusal::{Missed, Refusal};
use crate::record::{Lease, Ticket};
use crate::sessions::{Played, Session};
use crate::store::{Library, Named, Place, Tape, Twins, expired};
use jiff::Timestamp;
use standin_core::cassette::{CassetteName, Interaction};
use standin_core::matching::{NearMiss, call_keys, fingerprint, near_misses, same_credential};
use standin_core::{Call, Credentials, Decision, Found, Keep, RecordMode, canonical_host};
use std::sync::Arc;

/// An interaction that answers, of the tape that holds it.
type Hit = (Arc<Tape>, u32);

/// What a source does with a call.
enum Plan {
    Replay(Hit),
    Record(Box<Ticket>),
}

/// What was found in the cassette that a call chose.
struct Lookup<'a> {
    cassette: &'a CassetteName,
    session: Option<&'a Arc<Session>>,
    mode: RecordMode,
    keep: Keep,
    tape: Option<Arc<Tape>>,
    found: Found,
    hit: Option<Hit>,
}

/// Candidates that a message shows.
const SHOWN: usize = 3;

// === impl Engine ===

impl Engine {
    /// Decides on a call. Always.
    pub(crate) fn decide(&self, routed: &Routed) -> Decided {
        let session = match &routed.selectors.session {
            None => None,
            Some(id) => match self.sessions.find(id) {
                Some(session) => Some(session),
                None => return Decided::Answer(refuse(self, routed, &Refusal::NoSession { id: id.clone() })),
            },
        };
        let id = session.as_ref().map(|session| Arc::clone(&session.id));
        let mocked = match self.mocked(routed, id.as_ref()) {
            Mocked::Answer(answer) => return Decided::Answer(answer.of_session(id)),
            other => other,
        };
        // A session without a cassette is one of mocks.
        let with_cassette = session.as_ref().and_then(|session| Some((session, session.cassette.as_ref()?)));
        let planned = match (with_cassette, &routed.selectors.cassette) {
            (Some((_, of)), Some(named)) if named != of => Err(Refusal::SelectorsDisagree {
                what: "cassette",
                address: of.to_string(),
                header: named.to_string(),
            }),
            (Some((session, of)), _) => match self.passing(routed, Some(session), of) {
                Some(planned) => planned,
                None => self.in_session(routed, session, of),
            },
            (None, Some(name)) => match self.passing(routed, None, name) {
                Some(planned) => planned,
                None => self.by_name(routed, name),
            },
            (None, None) => match self.unnamed(routed) {
                Err(refusal) => return Decided::Answer(self.missed(routed, mocked, refusal, id)),
                planned => planned.map(Plan::Replay),
            },
        };
        match planned {
            Ok(Plan::Replay((tape, interaction))) => {
                Decided::Answer(replayed(self, routed, &tape, interaction, id))
            }
            Ok(Plan::Record(ticket)) => Decided::Record(ticket),
            // Of a cassette that is not there, whoever uses mocks has to hear of them.
            Err(refusal) if refusal.lacks_cassette() && !mocked.is_made_up() => {
                Decided::Answer(self.missed(routed, mocked, refusal, id))
            }
            Err(refusal) => Decided::Answer(refuse(self, routed, &refusal).of_session(id)),
        }
    }

    /// The cassette that has to be fetched before a call can be decided on. A session was begun with its own; where
    /// there was none, it looks again only if it may not record.
    pub(crate) fn unread(&self, routed: &Routed) -> Option<CassetteName> {
        self.store.shared()?;
        let selectors = &routed.selectors;
        let session = selectors.session.as_ref().and_then(|id| self.sessions.find(id));
        let name = match &session {
            Some(session) if session.tape().is_none() && session.mode == RecordMode::None => {
                session.cassette.clone()
            }
            Some(_) => None,
            None => selectors.cassette.clone(),
        };
        name.filter(|name| self.store.is_unread(name))
    }

    /// A call that passes by its cassette, where it does and the mode lets calls out.
    fn passing(
        &self,
        routed: &Routed,
        session: Option<&Arc<Session>>,
        cassette: &CassetteName,
    ) -> Option<Result<Plan, Refusal>> {
        let mode = self.able(session.map_or(self.mode, |session| session.mode));
        if mode == RecordMode::None {
            return None;
        }
        let passed = self.bypass.of(cassette, routed.call.host.as_deref())?;
        let keep = session.map_or_else(|| self.keep_of(cassette), |session| session.keep);
        let (tape, found, hit) = (None, Found::NoCassette, None);
        let lookup = Lookup { cassette, session, mode, keep, tape, found, hit };
        Some(self.ticket(routed, &lookup).map(|plan| match plan {
            Plan::Record(ticket) => {
                Plan::Record(Box::new(Ticket { passed: Some(passed), lease: None, ..*ticket }))
            }
            replay @ Plan::Replay(_) => replay,
        }))
    }

    /// How a cassette is kept where its session does not say.
    pub(crate) fn keep_of(&self, cassette: &CassetteName) -> Keep {
        self.lifetimes.over(cassette.as_str(), self.keep)
    }

    /// Neither a mock nor a cassette answers.
    fn missed(&self, routed: &Routed, mocked: Mocked, refusal: Refusal, id: Option<Arc<str>>) -> Answer {
        let refusal = match mocked {
            Mocked::Otherwise(answer) => return answer.of_session(id),
            Mocked::Missed => {
                let (near, mocks) = self.nearest_mocks(routed, id.as_ref());
                let tape = self.store.keeps().then(|| Box::new(refusal));
                Refusal::NoMock(Missed { near, mocks, tape })
            }
            // Who has mocks alone is not told how to record.
            Mocked::NotAsked if !self.store.keeps() && self.mocks.are_used() => {
                let mocks = self.mocks.current().mocks().len();
                Refusal::NoMock(Missed { near: Vec::new(), mocks, tape: None })
            }
            Mocked::NotAsked | Mocked::Answer(_) => refusal,
        };
        refuse(self, routed, &refusal).of_session(id)
    }

    /// The first match always answers: the same input gives the same output in any order and number.
    fn by_name(&self, routed: &Routed, name: &CassetteName) -> Result<Plan, Refusal> {
        let keep = self.keep_of(name);
        let attempt = |named: &Named| match named {
            Named::Tape(tape) => {
                matching(&routed.call, tape, keep).into_iter().next().map(|at| (Arc::clone(tape), at))
            }
            Named::Broken(_) | Named::Missing => None,
        };
        let mut named = self.store.named(name);
        let mut hit = attempt(&named);
        if hit.is_none() && self.store.refresh(name) {
            named = self.store.named(name);
            hit = attempt(&named);
        }
        let (found, tape) = match named {
            Named::Broken(broken) => return Err(Refusal::Broken(broken)),
            Named::Missing => (Found::NoCassette, None),
            Named::Tape(tape) if hit.is_some() => (Found::Match, Some(tape)),
            Named::Tape(tape) if self.open.holds(name) => (Found::OpenNoMatch, Some(tape)),
            Named::Tape(tape) => (Found::NoMatch, Some(tape)),
        };
        let mode = self.able(self.mode);
        self.carry_out(routed, &Lookup { cassette: name, session: None, mode, keep, tape, found, hit })
    }

    /// A session plays what was there when it began; what it records itself is for the next one.
    fn in_session(
        &self,
        routed: &Routed,
        session: &Arc<Session>,
        cassette: &CassetteName,
    ) -> Result<Plan, Refusal> {
        let mode = self.able(session.mode);
        let lookup = |tape, found, hit| Lookup {
            cassette,
            session: Some(session),
            mode,
            keep: session.keep,
            tape,
            found,
            hit,
        };
        let records = mode.decide(Found::NoCassette) == Decision::Record;
        if session.tape().is_none() {
            if records
                && let Ok(Plan::Record(ticket)) =
                    self.carry_out(routed, &lookup(None, Found::NoCassette, None))
            {
                return Ok(Plan::Record(ticket));
            }
            self.store.refresh(cassette);
            if let Named::Tape(tape) = self.store.named(cassette) {
                session.adopt(tape);
            }
        }
        let Some(tape) = session.tape() else {
            return self.carry_out(routed, &lookup(None, Found::NoCassette, None));
        };
        let no_match = if self.open.holds(cassette) { Found::OpenNoMatch } else { Found::NoMatch };
        let matches = matching(&routed.call, tape, session.keep);
        let looked = |found, hit| lookup(Some(Arc::clone(tape)), found, hit);
        // A mode that records what matches must not use up what is recorded.
        if !matches.is_empty() && mode.decide(Found::Match) != Decision::Replay {
            return self.carry_out(routed, &looked(Found::Match, None));
        }
        match session.play(&matches) {
            Played::Interaction(at) => {
                self.carry_out(routed, &looked(Found::Match, Some((Arc::clone(tape), at))))
            }
            // What has been played is there no more: the mode may record another.
            Played::Exhausted if mode.decide(no_match) == Decision::Record => {
                self.carry_out(routed, &looked(no_match, None))
            }
            Played::Exhausted => {
                Err(Refusal::Exhausted { cassette: cassette.clone(), played: matches.len() })
            }
            Played::Nothing => self.carry_out(routed, &looked(no_match, None)),
        }
    }

    /// The mode that can be carried out: without a folder there is nowhere to record to.
    fn able(&self, mode: RecordMode) -> RecordMode {
        if self.store.keeps() { mode } else { RecordMode::None }
    }

    fn unnamed(&self, routed: &Routed) -> Result<Hit, Refusal> {
        let call = &routed.call;
        if self.store.shared().is_some() {
            // Which of those on the shelf are known would depend on what was asked before.
            return Err(Refusal::NameCassette {
                dir: self.store.place(),
                cassettes: 0,
                broken: 0,
                near: Vec::new(),
            });
        }
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
            dir: self.store.place(),
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
            for place in library.candidates(ruleset, call, rules) {
                let interaction = &place.tape.cassette.interactions[place.interaction as usize];
                let request = &interaction.request;
                if !rules.admits(call, request) || !answers(call, interaction, self.keep) {
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

    /// Carries out what the record mode says.
    fn carry_out(&self, routed: &Routed, lookup: &Lookup<'_>) -> Result<Plan, Refusal> {
        let Lookup { cassette, tape, mode, found, hit, .. } = lookup;
        let no_cassette = || Refusal::NoCassette {
            cassette: (*cassette).clone(),
            dir: self.store.place(),
            similar: self.store.similar(cassette),
            mode: *mode,
        };
        match (mode.decide(*found), hit, tape) {
            (Decision::Replay, Some(hit), _) => Ok(Plan::Replay(hit.clone())),
            (Decision::OutOfDate, _, Some(tape)) => Err(Refusal::OutOfDate {
                cassette: (*cassette).clone(),
                path: self.store.keeps().then(|| tape.path.clone()),
                near: nearest_in(&routed.call, tape),
            }),
            (Decision::Record, _, _) if self.store.keeps() => self.ticket(routed, lookup),
            _ => Err(no_cassette()),
        }
    }

    /// A recording, where there is somebody to record from.
    fn ticket(&self, routed: &Routed, lookup: &Lookup<'_>) -> Result<Plan, Refusal> {
        let Lookup { cassette, session, mode, keep, found, .. } = *lookup;
        let call = &routed.call;
        let destination = self.recorder.upstreams.resolve(routed.provider, call).map_err(|reason| {
            Refusal::CannotRecord {
                cassette: cassette.clone(),
                found,
                path: self.store.path_of(cassette),
                similar: self.store.similar(cassette),
                reason,
            }
        })?;
        let (_, rules) = self.rules.for_cassette(cassette.as_str());
        // Only a call that would have been replayed had it come later is the same as another.
        let shared = session.is_none() && mode.decide(Found::Match) == Decision::Replay;
        let alike = shared && found != Found::Match && !rules.read_headers();
        let key = call_keys(call, &rules).first().copied().filter(|_| alike);
        let lease = key.map(|key| Lease {
            cassette: cassette.clone(),
            key,
            host: call.host.clone(),
            credential: fingerprint(&call.headers),
        });
        let session = session.cloned();
        let cassette = cassette.clone();
        let twins = match mode.decide(Found::Match) {
            Decision::Replay => Twins::Since {
                base: lookup.tape.clone(),
                rules: session.as_ref().and_then(|session| self.rules_of(session)),
            },
            _ => Twins::Added,
        };
        Ok(Plan::Record(Box::new(Ticket {
            cassette,
            session,
            keep,
            destination,
            lease,
            twins,
            passed: None,
        })))
    }
}

/// The interactions of a tape that match a call, in recorded order.
fn matching(call: &Call, tape: &Tape, keep: Keep) -> Vec<u32> {
    tape.candidates(call)
        .iter()
        .copied()
        .filter(|at| {
            let interaction = &tape.cassette.interactions[*at as usize];
            tape.rules.admits(call, &interaction.request) && answers(call, interaction, keep)
        })
        .collect()
}

/// Whether the policy lets an interaction that matches answer.
fn answers(call: &Call, interaction: &Interaction, keep: Keep) -> bool {
    let fresh = keep.expiry.is_none_or(|expiry| !expired(interaction, expiry, Timestamp::now()));
    let known = match keep.credentials {
        Credentials::Any => true,
        Credentials::Fingerprint => same_credential(&call.headers, &interaction.request.headers),
    };
    fresh && known
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
