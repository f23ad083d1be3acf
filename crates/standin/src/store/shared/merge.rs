//! Putting together what several processes recorded.
//!
//! Two of them that run the same test at the same time record the same calls. A call was recorded because the
//! cassette, as it was then, had too few answers to it: the second call of a kind is the second for each of
//! them, and is kept once.

use crate::store::save::{self, Addition, Saved, Twins};
use standin_core::Address;
use standin_core::cassette::{Cassette, Interaction};
use standin_core::matching::{ContentKey, FINGERPRINT_HEADER, MatchRules, recorded_keys};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What came of additions.
pub(super) struct Merged {
    /// One for each addition.
    pub(super) results: Vec<Saved>,
    /// How long the cassette is kept, where it has changed.
    pub(super) changed: Option<Option<Duration>>,
}

/// What makes two recorded calls the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    content: Option<ContentKey>,
    host: Option<String>,
    credential: Option<String>,
    /// Where rules compare them.
    headers: Vec<(String, String)>,
}

/// Adds what is new to a cassette. Each addition has its own result: one may be too many where the others are
/// not.
pub(super) fn merge(cassette: &mut Cassette, additions: &[Addition], rules: &MatchRules) -> Merged {
    let mut changed = None;
    let results = additions
        .iter()
        .map(|addition| {
            save::forget_expired(cassette, addition.expiry);
            let interactions = unknown_to(cassette, addition, rules);
            if interactions.is_empty() {
                return Ok(cassette.interactions.len());
            }
            let saved = save::merge(cassette, Addition { interactions, ..addition.clone() });
            if saved.is_ok() {
                changed = Some(addition.expiry);
            }
            saved.map_err(Arc::new)
        })
        .collect();
    Merged { results, changed }
}

/// Those of an addition that nobody has put there yet.
fn unknown_to(cassette: &Cassette, addition: &Addition, rules: &MatchRules) -> Vec<Interaction> {
    let base = match &addition.twins {
        // A write whose answer was lost is made again: what it put there stands with its very time.
        Twins::Added => {
            let written = |one: &Interaction| {
                let twin = |other: &&Interaction| {
                    other.recorded == one.recorded && Kind::of(other, rules) == Kind::of(one, rules)
                };
                one.recorded.is_some() && cassette.interactions.iter().any(|other| twin(&other))
            };
            return addition.interactions.iter().filter(|one| !written(one)).cloned().collect();
        }
        Twins::Since { base, .. } => base,
    };
    let rules = match &addition.twins {
        Twins::Since { rules: Some(own), .. } => own,
        _ => rules,
    };
    let count = |interactions: &[Interaction]| {
        interactions.iter().fold(BTreeMap::<Kind, usize>::new(), |mut counts, one| {
            *counts.entry(Kind::of(one, rules)).or_default() += 1;
            counts
        })
    };
    let there = count(&cassette.interactions);
    let mut place = base.as_ref().map_or_else(BTreeMap::new, |tape| count(&tape.cassette.interactions));
    let is_new = |one: &&Interaction| {
        let kind = Kind::of(one, rules);
        let known = there.get(&kind).copied().unwrap_or_default();
        let place = place.entry(kind).or_default();
        *place += 1;
        *place > known
    };
    addition.interactions.iter().filter(is_new).cloned().collect()
}

// === impl Kind ===

impl Kind {
    fn of(interaction: &Interaction, rules: &MatchRules) -> Self {
        let request = &interaction.request;
        let owned = |(name, value): (&str, &str)| (name.to_ascii_lowercase(), value.to_owned());
        let mut headers: Vec<(String, String)> =
            if rules.read_headers() { request.headers.iter().map(owned).collect() } else { Vec::new() };
        headers.sort();
        Kind {
            content: recorded_keys(request, rules).first().copied(),
            host: Address::parse(&request.url).host(),
            credential: request.headers.get(FINGERPRINT_HEADER).map(str::to_owned),
            headers,
        }
    }
}
