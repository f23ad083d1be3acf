//! How two cassettes differ, by meaning: formats, key order and spelling do not count.

use crate::cassette::{Cassette, Interaction};
use crate::headers::Headers;
use crate::matching::{ContentKey, Difference, MatchRules, json_differences, recorded_keys};
use crate::secrecy::{is_credential_parameter, shown};
use crate::target::{Address, canonical_pairs};
use serde::Serialize;
use std::collections::BTreeMap;

/// One way in which two cassettes differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// Only the first has it.
    Removed {
        /// Its place in the first.
        interaction: usize,
        /// Method and address.
        request: String,
    },
    /// Only the second has it.
    Added {
        /// Its place in the second.
        interaction: usize,
        /// Method and address.
        request: String,
    },
    /// Both have the request, and answer it differently.
    Answer {
        /// Its place in the first.
        left: usize,
        /// Its place in the second.
        right: usize,
        /// Method and address.
        request: String,
        /// Where the answers differ: `status`, `headers/NAME` or `body` with a JSON pointer.
        differences: Vec<Difference>,
    },
}

/// Differences shown for one answer.
const MOST: usize = 20;

/// Compares two cassettes. Requests that are equal by these rules are paired in their order.
#[must_use]
pub fn diff(left: &Cassette, right: &Cassette, rules: &MatchRules) -> Vec<Change> {
    let mut unpaired: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
    for (at, interaction) in right.interactions.iter().enumerate() {
        unpaired.entry(key(interaction, rules)).or_default().push(at);
    }
    let mut changes = Vec::new();
    for (at, interaction) in left.interactions.iter().enumerate() {
        let twins = unpaired.get_mut(&key(interaction, rules)).filter(|twins| !twins.is_empty());
        let request = request(interaction);
        match twins.map(|twins| twins.remove(0)) {
            None => changes.push(Change::Removed { interaction: at, request }),
            Some(other) => {
                let differences = answers(interaction, &right.interactions[other]);
                if !differences.is_empty() {
                    changes.push(Change::Answer { left: at, right: other, request, differences });
                }
            }
        }
    }
    let mut added: Vec<usize> = unpaired.into_values().flatten().collect();
    added.sort_unstable();
    changes.extend(
        added
            .into_iter()
            .map(|at| Change::Added { interaction: at, request: request(&right.interactions[at]) }),
    );
    changes
}

/// A request by meaning, and what its content key leaves to be compared: the host and the optional
/// parameters.
type Key = (Option<ContentKey>, Option<String>, Vec<(String, String)>);

fn key(interaction: &Interaction, rules: &MatchRules) -> Key {
    let address = Address::parse(&interaction.request.url);
    let mut query = canonical_pairs(address.query.unwrap_or_default().as_bytes());
    query.retain(|(name, _)| !is_credential_parameter(name));
    (recorded_keys(&interaction.request, rules).first().copied(), address.host(), query)
}

fn request(interaction: &Interaction) -> String {
    format!("{} {}", interaction.request.method, shown(&interaction.request.url))
}

fn answers(left: &Interaction, right: &Interaction) -> Vec<Difference> {
    let (left, right) = (&left.response, &right.response);
    let mut differences = Vec::new();
    let mut differ = |pointer: String, left: Option<String>, right: Option<String>| {
        if left != right {
            differences.push(Difference { pointer, recorded: left, called: right });
        }
    };
    differ("status".to_owned(), Some(left.status.to_string()), Some(right.status.to_string()));
    let mut names: Vec<String> =
        left.headers.iter().chain(right.headers.iter()).map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let (a, b) = (joined(&left.headers, &name), joined(&right.headers, &name));
        differ(format!("headers/{name}"), a, b);
    }
    if left.body != right.body {
        let parsed = (serde_json::from_slice(&left.body), serde_json::from_slice(&right.body));
        match parsed {
            (Ok(a), Ok(b)) => {
                differences.extend(json_differences(&a, &b, MOST).into_iter().map(|mut one| {
                    one.pointer = format!("body{}", one.pointer);
                    one
                }));
            }
            _ => differ("body".to_owned(), Some(excerpt(&left.body)), Some(excerpt(&right.body))),
        }
    }
    differences.truncate(MOST);
    differences
}

fn joined(headers: &Headers, name: &str) -> Option<String> {
    let values: Vec<&str> = headers.get_all(name).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// Enough of a body to tell it from another; the length tells the rest.
fn excerpt(body: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(body).chars().take(60).collect();
    format!("{} ({} bytes)", text.escape_debug(), body.len())
}
