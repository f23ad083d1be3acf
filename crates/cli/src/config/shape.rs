//! Faults, limits, the seed and the start, as `serve` is told.

use super::file::File;
use crate::failure::Failure;
use clap::Args;
use standin::{Builder, FaultRule, LimitRule};
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

/// Flags and environment of what goes wrong.
#[derive(Debug, Args)]
pub(super) struct ShapeArgs {
    /// What goes wrong: status=429,first=2 or stall=5s,probability=0.1 and others; may be given more than once.
    #[arg(long = "fault", env = "STANDIN_FAULT", value_name = "FAULT", value_delimiter = ';')]
    faults: Vec<String>,
    /// How much a caller may ask for: rpm=60,tpm=10000 or concurrent=4,per=all and others; may be given more
    /// than once.
    #[arg(long = "limit", env = "STANDIN_LIMIT", value_name = "LIMIT", value_delimiter = ';')]
    limits: Vec<String>,
    /// What the chances of faults and times depend on [default: 0].
    #[arg(long, env = "STANDIN_SEED", value_name = "NUMBER")]
    seed: Option<u64>,
    /// Answer with the provider's 503 for so long after the start, as a server that loads a model does.
    #[arg(long, env = "STANDIN_STARTUP_DELAY", value_name = "TIME")]
    startup_delay: Option<String>,
}

// === impl ShapeArgs ===

impl ShapeArgs {
    /// The builder with what was chosen; flags in the place of the file's.
    pub(super) fn apply(&self, file: &File, mut builder: Builder) -> Result<Builder, Failure> {
        for fault in given::<FaultRule>(&self.faults, &file.faults)? {
            builder = builder.fault(fault);
        }
        for limit in given::<LimitRule>(&self.limits, &file.limits)? {
            builder = builder.limit(limit);
        }
        if let Some(seed) = self.seed.or(file.seed) {
            builder = builder.seed(seed);
        }
        if let Some(text) = self.startup_delay.as_ref().or(file.startup_delay.as_ref()) {
            builder = builder.startup_delay(time("startup-delay", text)?);
        }
        Ok(builder)
    }
}

/// What is given as texts, or what the file says.
fn given<T: FromStr<Err: Display> + Clone>(texts: &[String], file: &[T]) -> Result<Vec<T>, Failure> {
    let given = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    let read = given.map(|text| text.parse::<T>().map_err(|error| Failure::Config(error.to_string())));
    let read = read.collect::<Result<Vec<_>, _>>()?;
    Ok(if read.is_empty() { file.to_vec() } else { read })
}

fn time(name: &str, text: &str) -> Result<Duration, Failure> {
    standin::cassette::go_duration(text)
        .ok_or_else(|| Failure::Config(format!("{name}: `{text}` is not a time: use 500ms, 10s or 2m")))
}
