//! `[normalise]` and `[[cassette]]`: how calls are compared.

use crate::failure::Failure;
use serde::Deserialize;
use standin::matching::NormaliserRules;
use standin::{MatchRules, Matcher, Normaliser};
use std::fmt::Display;

/// `[[cassette]]`: rules of the cassettes whose names match a pattern.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ForCassettes {
    pub(super) name: String,
    pub(super) match_on: Option<Vec<String>>,
    pub(super) normalise: Option<NormaliserRules>,
    pub(super) expiry: Option<String>,
}

/// The rules that these settings make.
pub(super) fn rules(match_on: Option<Vec<String>>, normaliser: Normaliser) -> Result<MatchRules, Failure> {
    let mut rules = MatchRules { normaliser, ..MatchRules::default() };
    if let Some(names) = match_on {
        rules.matchers = names
            .iter()
            .map(|name| name.trim().parse::<Matcher>().map_err(config))
            .collect::<Result<_, _>>()?;
    }
    Ok(rules)
}

/// What a table `[normalise]` takes out.
pub(super) fn normaliser(rules: &NormaliserRules) -> Result<Normaliser, Failure> {
    Normaliser::new(rules).map_err(|error| Failure::Config(format!("[normalise]: {error}")))
}

fn config(error: impl Display) -> Failure {
    Failure::Config(error.to_string())
}
