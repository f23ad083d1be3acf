//! `[normalise]` and `[[cassette]]`: how calls are compared.

use crate::failure::Failure;
use serde::Deserialize;
use standin::{MatchRules, Matcher, Normaliser, Volatile};
use std::fmt::Display;

/// `[normalise]`: volatile values that are taken out of both requests when they are compared.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Normalise {
    uuids: bool,
    iso_times: bool,
    epoch_times: bool,
    ignore: Vec<String>,
    patterns: Vec<Pattern>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Pattern {
    pattern: String,
    #[serde(default)]
    replace: String,
}

/// `[[cassette]]`: rules of the cassettes whose names match a pattern.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ForCassettes {
    pub(super) name: String,
    pub(super) match_on: Option<Vec<String>>,
    pub(super) normalise: Option<Normalise>,
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

fn config(error: impl Display) -> Failure {
    Failure::Config(error.to_string())
}

// === impl Normalise ===

impl Normalise {
    /// What is taken out.
    pub(super) fn normaliser(&self) -> Result<Normaliser, Failure> {
        let mut normaliser = Normaliser::default();
        for (wanted, volatile) in [
            (self.uuids, Volatile::Uuids),
            (self.iso_times, Volatile::IsoTimes),
            (self.epoch_times, Volatile::EpochTimes),
        ] {
            if wanted {
                normaliser = normaliser.volatile(volatile);
            }
        }
        for pointer in &self.ignore {
            normaliser = normaliser.ignore(pointer).map_err(config)?;
        }
        for Pattern { pattern, replace } in &self.patterns {
            normaliser = normaliser.pattern(pattern, replace).map_err(config)?;
        }
        Ok(normaliser)
    }
}
