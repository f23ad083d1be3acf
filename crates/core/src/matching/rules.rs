//! Which matchers count, and what is normalised before they do.

use super::matcher::Matcher;
use super::normalise::Normaliser;
use crate::scrub::Scrubber;
use crate::secrecy::is_credential_parameter;
use crate::target::canonical_pairs;

/// How calls of one cassette, or of a whole server, are matched.
#[derive(Debug, Clone)]
pub struct MatchRules {
    /// The matchers that all have to pass.
    pub matchers: Vec<Matcher>,
    /// What is taken out of both sides first.
    pub normaliser: Normaliser,
    /// What recordings have been scrubbed with: a call is compared as it came and, where that fails, as it
    /// would have been stored.
    pub scrubber: Scrubber,
}

/// Compared only where both sides have it: recorders take Azure's version out of the address.
pub(super) const OPTIONAL_PARAMETER: &str = "api-version";

impl Default for MatchRules {
    /// The whole request: method, path, query and body, and the host where it is known.
    fn default() -> Self {
        MatchRules {
            matchers: vec![Matcher::Method, Matcher::Path, Matcher::Query, Matcher::Host, Matcher::Body],
            normaliser: Normaliser::default(),
            scrubber: Scrubber::default(),
        }
    }
}

// === impl MatchRules ===

impl MatchRules {
    /// Whether a match depends on header fields other than those that describe the body.
    #[must_use]
    pub fn read_headers(&self) -> bool {
        self.matchers
            .iter()
            .any(|matcher| matches!(matcher, Matcher::Headers | Matcher::Header(_) | Matcher::Key))
    }

    /// The parameters that have to be equal.
    pub(super) fn required_pairs(&self, query: Option<&str>) -> Vec<(String, String)> {
        let mut pairs = canonical_pairs(query.unwrap_or_default().as_bytes());
        pairs.retain(|(name, _)| name != OPTIONAL_PARAMETER && !is_credential_parameter(name));
        for (_, value) in &mut pairs {
            *value = self.normaliser.text(value).into_owned();
        }
        pairs
    }

    /// The value of the parameter that may be missing on one side.
    pub(super) fn optional_value(query: Option<&str>) -> Option<String> {
        canonical_pairs(query?.as_bytes())
            .into_iter()
            .find(|(name, _)| name == OPTIONAL_PARAMETER)
            .map(|(_, value)| value)
    }
}
