//! Sessions: one user of a cassette each, with its play order and its verdict.

mod order;
mod verdict;

pub use order::Exhausted;
pub(crate) use order::Played;
pub(crate) use verdict::NotStored;
pub use verdict::{Classification, Outcome, Report, Unplayed, Verdict};

use crate::engine::SessionPlan;
use crate::limits::Limits;
use crate::rules::OwnRules;
use crate::shaping::Level;
use crate::store::Tape;
use order::Order;
use standin_core::cassette::{CassetteName, Interaction};
use standin_core::shape::LimitRule;
use standin_core::{Keep, RecordMode};
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use verdict::Tally;

/// A test's use of one cassette: the one that was on disk when the session began, or when it was first
/// there.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: Arc<str>,
    /// Which one it is, counted from the first that was begun.
    number: u64,
    pub(crate) alias: Option<Alias>,
    pub(crate) cassette: Option<CassetteName>,
    tape: OnceLock<Arc<Tape>>,
    pub(crate) mode: RecordMode,
    pub(crate) exhausted: Exhausted,
    pub(crate) keep: Keep,
    pub(crate) rules: OwnRules,
    order: Mutex<Order>,
    level: RwLock<Arc<Level>>,
    limits: RwLock<Option<Limits>>,
    misses: AtomicU64,
    mocked: AtomicU64,
    recordings: Mutex<Recordings>,
    /// Recordings that have begun and not ended.
    in_progress: watch::Sender<usize>,
}

/// What a session recorded.
#[derive(Debug, Default)]
struct Recordings {
    /// Interactions that are stored or wait for the outcome.
    made: u64,
    /// Those that wait.
    held: Vec<Interaction>,
    /// Whether the session has ended: what arrives now comes too late.
    ended: bool,
    /// Answers that were not stored, and why the first was not.
    dropped: u64,
    why: Option<String>,
    /// Whether the cassette was too full for one of them.
    overflowed: bool,
}

/// A second name in addresses, which leads to the latest open session that has it: a client that is made once calls
/// for each test that uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alias(Box<str>);

/// A text that is no [`Alias`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be another name of a session: use 1 to 64 letters, digits, - and _")]
pub(crate) struct BadAlias(String);

/// The open sessions of one server.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: RwLock<BTreeMap<Arc<str>, Arc<Session>>>,
    begun: AtomicU64,
    seed: RandomState,
}

/// Sessions open at once. A client that never ends them is told so long before memory is short.
const MOST: usize = 10_000;

/// There are too many open sessions.
#[derive(Debug, thiserror::Error)]
#[error("{MOST} sessions are open; end one with DELETE /_standin/sessions/ID")]
pub(crate) struct TooMany;

// === impl Session ===

impl Session {
    pub(crate) fn tape(&self) -> Option<&Arc<Tape>> {
        self.tape.get()
    }

    /// How its answers are shaped.
    pub(crate) fn level(&self) -> Arc<Level> {
        Arc::clone(&self.level.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes how its answers are shaped.
    pub(crate) fn shape(&self, change: impl FnOnce(&mut Level)) -> Arc<Level> {
        let mut level = self.level.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut level));
        Arc::clone(&level)
    }

