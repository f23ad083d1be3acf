//! Faults, the seed and the start, as `serve` is told.

use super::file::File;
use crate::failure::Failure;
use standin::{Builder, FaultRule};
use std::time::Duration;

/// Flags and environment.
pub(super) struct Chosen {
    pub(super) faults: Vec<String>,
    pub(super) seed: Option<u64>,
    pub(super) startup_delay: Option<String>,
}

/// The builder with what was chosen; flags in the place of the file's.
pub(super) fn shaped(mut builder: Builder, chosen: &Chosen, file: &File) -> Result<Builder, Failure> {
    let config = |error: &dyn std::fmt::Display| Failure::Config(error.to_string());
    let given = chosen.faults.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    let mut faults = given
        .map(|text| text.parse::<FaultRule>().map_err(|error| config(&error)))
        .collect::<Result<Vec<_>, _>>()?;
    if faults.is_empty() {
        faults.clone_from(&file.faults);
    }
    for fault in faults {
        builder = builder.fault(fault);
    }
    if let Some(seed) = chosen.seed.or(file.seed) {
        builder = builder.seed(seed);
    }
    if let Some(text) = chosen.startup_delay.as_ref().or(file.startup_delay.as_ref()) {
        builder = builder.startup_delay(time("startup-delay", text)?);
    }
    Ok(builder)
}

fn time(name: &str, text: &str) -> Result<Duration, Failure> {
    standin::cassette::go_duration(text)
        .ok_or_else(|| Failure::Config(format!("{name}: `{text}` is not a time: use 500ms, 10s or 2m")))
}
