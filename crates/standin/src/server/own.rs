//! The header fields of a request that are meant for standin. One that it does not know is refused: it is a
//! known one with a mistake in it, and what it asks for would be left out without a word.

use super::route::{CASSETTE_HEADER, SESSION_HEADER};
use crate::engine::Refusal;
use crate::jobs::{ATTEMPTS_HEADER, CONTROL_HEADER, WEBHOOK_HEADER};
use crate::shaping::{FAULT_HEADER, PACE_HEADER, SEED_HEADER};
use http::HeaderMap;

const PREFIX: &str = "x-standin-";
const KNOWN: [&str; 7] =
    [SESSION_HEADER, PACE_HEADER, FAULT_HEADER, SEED_HEADER, CONTROL_HEADER, ATTEMPTS_HEADER, WEBHOOK_HEADER];
/// What answers name the cassette with, and what a request does.
const CASSETTE_OF_ANSWERS: &str = "x-standin-cassette";
/// More than this many changed letters are another word.
const FARTHEST: usize = 3;

/// Refuses the field that means nothing, where there is one. Mocks may ask for further ones.
pub(super) fn known(headers: &HeaderMap, of_mocks: &[String]) -> Result<(), Refusal> {
    let own = headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with(PREFIX));
    let unknown = own.into_iter().find(|name| !KNOWN.contains(name) && !of_mocks.iter().any(|of| of == name));
    unknown.map_or(Ok(()), |name| {
        Err(Refusal::UnknownHeader { name: name.to_owned(), meant: meant(name), known: &KNOWN })
    })
}

/// Whether one of them is there.
pub(super) fn any(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with(PREFIX))
}

fn meant(name: &str) -> Option<&'static str> {
    if name == CASSETTE_OF_ANSWERS {
        return Some(CASSETTE_HEADER);
    }
    let near = KNOWN.into_iter().map(|known| (strsim::damerau_levenshtein(known, name), known)).min();
    near.filter(|(distance, _)| *distance <= FARTHEST).map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(name: &'static str) -> Option<Option<&'static str>> {
        let mut headers = HeaderMap::new();
        headers.insert("x-standin-seed", http::HeaderValue::from_static("7"));
        headers.insert(name, http::HeaderValue::from_static("1"));
        match known(&headers, &["x-standin-scenario".to_owned()]) {
            Ok(()) => None,
            Err(Refusal::UnknownHeader { name: told, meant, .. }) => {
                assert_eq!(told, name);
                Some(meant)
            }
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_field_that_means_nothing_is_told_with_the_one_that_does() {
        assert_eq!(refusal("x-standin-falt"), Some(Some(FAULT_HEADER)));
        assert_eq!(refusal("x-standin-max-atempts"), Some(Some(ATTEMPTS_HEADER)));
        assert_eq!(refusal("x-standin-cassette"), Some(Some(CASSETTE_HEADER)));
        assert_eq!(refusal("x-standin-temperature"), Some(None));
    }

    #[test]
    fn others_are_nobody_elses_business() {
        for name in ["x-standin-session", "x-standin-scenario", "x-standing-order", "x-cassette-name"] {
            assert_eq!(refusal(name), None, "{name}");
        }
    }
}
