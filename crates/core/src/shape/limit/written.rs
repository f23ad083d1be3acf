//! How a rule is written.
//!
//! One grammar for texts and for files: `rpm=3,tpm=1000,model=gpt-5*` is `{rpm: 3, tpm: 1000, model: "gpt-5*"}`.

use super::Counted;
use super::duration::duration_text;
use super::rule::{LimitRule, MINUTE, Per};
use crate::cassette::go_duration;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A text or a table that is no limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLimit {
    /// Something without a value.
    #[error("`{0}` is not a limit: write KEY=VALUE, as in rpm=60,tpm=10000")]
    NoPair(String),
    /// A key that limits do not have.
    #[error("a limit has no `{key}`{}: use {}", hint(.key), KEYS.join(", "))]
    UnknownKey {
        /// The key.
        key: String,
    },
    /// A key that is there twice.
    #[error("`{0}` is there twice: write a limit of its own for the other one")]
    Twice(&'static str),
    /// A value that its key cannot have.
    #[error("`{key}` cannot be `{value}`: it is {right}")]
    BadValue {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// What it can be.
        right: &'static str,
    },
    /// Nothing is counted.
    #[error("`{0}` limits nothing: say how much, with rpm, tpm, itpm, otpm, concurrent or budget")]
    Nothing(String),
}

const KEYS: [&str; 9] = ["rpm", "tpm", "itpm", "otpm", "concurrent", "budget", "model", "per", "window"];
const MODEL: &str = "model";
const PER: &str = "per";
const WINDOW: &str = "window";
const BUDGET: &str = "budget";

const AMOUNT: &str = "a whole number from 1 to 1000000000000000";
const BUDGETS: &str = "tokens, as in 100000, or calls, as in 10req";
const MODELS: &str = "a name in which * stands for anything, without commas";
const SHARERS: &str = "key, model, key+model or all";
const WINDOWS: &str = "a duration from 1ms to 24h, as in 10s";

/// As much as a limit can be: what is left is multiplied with nanoseconds.
const MOST: u64 = 1_000_000_000_000_000;
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The known key that comes closest.
fn hint(key: &str) -> String {
    let closest = KEYS.iter().map(|known| (strsim::damerau_levenshtein(key, known), known)).min();
    match closest {
        Some((distance, known)) if distance <= 3 && distance < known.len() => {
            format!("; did you mean `{known}`?")
        }
        _ => String::new(),
    }
}

// === impl LimitRule ===

impl LimitRule {
    /// The rules of a text, with semicolons between them. `none` is none.
    ///
    /// # Errors
    /// What is wrong with the first rule that cannot be read.
    pub fn several(text: &str) -> Result<Vec<Self>, BadLimit> {
        if text.trim() == "none" {
            return Ok(Vec::new());
        }
        text.split(';').filter(|rule| !rule.trim().is_empty()).map(str::parse).collect()
    }

    /// The keys and values that it was written with, in one order.
    fn pairs(&self) -> Vec<(&'static str, Written)> {
        let mut pairs: Vec<(&'static str, Written)> = self
            .amounts()
            .map(|(counted, most)| match counted {
                Counted::Requests => ("rpm", Written::Number(most)),
                Counted::Tokens => ("tpm", Written::Number(most)),
                Counted::InputTokens => ("itpm", Written::Number(most)),
                Counted::OutputTokens => ("otpm", Written::Number(most)),
                Counted::Concurrent => ("concurrent", Written::Number(most)),
                Counted::Budget => (BUDGET, Written::Number(most)),
                Counted::BudgetRequests => (BUDGET, Written::Text(format!("{most}req"))),
            })
            .collect();
        if let Some(model) = &self.model {
            pairs.push((MODEL, Written::Text(model.clone())));
        }
        if self.per != Per::default() {
            pairs.push((PER, Written::Text(self.per.name().to_owned())));
        }
        if self.window != MINUTE {
            pairs.push((WINDOW, Written::Text(duration_text(self.window))));
        }
        pairs
    }
}

impl FromStr for LimitRule {
    type Err = BadLimit;

    fn from_str(text: &str) -> Result<Self, BadLimit> {
        let mut reading = Reading::default();
        for pair in text.split(',') {
            let (key, value) =
                pair.split_once('=').ok_or_else(|| BadLimit::NoPair(pair.trim().to_owned()))?;
            reading.set(key.trim(), value)?;
        }
        reading.finish().ok_or_else(|| BadLimit::Nothing(text.to_owned()))
    }
}

impl fmt::Display for LimitRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (key, value)) in self.pairs().iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            match value {
                Written::Number(number) => write!(f, "{comma}{key}={number}")?,
                Written::Text(text) => write!(f, "{comma}{key}={text}")?,
            }
        }
        Ok(())
    }
}

impl Serialize for LimitRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.pairs();
        let mut map = serializer.serialize_map(Some(pairs.len()))?;
        for (key, value) in pairs {
            match value {
                Written::Number(number) => map.serialize_entry(key, &number)?,
                Written::Text(text) => map.serialize_entry(key, &text)?,
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for LimitRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfRule)
    }
}

