//! Beginning and ending sessions: the play order is theirs, the cassette comes from the store and what they
//! recorded goes back to it.

use super::Engine;
use crate::rules::OwnRules;
use crate::sessions::{Alias, Exhausted, NotStored, Outcome, Report, Session, TooMany};
use crate::shaping::Level;
use crate::store::{Addition, Broken, Named, SaveError, Twins};
use standin_core::cassette::CassetteName;
use standin_core::matching::MatchRules;
use standin_core::shape::LimitRule;
use standin_core::{Decision, Found, Gate, Keep, RecordMode};
use std::sync::Arc;
use std::time::Duration;

/// What a session is begun with.
#[derive(Debug, Clone)]
pub(crate) struct SessionPlan {
    /// A second name in addresses.
    pub(crate) alias: Option<Alias>,
    /// None, where only mocks answer.
    pub(crate) cassette: Option<CassetteName>,
    pub(crate) mode: RecordMode,
    pub(crate) keep: Keep,
    pub(crate) exhausted: Exhausted,
    /// How its answers are shaped.
    pub(crate) level: Level,
    /// The limits of its callers, where it has some of its own.
    pub(crate) limits: Option<Vec<LimitRule>>,
    /// How its calls are compared, where that is not as elsewhere.
    pub(crate) rules: OwnRules,
}

/// Why a session cannot be begun.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BeginError {
    #[error("{0}")]
    Broken(Arc<Broken>),
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

/// How long the end of a session waits for answers that are still arriving.
const PATIENCE: Duration = Duration::from_secs(10);

// === impl Engine ===

impl Engine {
    /// Begins a session with the cassette as it is, what has just been recorded included.
    pub(crate) async fn begin_session(&self, plan: SessionPlan) -> Result<Arc<Session>, BeginError> {
        let Some(cassette) = &plan.cassette else { return Ok(self.sessions.begin(plan, None)?) };
        self.recorder.settled(Some(cassette)).await;
        self.store.fetch(cassette).await;
        self.store.refresh(cassette);
        let tape = match self.store.named(cassette) {
            Named::Tape(tape) => Some(tape),
            Named::Missing => None,
            Named::Broken(broken) => return Err(BeginError::Broken(broken)),
        };
        Ok(self.sessions.begin(plan, tape)?)
    }

    /// Ends a session: what it recorded is written where its policy waited for the outcome. `None` where
    /// there is no such session.
    pub(crate) async fn end_session(self: &Arc<Self>, id: &str, outcome: Outcome) -> Option<Report> {
        let session = self.sessions.end(id)?;
        self.mocks.states.forget(&session.id);
        self.mocks.kept.forget(&session.id);
        self.mocks.own.forget(&session.id);
        session.settled(PATIENCE).await;
        let engine = Arc::clone(self);
        let ended = Arc::clone(&session);
        // Writing blocks, and this thread serves connections.
        let saved = tokio::task::spawn_blocking(move || engine.save(&ended, outcome)).await;
        let mut report = session.report();
        match saved {
            Ok(Some(saved)) => report.saved(saved),
            Ok(None) => {}
            Err(error) => report.saved(Err((NotStored::Otherwise, error.to_string()))),
        }
        let verdict = report.classification.name();
        tracing::info!(
            session = id,
            cassette = session.cassette.as_ref().map(CassetteName::as_str),
            ?outcome,
            verdict,
            "session ended"
        );
        Some(report)
    }

    /// By which rules a session compares its calls, where those are not its cassette's.
    pub(super) fn rules_of(&self, session: &Session) -> Option<Arc<MatchRules>> {
        let (_, rules) = self.rules.for_cassette(session.cassette.as_ref()?.as_str());
        session.rules.over(&rules).map(Arc::new)
    }

    /// Gives up all sessions that nobody ended. What waited for their outcome is dropped: whoever used them was
    /// mostly killed on the way, and half a test is no recording.
    pub(crate) fn abandon_sessions(&self) {
        for session in self.sessions.clear() {
            let lost = session.release().len();
            if lost > 0 {
                let cassette = session.cassette.as_ref().map(CassetteName::as_str);
                tracing::warn!(
                    session = %session.id,
                    cassette,
                    "nobody ended this session: {lost} interactions that waited for its outcome are not stored"
                );
            }
        }
    }

    /// Writes what a session held. `None` where there is nothing to say of it.
    fn save(&self, session: &Session, outcome: Outcome) -> Option<Result<usize, (NotStored, String)>> {
        let name = session.cassette.as_ref()?;
        let interactions = session.release();
        if session.keep.gate == Gate::Open || interactions.is_empty() {
            // Each was written when it had arrived.
            let entries = match self.store.named(name) {
                Named::Tape(tape) => tape.cassette.interactions.len(),
                Named::Missing | Named::Broken(_) => 0,
            };
            return (session.keep.gate == Gate::Open && session.has_recorded()).then_some(Ok(entries));
        }
        if outcome == Outcome::Failed {
            return Some(Err((NotStored::Otherwise, "the session did not pass".to_owned())));
        }
        let addition = Addition {
            interactions,
            format: self.recorder.format(),
            most: session.keep.most,
            expiry: session.keep.expiry,
            twins: match session.mode.decide(Found::Match) {
                Decision::Replay => {
                    Twins::Since { base: session.tape().cloned(), rules: self.rules_of(session) }
                }
                _ => Twins::Added,
            },
        };
        let saved = self.store.add(name, addition);
        if let Err(error) = &saved {
            tracing::error!(cassette = %name, "what a session recorded was not saved: {error}");
        }
        let kind = |error: &SaveError| match error {
            SaveError::Full { .. } => NotStored::Full,
            _ => NotStored::Otherwise,
        };
        Some(saved.map_err(|error| (kind(&error), error.to_string())))
    }
}
