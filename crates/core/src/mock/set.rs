//! All mocks in order, and the choice among them.

use super::check;
use super::condition::Condition;
use super::index::Index;
use super::near::{NearMock, nearest};
use super::read::Problem;
use super::rule::Mock;
use super::seen::Seen;
use super::test::TextTest;
use crate::dialect::Endpoint;
use std::collections::BTreeSet;

/// The state in which every scenario begins.
pub const START: &str = "start";

/// Mocks, compiled. The first that holds answers: by priority, then in the order of the files.
#[derive(Debug, Default)]
pub struct MockSet {
    mocks: Vec<Mock>,
    index: Index,
    has_state: bool,
    shapes: bool,
    headers: Vec<String>,
}

// === impl MockSet ===

impl MockSet {
    /// A set of mocks in the order in which they are asked, but for their priorities.
    #[must_use]
    pub fn new(mut mocks: Vec<Mock>) -> Self {
        mocks.sort_by_key(|mock| std::cmp::Reverse(mock.priority));
        let index = Index::of(&mocks);
        let has_state = mocks.iter().any(Mock::has_state);
        let mut headers = BTreeSet::new();
        for mock in &mocks {
            mock.condition.each(&mut |condition| {
                if let Condition::Header(name, _) = condition {
                    headers.insert(name.to_ascii_lowercase());
                }
            });
        }
        let shapes = mocks.iter().any(|mock| mock.pace.is_some() || mock.faults.is_some());
        MockSet { mocks, index, has_state, shapes, headers: headers.into_iter().collect() }
    }

    /// All of them, in the order in which they are asked.
    #[must_use]
    pub fn mocks(&self) -> &[Mock] {
        &self.mocks
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.mocks.is_empty()
    }

    /// Whether what answers depends on what was answered before.
    #[must_use]
    pub const fn has_state(&self) -> bool {
        self.has_state
    }

    /// Whether one of them says how slow its answers are, or what goes wrong with them.
    #[must_use]
    pub const fn shapes(&self) -> bool {
        self.shapes
    }

    /// The names of header fields that decide, in lower case.
    #[must_use]
    pub fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The models that a provider with these endpoints has, as far as its mocks name them, each once: those that
    /// answers come from, and those that a mock asks for.
    #[must_use]
    pub fn models(&self, provider: &str, endpoints: &[Endpoint]) -> Vec<String> {
        let theirs = self.mocks.iter().filter(|mock| {
            mock.provider.as_ref().is_none_or(|of| of == provider)
                && mock.endpoints.iter().any(|endpoint| endpoints.contains(endpoint))
        });
        let mut named = BTreeSet::new();
        for mock in theirs {
            named.extend(mock.answers.iter().filter_map(super::Answer::model));
            mock.condition.each(&mut |condition| match condition {
                Condition::Model(TextTest::Equals(name)) => drop(named.insert(name)),
                Condition::Model(TextTest::Like(name)) if !name.contains('*') => drop(named.insert(name)),
                _ => {}
            });
        }
        named.into_iter().map(str::to_owned).collect()
    }

    /// Whether a mock is for an endpoint.
    #[must_use]
    pub fn answers(&self, endpoint: Endpoint) -> bool {
        self.mocks.iter().any(|mock| mock.endpoints.contains(&endpoint))
    }

    /// The first mock that holds and that may answer now.
    pub fn choose(&self, seen: &Seen<'_>, mut may: impl FnMut(&Mock) -> bool) -> Option<&Mock> {
        self.index
            .candidates(seen)
            .filter_map(|place| self.mocks.get(place as usize))
            .find(|mock| holds(mock, seen) && may(mock))
    }

    /// The mocks that come closest to a call.
    #[must_use]
    pub fn nearest(&self, seen: &Seen<'_>, most: usize) -> Vec<NearMock> {
        nearest(self.mocks.iter(), seen, most)
    }

    /// Mocks that can never answer, since an earlier one always does.
    #[must_use]
    pub fn shadowed(&self) -> Vec<Problem> {
        check::shadowed(&self.mocks)
    }
}

/// Whether a mock is for a call, whatever was answered before.
pub(super) fn holds(mock: &Mock, seen: &Seen<'_>) -> bool {
    mock.endpoints.contains(&seen.asked.endpoint)
        && mock.provider.as_ref().is_none_or(|provider| provider == seen.provider)
        && mock.condition.holds(seen)
}
