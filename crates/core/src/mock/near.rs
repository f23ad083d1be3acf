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

/// The beginning of a text in quotes: no more of it is shown.
pub(super) fn quoted(text: &str) -> String {
    let end = text.char_indices().nth(SHOWN).map_or(text.len(), |(at, _)| at);
    format!("{:?}", &text[..end])
}

fn shorten(text: &mut String) {
    if let Some((at, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(at);
        text.push_str("...");
    }
}

/// How many bytes are read to find the nearest: each mock may read all of a call. At least so many mocks are
/// looked at, the first ones.
const READ: usize = 64 << 20;
const LOOKED_AT: usize = 50;

/// The closest `most` mocks: those with fewest conditions unmet, then most met, then first in order. All are
/// counted, and only these are told of: a call may be long, and mocks may be many.
pub(super) fn nearest<'m>(
    mocks: impl Iterator<Item = &'m Mock>,
    seen: &Seen<'_>,
    most: usize,
) -> Vec<NearMock> {
    let mut near: Vec<(usize, usize, &Mock)> = Vec::new();
    let affordable = (READ / seen.call.body.len().max(1)).max(LOOKED_AT);
    for mock in mocks.take(affordable) {
        let (met, unmet) = count(mock, seen);
        let far = usize::MAX - met;
        let at = near.partition_point(|(known, other, _)| (*known, *other) <= (unmet, far));
        if at < most {
            near.truncate(most - 1);
            near.insert(at, (unmet, far, mock));
        }
    }
    near.into_iter().map(|(_, _, mock)| judge(mock, seen)).collect()
}

/// How much of a mock holds, and how much does not.
fn count(mock: &Mock, seen: &Seen<'_>) -> (usize, usize) {
    let (mut met, mut unmet) = (0, 0);
    if mock.endpoints.contains(&seen.asked.endpoint) {
        met += 1;
    } else {
        unmet += 1;
    }
    unmet += usize::from(mock.provider.as_ref().is_some_and(|provider| provider != seen.provider));
    mock.condition.count(seen, &mut met, &mut unmet);
    (met, unmet)
}
