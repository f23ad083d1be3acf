//! The closest candidates for a call that matched nothing.

use super::compare::{Mismatch, compare};
use super::matcher::Matcher;
use super::rules::MatchRules;
use crate::call::Call;
use crate::cassette::{Interaction, RecordedRequest};
use crate::secrecy::shown;
use crate::target::Address;
use serde::Serialize;

/// A recorded interaction that comes close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NearMiss {
    /// Its cassette.
    pub cassette: String,
    /// Its place in the cassette, counted from 0.
    pub interaction: usize,
    /// The recorded method and address.
    pub request: String,
    /// The matchers that passed.
    pub passed: Vec<String>,
    /// The matchers that failed.
    pub failed: Vec<Mismatch>,
}

/// Interactions that are compared at most: enough to find the closest, bounded in time.
const COMPARED: usize = 256;
/// Bytes of recorded bodies that are compared at most; the first candidate always is.
const COMPARED_BYTES: usize = 16 << 20;

impl MatchRules {
    /// Whether a candidate that shares the call's content key is its match: what the key leaves out agrees.
    #[must_use]
    pub fn admits(&self, call: &Call, recorded: &RecordedRequest) -> bool {
        self.matchers.iter().all(|matcher| match matcher {
            // The optional parameter is not in the key.
            Matcher::Query if call.query.is_none() => true,
            Matcher::Host | Matcher::Headers | Matcher::Header(_) | Matcher::Key | Matcher::Query => {
                compare(matcher, call, recorded, self).is_none()
            }
            Matcher::Method | Matcher::Path | Matcher::Body => true,
        })
    }
}

/// The closest `most` interactions, by number of matchers passed, then by how little the bodies differ,
/// then by place. Interactions of the call's path are looked at first.
#[must_use]
pub fn near_misses<'c>(
    call: &Call,
    candidates: impl Iterator<Item = (&'c str, usize, &'c Interaction, &'c MatchRules)>,
    most: usize,
) -> Vec<NearMiss> {
    let mut chosen: Vec<_> = Vec::new();
    let mut others: Vec<_> = Vec::new();
    for candidate in candidates {
        let same_path = Address::parse(&candidate.2.request.url).path == call.path;
        let list = if same_path { &mut chosen } else { &mut others };
        if list.len() < COMPARED {
            list.push(candidate);
        } else if same_path {
            break;
        }
    }
    let room = COMPARED.saturating_sub(chosen.len());
    chosen.extend(others.into_iter().take(room));
    let mut bytes = 0;
    chosen.retain(|(_, _, interaction, _)| {
        let first = bytes == 0;
        bytes += interaction.request.body.bytes().len() + call.body.len();
        first || bytes <= COMPARED_BYTES
    });

    let mut ranked: Vec<(usize, usize, NearMiss)> = chosen
        .into_iter()
        .map(|(cassette, at, interaction, rules)| {
            let (mut passed, mut failed) = (Vec::new(), Vec::new());
            for matcher in &rules.matchers {
                match compare(matcher, call, &interaction.request, rules) {
                    None => passed.push(matcher.to_string()),
                    Some(mismatch) => failed.push(mismatch),
                }
            }
            let distance = failed.iter().map(|mismatch| 1 + mismatch.differences.len()).sum();
            let request = format!("{} {}", interaction.request.method, shown(&interaction.request.url));
            let near = NearMiss { cassette: cassette.to_owned(), interaction: at, request, passed, failed };
            (near.failed.len(), distance, near)
        })
        // Where nothing agrees there is nothing to explain.
        .filter(|(_, _, near)| !near.passed.is_empty())
        .collect();
    ranked.sort_by_key(|(failed, distance, _)| (*failed, *distance));
    ranked.into_iter().take(most).map(|(_, _, near)| near).collect()
}
