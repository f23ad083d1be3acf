//! What each session was answered: how often each mock did, and the states of scenarios.

use standin_core::mock::{Mock, MockId, MockSet, START, Seen};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The states of all sessions; `None` is that of calls without one.
#[derive(Debug, Default)]
pub(crate) struct States(Mutex<HashMap<Option<Arc<str>>, State>>);

/// The state of one session.
#[derive(Debug, Default)]
struct State {
    answered: HashMap<MockId, u64>,
    scenarios: HashMap<String, String>,
}

// === impl State ===

impl State {
    fn admits(&self, mock: &Mock) -> bool {
        let often = mock.times.is_none_or(|times| self.answered(mock) < times);
        let wanted = mock.scenario.as_ref().and_then(|scenario| Some((scenario, scenario.when.as_deref()?)));
        often
            && wanted.is_none_or(|(scenario, when)| {
                self.scenarios.get(&scenario.name).map_or(START, String::as_str) == when
            })
    }

    fn answered(&self, mock: &Mock) -> u64 {
        self.answered.get(&mock.id).copied().unwrap_or(0)
    }

    /// Counts an answer and moves the scenario on.
    fn advance(&mut self, mock: &Mock) {
        *self.answered.entry(mock.id).or_default() += 1;
        if let Some(scenario) = &mock.scenario
            && let Some(then) = &scenario.then
        {
            self.scenarios.insert(scenario.name.clone(), then.clone());
        }
    }
}

// === impl States ===

impl States {
    /// The mock that answers, and how often it has answered in this session before. Choosing and counting are
    /// one step: two calls never get the same turn.
    pub(crate) fn choose<'s>(
        &self,
        session: Option<&Arc<str>>,
        set: &'s MockSet,
        seen: &Seen<'_>,
    ) -> Option<(&'s Mock, u64)> {
        if !set.has_state() {
            return set.choose(seen, |_| true).map(|mock| (mock, 0));
        }
        let mut states = self.lock();
        let state = states.entry(session.cloned()).or_default();
        let mock = set.choose(seen, |mock| state.admits(mock))?;
        let answered = state.answered(mock);
        if mock.has_state() {
            state.advance(mock);
        }
        Some((mock, answered))
    }

    /// The mock that would answer now. Nothing is counted.
    pub(crate) fn next<'s>(
        &self,
        session: Option<&Arc<str>>,
        set: &'s MockSet,
        seen: &Seen<'_>,
    ) -> Option<&'s Mock> {
        let states = self.lock();
        let nothing = State::default();
        let state = states.get(&session.cloned()).unwrap_or(&nothing);
        set.choose(seen, |mock| state.admits(mock))
    }

    /// Forgets a session that has ended.
    pub(crate) fn forget(&self, session: &Arc<str>) {
        self.lock().remove(&Some(Arc::clone(session)));
    }

    /// Forgets everything.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Option<Arc<str>>, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