/// Reads a rule: a text, or an object with the same keys.
struct OfRule;

impl<'de> Visitor<'de> for OfRule {
    type Value = LimitRule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a limit: {rpm: 60, tpm: 10000}, or the text rpm=60,tpm=10000")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<LimitRule, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LimitRule, A::Error> {
        use serde::de::Error;
        let mut reading = Reading::default();
        while let Some(key) = map.next_key::<String>()? {
            let value: Written = map.next_value()?;
            let text = match value {
                Written::Number(number) => number.to_string(),
                Written::Text(text) => text,
            };
            reading.set(&key, &text).map_err(A::Error::custom)?;
        }
        reading.finish().ok_or_else(|| A::Error::custom(BadLimit::Nothing("{}".to_owned())))
    }
}

/// A value as a file has it.
enum Written {
    Number(u64),
    Text(String),
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfValue)
    }
}

struct OfValue;

impl Visitor<'_> for OfValue {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number or a text")
    }

    fn visit_u64<E>(self, number: u64) -> Result<Written, E> {
        Ok(Written::Number(number))
    }

    /// What TOML has for every number. A negative one is told of with its key.
    fn visit_i64<E>(self, number: i64) -> Result<Written, E> {
        Ok(u64::try_from(number).map_or_else(|_| Written::Text(number.to_string()), Written::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Written, E> {
        Ok(Written::Text(text.to_owned()))
    }
}

/// A rule of which some keys are read.
#[derive(Default)]
struct Reading {
    amounts: BTreeMap<Counted, u64>,
    model: Option<String>,
    per: Option<Per>,
    window: Option<Duration>,
}

// === impl Reading ===

impl Reading {
    fn set(&mut self, key: &str, value: &str) -> Result<(), BadLimit> {
        let value = value.trim();
        match key {
            "rpm" => self.amount("rpm", Counted::Requests, value),
            "tpm" => self.amount("tpm", Counted::Tokens, value),
            "itpm" => self.amount("itpm", Counted::InputTokens, value),
            "otpm" => self.amount("otpm", Counted::OutputTokens, value),
            "concurrent" => self.amount("concurrent", Counted::Concurrent, value),
            BUDGET => self.budget(value),
            MODEL => {
                let is_name = !value.is_empty() && !value.contains(',');
                once(MODEL, &mut self.model, is_name.then(|| value.to_owned()), value, MODELS)
            }
            PER => {
                let all = [Per::Key, Per::Model, Per::KeyAndModel, Per::All];
                let per = all.into_iter().find(|per| per.name() == value);
                once(PER, &mut self.per, per, value, SHARERS)
            }
            WINDOW => {
                let time = go_duration(value).filter(|time| (SHORTEST..=LONGEST).contains(time));
                once(WINDOW, &mut self.window, time, value, WINDOWS)
            }
            _ => Err(BadLimit::UnknownKey { key: key.to_owned() }),
        }
    }

    fn amount(&mut self, key: &'static str, counted: Counted, value: &str) -> Result<(), BadLimit> {
        let most = number(value).filter(|most| *most > 0);
        let most = most.ok_or_else(|| BadLimit::BadValue { key, value: value.to_owned(), right: AMOUNT })?;
        match self.amounts.insert(counted, most) {
            None => Ok(()),
            Some(_) => Err(BadLimit::Twice(key)),
        }
    }

    /// Nothing at all is a budget too: an account that is used up.
    fn budget(&mut self, value: &str) -> Result<(), BadLimit> {
        let (counted, most) = match value.strip_suffix("req") {
            Some(calls) => (Counted::BudgetRequests, number(calls.trim_end())),
            None => (Counted::Budget, number(value)),
        };
        let is_there =
            [Counted::Budget, Counted::BudgetRequests].iter().any(|c| self.amounts.contains_key(c));
        if is_there {
            return Err(BadLimit::Twice(BUDGET));
        }
        let wrong = || BadLimit::BadValue { key: BUDGET, value: value.to_owned(), right: BUDGETS };
        self.amounts.insert(counted, most.ok_or_else(wrong)?);
        Ok(())
    }

    fn finish(self) -> Option<LimitRule> {
        (!self.amounts.is_empty()).then(|| LimitRule {
            amounts: self.amounts,
            model: self.model,
            per: self.per.unwrap_or_default(),
            window: self.window.unwrap_or(MINUTE),
        })
    }
}

/// Sets what is not set yet.
fn once<T>(
    key: &'static str,
    place: &mut Option<T>,
    parsed: Option<T>,
    value: &str,
    right: &'static str,
) -> Result<(), BadLimit> {
    let parsed = parsed.ok_or_else(|| BadLimit::BadValue { key, value: value.to_owned(), right })?;
    match place.replace(parsed) {
        None => Ok(()),
        Some(_) => Err(BadLimit::Twice(key)),
    }
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number <= MOST)
}
