//! The mocks that come closest to a call that none answers.

use super::rule::Mock;
use super::seen::Seen;
use serde::Serialize;

/// A mock that comes close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NearMock {
    /// Its name, or its place in its list.
    pub mock: String,
    /// Where it stands.
    pub place: String,
    /// Conditions that hold.
    pub met: usize,
    /// Those that do not.
    pub unmet: Vec<Unmet>,
}

/// A condition that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unmet {
    /// What it looks at.
    pub what: String,
    /// What it wants.
    pub expected: String,
    /// What there is.
    pub actual: String,
}

/// Characters of a value that are shown.
const SHOWN: usize = 200;

/// What holds of a mock, and what does not. Its endpoints and its provider are conditions as well.
pub(super) fn judge(mock: &Mock, seen: &Seen<'_>) -> NearMock {
    let (mut met, mut unmet) = (0, Vec::new());
    if mock.endpoints.contains(&seen.asked.endpoint) {
        met += 1;
    } else {
        let names = mock.endpoints.iter().map(|endpoint| endpoint.name()).collect::<Vec<_>>();
        unmet.push(Unmet {
            what: "endpoint".to_owned(),
            expected: names.join(" or "),
            actual: seen.asked.endpoint.name().to_owned(),
        });
    }
    match &mock.provider {
        Some(provider) if provider != seen.provider => unmet.push(Unmet {
            what: "provider".to_owned(),
            expected: provider.clone(),
            actual: seen.provider.to_owned(),
        }),
        _ => {}
    }
    mock.condition.judge(seen, &mut met, &mut unmet);
    for unmet in &mut unmet {
        shorten(&mut unmet.expected);
        shorten(&mut unmet.actual);
    }
    NearMock { mock: mock.label(), place: mock.place.to_string(), met, unmet }
}

fn shorten(text: &mut String) {
    if let Some((at, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(at);
        text.push_str("...");
    }
}

/// The closest `most` mocks: those with fewest conditions unmet, then most met, then first in order.
pub(super) fn nearest<'m>(
    mocks: impl Iterator<Item = &'m Mock>,
    seen: &Seen<'_>,
    most: usize,
) -> Vec<NearMock> {
    let mut near: Vec<NearMock> = Vec::new();
    for mock in mocks {
        let judged = judge(mock, seen);
        let at = near.partition_point(|known| {
            (known.unmet.len(), usize::MAX - known.met) <= (judged.unmet.len(), usize::MAX - judged.met)
        });
        if at < most {
            near.truncate(most - 1);
            near.insert(at.min(near.len()), judged);
        }
    }
    near
}
