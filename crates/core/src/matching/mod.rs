//! Matching: which recorded interaction answers a call, and why none does.
//!
//! ```text
//! call ------- content keys --> index --> candidates --> admits? --> the match
//!                                                          |
//!                            near_miss  <-- compare <------+ none
//! ```
//!
//! - `matcher`: the named comparisons; `rules`: which of them count, and what is normalised first;
//! - `key`: the hash of what has to be equal, so that a look-up costs the same with any number of
//!   interactions; `index`: from keys to interactions;
//! - `body`, `json`, `multipart`: bodies by meaning; `normalise`: volatile values;
//! - `compare`: every matcher with its reason; `near_miss`: the closest candidates, for people.

mod body;
mod compare;
mod fingerprint;
mod index;
mod json;
mod key;
mod matcher;
pub mod multipart;
mod near_miss;
mod normalise;
mod rules;
mod stored;

pub use compare::{Difference, Mismatch};
pub use fingerprint::{FINGERPRINT_HEADER, fingerprint, same_credential};
pub use index::Index;
pub use json::{canonical_json, json_differences};
pub use key::{ContentKey, call_keys, recorded_keys, stored_call_keys};
pub use matcher::{Matcher, UnknownMatcher};
pub use near_miss::{NearMiss, near_misses};
pub use normalise::{Normaliser, NormaliserError, NormaliserRules, Pattern, Volatile};
pub use rules::MatchRules;

#[cfg(test)]
mod tests;
