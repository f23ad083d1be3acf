//! When a fault strikes: what has to hold together.

use super::Struck;
use crate::dice::Dice;
use std::num::NonZeroU64;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// When a rule strikes a call that it is about. All that is said has to hold; where nothing is said, always.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct When {
    /// By chance, from 0 to 1. The chance is the call's and the attempt's own.
    pub probability: Option<f64>,
    /// The calls that the rule could strike, by their number.
    pub nth: Option<Nths>,
    /// Each so many of them.
    pub every: Option<NonZeroU64>,
    /// The first so many attempts of the same call; later ones succeed.
    pub first: Option<u64>,
    /// The first so many of the calls that `nth` and `every` leave.
    pub times: Option<u64>,
}

/// Numbers of calls, from 1: `3`, `3+7`, `3..5`, `10..`. In order, and none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nths(Vec<RangeInclusive<u64>>);

/// A text that is no list of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these are no numbers of calls: write 3, 3+7, 3..5 or 10..")]
pub struct NotNths;

// === impl When ===

impl When {
    /// Whether all that is said holds. The dice are made where chance has a say alone.
    pub(super) fn holds(&self, struck: Struck, dice: impl FnOnce() -> Dice) -> bool {
        let Struck { attempt, nth, .. } = struck;
        self.nth.as_ref().is_none_or(|nths| nths.contains(nth))
            && self.every.is_none_or(|every| nth.is_multiple_of(every.get()))
            && self.times.is_none_or(|times| self.turn(nth) <= times)
            && self.first.is_none_or(|first| attempt <= first)
            && self.probability.is_none_or(|probability| dice().unit() < probability)
    }

    /// How many calls up to one `nth` and `every` leave.
    fn turn(&self, nth: u64) -> u64 {
        let every = self.every.map_or(1, NonZeroU64::get);
        let between = |first: u64, last: u64| (last / every).saturating_sub(first.saturating_sub(1) / every);
        match &self.nth {
            None => between(1, nth),
            Some(Nths(ranges)) => ranges
                .iter()
                .filter(|range| *range.start() <= nth)
                .map(|range| between(*range.start(), nth.min(*range.end())))
                .sum(),
        }
    }
}

// === impl Nths ===

impl Nths {
    /// Of any ranges; `None` where no call has such a number.
    #[must_use]
    pub fn new(mut ranges: Vec<RangeInclusive<u64>>) -> Option<Self> {
        if ranges.is_empty() || ranges.iter().any(|range| range.is_empty() || *range.start() == 0) {
            return None;
        }
        ranges.sort_by_key(|range| *range.start());
        let mut joined: Vec<RangeInclusive<u64>> = Vec::new();
        for range in ranges {
            match joined.last_mut() {
                Some(last) if *range.start() <= last.end().saturating_add(1) => {
                    *last = *last.start()..=*last.end().max(range.end());
                }
                _ => joined.push(range),
            }
        }
        Some(Nths(joined))
    }

    fn contains(&self, nth: u64) -> bool {
        self.0.iter().any(|range| range.contains(&nth))
    }
}

impl FromStr for Nths {
    type Err = NotNths;

    fn from_str(text: &str) -> Result<Self, NotNths> {
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| NotNths);
        let ranges = text.split('+').map(|part| match part.split_once("..") {
            None => number(part).map(|one| one..=one),
            Some((first, last)) if last.trim().is_empty() => Ok(number(first)?..=u64::MAX),
            Some((first, last)) => Ok(number(first)?..=number(last)?),
        });
        Nths::new(ranges.collect::<Result<_, _>>()?).ok_or(NotNths)
    }
}

impl std::fmt::Display for Nths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, range) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("+")?;
            }
            match (*range.start(), *range.end()) {
                (first, u64::MAX) => write!(f, "{first}..")?,
                (first, last) if first == last => write!(f, "{first}")?,
                (first, last) => write!(f, "{first}..{last}")?,
            }
        }
        Ok(())
    }
}
