//! `[normalise]` and `[[cassette]]`: how calls are compared.

use crate::failure::Failure;
use serde::Deserialize;
use standin::{MatchRules, Matcher, Normaliser, Volatile};

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

// === impl Normalise ===

impl Normalise {
    /// What a shared cache takes out where nothing else is said: ids and times that each run makes anew.
    pub(super) fn of_cache() -> Self {
        Normalise { uuids: true, iso_times: true, epoch_times: true, ..Normalise::default() }
    }
}

/// The rules that these settings make.
pub(super) fn rules(match_on: Option<Vec<String>>, normalise: &Normalise) -> Result<MatchRules, Failure> {
    let config = |error: &dyn std::fmt::Display| Failure::Config(error.to_string());
    let mut rules = MatchRules::default();
    if let Some(names) = match_on {
        rules.matchers = names
            .iter()
            .map(|name| name.trim().parse::<Matcher>().map_err(|error| config(&error)))
            .collect::<Result<_, _>>()?;
    }
    let mut normaliser = Normaliser::default();
    for (wanted, volatile) in [
        (normalise.uuids, Volatile::Uuids),
        (normalise.iso_times, Volatile::IsoTimes),
        (normalise.epoch_times, Volatile::EpochTimes),
    ] {
        if wanted {
            normaliser = normaliser.volatile(volatile);
        }
    }
    for pointer in &normalise.ignore {
        normaliser = normaliser.ignore(pointer).map_err(|error| config(&error))?;
    }
    for Pattern { pattern, replace } in &normalise.patterns {
        normaliser = normaliser.pattern(pattern, replace).map_err(|error| config(&error))?;
    }
    rules.normaliser = normaliser;
    Ok(rules)
}