    /// The limits of its callers, where it has some of its own.
    pub(crate) fn limits(&self) -> Option<Limits> {
        self.limits.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts limits in their place, of which nothing is used yet; `None` leaves it to the server.
    pub(crate) fn limit(&self, rules: Option<Vec<LimitRule>>) {
        let limits = rules.map(|rules| Limits::new(rules, Instant::now()));
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
    }

    /// Takes a cassette, which it reads by its own rules where it has some.
    pub(crate) fn adopt(&self, tape: Arc<Tape>) {
        let tape = self.tape.get_or_init(|| match self.rules.over(&tape.rules) {
            Some(rules) => Arc::new(tape.compared_by(rules)),
            None => tape,
        });
        let interactions = tape.cassette.interactions.len();
        self.order.lock().unwrap_or_else(PoisonError::into_inner).cover(interactions);
    }

    /// Chooses among the interactions that match a call, and counts the choice.
    pub(crate) fn play(&self, matching: &[u32]) -> Played {
        self.order.lock().unwrap_or_else(PoisonError::into_inner).play(matching, self.exhausted)
    }

    pub(crate) fn begin_recording(&self) {
        self.in_progress.send_modify(|count| *count += 1);
    }

    pub(crate) fn end_recording(&self) {
        self.in_progress.send_modify(|count| *count = count.saturating_sub(1));
    }

    /// Waits until what is arriving has been stored, but no longer than this.
    pub(crate) async fn settled(&self, patience: Duration) {
        // A guest's runtime may have no timer, and mostly there is nothing to wait for.
        if *self.in_progress.borrow() == 0 {
            return;
        }
        let mut in_progress = self.in_progress.subscribe();
        // The sender lives as long as this session.
        let _ = tokio::time::timeout(patience, in_progress.wait_for(|count| *count == 0)).await;
    }

    /// Counts an interaction that is stored or held.
    pub(crate) fn recorded(&self) {
        self.recordings().made += 1;
    }

    /// Counts an answer that was not stored.
    pub(crate) fn not_recorded(&self, why: NotStored, told: String) {
        let mut recordings = self.recordings();
        recordings.dropped += 1;
        recordings.overflowed |= why == NotStored::Full;
        recordings.why.get_or_insert(told);
    }

    /// Keeps an interaction until the outcome is known; whether there is still time for that.
    pub(crate) fn hold(&self, interaction: Interaction) -> bool {
        let mut recordings = self.recordings();
        if !recordings.ended {
            recordings.held.push(interaction);
        }
        !recordings.ended
    }

    pub(crate) fn has_recorded(&self) -> bool {
        self.recordings().made > 0
    }

    /// Gives what was held, in the order in which the calls began, and takes no more. What is still arriving
    /// counts as not stored.
    pub(crate) fn release(&self) -> Vec<Interaction> {
        let late = *self.in_progress.borrow();
        let mut recordings = self.recordings();
        recordings.ended = true;
        if late > 0 {
            recordings.dropped += u64::try_from(late).unwrap_or(u64::MAX);
            recordings.why.get_or_insert_with(|| format!("{late} answers had not arrived"));
        }
        let mut held = std::mem::take(&mut recordings.held);
        held.sort_by_key(|interaction| interaction.recorded);
        held
    }

    fn recordings(&self) -> MutexGuard<'_, Recordings> {
        self.recordings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn miss(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn mocked(&self) {
        self.mocked.fetch_add(1, Ordering::Relaxed);
    }

    /// What the session has done so far.
    pub(crate) fn report(&self) -> Report {
        let order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let recordings = self.recordings();
        let tally = Tally {
            missed: self.misses.load(Ordering::Relaxed),
            mocked: self.mocked.load(Ordering::Relaxed),
            recorded: recordings.made,
            dropped: recordings.dropped,
            why: recordings.why.clone(),
            overflowed: recordings.overflowed,
        };
        Report::new(self.tape().map(Arc::as_ref), &order, tally)
    }
}

// === impl Alias ===

impl FromStr for Alias {
    type Err = BadAlias;

    fn from_str(text: &str) -> Result<Self, BadAlias> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let fits = (1..=64).contains(&text.len()) && text.chars().all(is_name);
        if fits { Ok(Alias(text.into())) } else { Err(BadAlias(text.to_owned())) }
    }
}

impl fmt::Display for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// === impl Sessions ===

impl Sessions {
    pub(crate) fn begin(&self, plan: SessionPlan, tape: Option<Arc<Tape>>) -> Result<Arc<Session>, TooMany> {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let id: Arc<str> = format!("{:016x}", self.seed.hash_one(number)).into();
        let session = Arc::new(Session {
            id: Arc::clone(&id),
            number,
            alias: plan.alias,
            cassette: plan.cassette,
            tape: OnceLock::new(),
            mode: plan.mode,
            exhausted: plan.exhausted,
            keep: plan.keep,
            rules: plan.rules,
            order: Mutex::default(),
            level: RwLock::new(Arc::new(plan.level)),
            limits: RwLock::new(plan.limits.map(|rules| Limits::new(rules, Instant::now()))),
            misses: AtomicU64::new(0),
            mocked: AtomicU64::new(0),
            recordings: Mutex::default(),
            in_progress: watch::Sender::new(0),
        });
        if let Some(tape) = tape {
            session.adopt(tape);
        }
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= MOST {
            return Err(TooMany);
        }
        open.insert(id, Arc::clone(&session));
        Ok(session)
    }

    /// A session by its id or, where there is none, by its alias.
    pub(crate) fn find(&self, id: &str) -> Option<Arc<Session>> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        let has_alias = |session: &&Arc<Session>| session.alias.as_ref().is_some_and(|alias| &*alias.0 == id);
        let latest = || open.values().filter(has_alias).max_by_key(|session| session.number);
        open.get(id).or_else(latest).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Session>> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(crate) fn end(&self, id: &str) -> Option<Arc<Session>> {
        self.open.write().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    /// Takes all sessions out.
    pub(crate) fn clear(&self) -> Vec<Arc<Session>> {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *open).into_values().collect()
    }
}
