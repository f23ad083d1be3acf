//! What one of those who may shape answers says.

use standin_core::Headers;
use standin_core::shape::{FaultRule, Pace};
use std::sync::Arc;

/// The request's own pace, in the words of `--pace`.
pub(crate) const PACE_HEADER: &str = "x-standin-pace";
/// The request's own faults, in the words of `--fault`, several with semicolons between them.
pub(crate) const FAULT_HEADER: &str = "x-standin-fault";
/// What the chances of the request's faults and times depend on: a number.
pub(crate) const SEED_HEADER: &str = "x-standin-seed";

const A_SEED: &str = "a seed is a whole number, from 0 to 18446744073709551615";

/// What is said at one level. What is `None` is left to those further out.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Level {
    pub(crate) pace: Option<Pace>,
    /// None at all, where the list is empty.
    pub(crate) faults: Option<Arc<[FaultRule]>>,
    pub(crate) seed: Option<u64>,
}

/// A header field that says nothing that can be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the header {name}: {value} cannot be done: {reason}")]
pub(crate) struct BadHeader {
    pub(crate) name: &'static str,
    value: String,
    reason: String,
}

// === impl Level ===

impl Level {
    /// What a request's own header fields say.
    pub(crate) fn of_headers(headers: &Headers) -> Result<Self, BadHeader> {
        let bad = |name: &'static str, value: &str, reason: &dyn std::fmt::Display| BadHeader {
            name,
            value: value.to_owned(),
            reason: reason.to_string(),
        };
        let pace = headers
            .get(PACE_HEADER)
            .map(|value| value.trim().parse::<Pace>().map_err(|error| bad(PACE_HEADER, value, &error)));
        let faults = headers.get(FAULT_HEADER).map(|value| {
            let several = FaultRule::several(value).map_err(|error| bad(FAULT_HEADER, value, &error))?;
            Ok(Arc::from(several))
        });
        let seed = headers
            .get(SEED_HEADER)
            .map(|value| value.trim().parse::<u64>().map_err(|_| bad(SEED_HEADER, value, &A_SEED)));
        Ok(Level { pace: pace.transpose()?, faults: faults.transpose()?, seed: seed.transpose()? })
    }

    /// Whether something has to be decided for each call.
    pub(crate) fn is_loud(&self) -> bool {
        let faults = self.faults.as_ref().is_some_and(|faults| !faults.is_empty());
        faults || matches!(self.pace, Some(Pace::Drawn(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_cannot_be_done_says_what_can() {
        for (name, value, says) in [
            (SEED_HEADER, "-1", "from 0 to 18446744073709551615"),
            (SEED_HEADER, "seven", "a whole number"),
            (PACE_HEADER, "stedy", "steady"),
            (FAULT_HEADER, "status=500,provider=openia", "anthropic, azure, openai or opaque"),
        ] {
            let error = Level::of_headers(&[(name, value)].into_iter().collect()).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(value) && error.contains(says), "{error}");
        }
    }
}
