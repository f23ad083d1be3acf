//! Which mock answers a call, and why the others do not.

use super::near::{NearMock, judge};
use super::rule::Mock;
use super::seen::Seen;
use super::set::{MockSet, holds};
use serde::Serialize;

/// What becomes of a mock for a call.
#[derive(Debug, Serialize)]
pub struct Explained {
    /// What holds, and what does not.
    #[serde(flatten)]
    pub judged: NearMock,
    /// What becomes of it.
    pub why: Why,
}

/// Why a mock answers or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is the first that holds.
    Answers,
    /// It holds, and an earlier one does too.
    Later,
    /// It holds in another state of its scenario.
    OtherState,
    /// Something does not hold.
    Unmet,
}

impl MockSet {
    /// All mocks in order, with what becomes of each where nothing was answered before.
    #[must_use]
    pub fn explain(&self, seen: &Seen<'_>) -> Vec<Explained> {
        let mut answered = false;
        let explain = |mock: &Mock| {
            let why = match (holds(mock, seen), begins(mock)) {
                (false, _) => Why::Unmet,
                (true, false) => Why::OtherState,
                (true, true) if answered => Why::Later,
                (true, true) => {
                    answered = true;
                    Why::Answers
                }
            };
            Explained { judged: judge(mock, seen), why }
        };
        self.mocks().iter().map(explain).collect()
    }
}

/// Whether a mock may answer the first call of a session.
fn begins(mock: &Mock) -> bool {
    let state = mock.scenario.as_ref().and_then(|scenario| scenario.when.as_deref());
    mock.times != Some(0) && state.is_none_or(|state| state == super::START)
}
