//! What cannot be a latency, and what it could be instead.

use super::super::pace::LATEST;
use std::time::Duration;

/// What cannot be a latency, or is no part of a pace.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BadLatency {
    /// A part that no pace has.
    #[error(
        "`{0}` is no part of a pace: the parts are ttft, itl, tps, prefill, cached and load, each with `=`"
    )]
    Part(String),
    /// A first part without a value that is no profile.
    #[error(
        "`{name}` is not a profile: there are {}; and none, flush, fast and recorded stand alone",
        super::profile::names()
    )]
    Profile {
        /// What stands there.
        name: String,
    },
    /// A part that stands there more than once.
    #[error("`{0}` is there twice: leave one out")]
    Twice(&'static str),
    /// Two parts that say the same.
    #[error("itl and tps both say how fast frames follow: leave one out")]
    ItlAndTps,
    /// What is no time.
    #[error("`{0}` is not a time: write it with its unit, such as 200ms, 1.5s or 50us")]
    Time(String),
    /// A time that nobody waits for.
    #[error("{} is too long a time: a year is the longest", super::time_text(*.0))]
    Long(Duration),
    /// What is no number.
    #[error("`{text}` is not a number for {what}")]
    Number {
        /// What it is for.
        what: &'static str,
        /// What stands there.
        text: String,
    },
    /// A number that is too small or too large.
    #[error("{what} is {value}: it has to be from {least} to {most}")]
    Range {
        /// What it is for.
        what: &'static str,
        /// The number.
        value: f64,
        /// The smallest that can be.
        least: f64,
        /// The largest that can be.
        most: f64,
    },
    /// What is no load.
    #[error("`{0}` is not a load: write 3@64, which is three times as slow at 64 calls")]
    Load(String),
    /// A load that is reached at once.
    #[error("load grows from one call on: say a number of calls from 2 on, not {0}")]
    Lonely(usize),
    /// A distribution that there is not.
    #[error(
        "`{0}` is not a distribution: there are constant, uniform, normal, lognormal, pareto, percentiles and samples"
    )]
    Distribution(String),
    /// A distribution with something too much or too little in its parentheses.
    #[error("`{text}` has to be like `{like}`")]
    Arguments {
        /// What stands there.
        text: String,
        /// How it is written.
        like: &'static str,
    },
    /// Limits in the wrong order.
    #[error("uniform's first time is longer than its second one: change their order")]
    Backwards,
    /// Percentiles that are none, or in the wrong order.
    #[error(
        "percentiles need one point or more, each with a larger percentage and no smaller a time than the one before"
    )]
    Percentiles,
    /// A distribution of nothing.
    #[error("samples need one time or more")]
    NoSamples,
}

/// A number, where it is one of those that can be. NaN is none.
pub(super) fn within(what: &'static str, value: f64, least: f64, most: f64) -> Result<f64, BadLatency> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(BadLatency::Range { what, value, least, most })
    }
}

/// A time, where somebody may wait for it. Beyond a day it has no nanoseconds: the doubles that texts are read
/// with do not hold them, and what is written has to be read again.
pub(super) fn bearable(time: Duration) -> Result<Duration, BadLatency> {
    match time {
        _ if time > LATEST => Err(BadLatency::Long(time)),
        _ if time > DAY => Ok(super::due(time.as_secs_f64())),
        _ => Ok(time),
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
