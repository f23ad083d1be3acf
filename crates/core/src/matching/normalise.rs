//! Volatile values: what differs between two runs of the same program.
//!
//! Normalising happens when two requests are compared and never touches what is stored, so a rule can be
//! added without recording anything again.

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::sync::LazyLock;

/// Values that standin can recognise by their shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Volatile {
    /// `0190d8a2-...`, any version and casing.
    Uuids,
    /// ISO 8601 dates with a time.
    IsoTimes,
    /// Seconds (10 digits) and milliseconds (13 digits) since 1970, from 2001 to 2033.
    EpochTimes,
}

/// What is taken out of both requests before they are compared. The default takes out nothing.
#[derive(Debug, Clone, Default)]
pub struct Normaliser {
    volatile: Vec<Volatile>,
    ignored: Vec<Vec<String>>,
    patterns: Vec<(Regex, String)>,
}

/// What a [`Normaliser`] takes out, as files and sessions say it. The default is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct NormaliserRules {
    /// [`Volatile::Uuids`].
    pub uuids: bool,
    /// [`Volatile::IsoTimes`].
    #[serde(alias = "iso_times")]
    pub iso_times: bool,
    /// [`Volatile::EpochTimes`].
    #[serde(alias = "epoch_times")]
    pub epoch_times: bool,
    /// JSON pointers, as [`Normaliser::ignore`] takes them.
    pub ignore: Vec<String>,
    /// What else differs.
    pub patterns: Vec<Pattern>,
}

/// A regular expression, and what stands in the place of what it matches.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// The expression.
    pub pattern: String,
    /// `$1` is its first group.
    #[serde(default)]
    pub replace: String,
}

/// A rule that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NormaliserError {
    /// Not a JSON pointer.
    #[error("`{0}` is not a JSON pointer: start it with `/`, as in `/messages/*/id`")]
    Pointer(String),
    /// Not a regular expression.
    #[error("`{pattern}` is not a regular expression: {reason}")]
    Pattern {
        /// The expression as given.
        pattern: String,
        /// What the compiler says.
        reason: String,
    },
}

static UUID: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b").ok()
});
static ISO_TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?")
        .ok()
});
static EPOCH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b1[0-9]{9}(?:[0-9]{3})?(?:\.[0-9]+)?\b").ok());

// === impl Normaliser ===

impl Normaliser {
    /// What a shared cache takes out: everything that can be recognised, and the ids that LiteLLM gives its batches.
    #[must_use]
    pub fn of_cache() -> Self {
        let known = [Volatile::Uuids, Volatile::IsoTimes, Volatile::EpochTimes]
            .into_iter()
            .fold(Normaliser::default(), Normaliser::volatile);
        known.clone().pattern(r"\blitellm-batch-[0-9a-f]{8}\b", "litellm-batch").unwrap_or(known)
    }

    /// What these rules take out.
    ///
    /// # Errors
    /// When a pointer or a pattern cannot be used.
    pub fn new(rules: &NormaliserRules) -> Result<Self, NormaliserError> {
        let NormaliserRules { uuids, iso_times, epoch_times, ignore, patterns } = rules;
        let mut normaliser = Normaliser::default();
        for (wanted, volatile) in [
            (*uuids, Volatile::Uuids),
            (*iso_times, Volatile::IsoTimes),
            (*epoch_times, Volatile::EpochTimes),
        ] {
            normaliser = if wanted { normaliser.volatile(volatile) } else { normaliser };
        }
        for pointer in ignore {
            normaliser = normaliser.ignore(pointer)?;
        }
        for Pattern { pattern, replace } in patterns {
            normaliser = normaliser.pattern(pattern, replace)?;
        }
        Ok(normaliser)
    }

    /// The same, and what another one takes out.
    #[must_use]
    pub fn and(&self, other: &Normaliser) -> Self {
        let mut both = other.volatile.iter().fold(self.clone(), |both, volatile| both.volatile(*volatile));
        both.ignored.extend_from_slice(&other.ignored);
        both.patterns.extend_from_slice(&other.patterns);
        both
    }

    /// Recognises these values wherever text is compared: paths, queries, forms, JSON strings and numbers,
    /// other bodies that are UTF-8.
    #[must_use]
    pub fn volatile(mut self, volatile: Volatile) -> Self {
        if !self.volatile.contains(&volatile) {
            self.volatile.push(volatile);
        }
        self
    }

    /// Ignores what a JSON pointer (RFC 6901) points at in JSON bodies; `*` stands for any one key or index.
    ///
    /// # Errors
    /// When the pointer does not start with `/`.
    pub fn ignore(mut self, pointer: &str) -> Result<Self, NormaliserError> {
        let Some(rest) = pointer.strip_prefix('/') else {
            return Err(NormaliserError::Pointer(pointer.to_owned()));
        };
        self.ignored.push(rest.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect());
        Ok(self)
    }

    /// Replaces what a regular expression matches; `$1` in the replacement is the first group.
    ///
    /// # Errors
    /// When the expression does not compile.
    pub fn pattern(mut self, pattern: &str, replacement: &str) -> Result<Self, NormaliserError> {
        let regex = Regex::new(pattern).map_err(|error| NormaliserError::Pattern {
            pattern: pattern.to_owned(),
            reason: error.to_string(),
        })?;
        self.patterns.push((regex, replacement.to_owned()));
        Ok(self)
    }

    /// Whether it takes out nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.volatile.is_empty() && self.ignored.is_empty() && self.patterns.is_empty()
    }

    /// Text with its volatile parts replaced.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut out = Cow::Borrowed(text);
        for volatile in &self.volatile {
            let (regex, marker) = match volatile {
                Volatile::Uuids => (UUID.as_ref(), "<uuid>"),
                Volatile::IsoTimes => (ISO_TIME.as_ref(), "<time>"),
                Volatile::EpochTimes => (EPOCH.as_ref(), "<epoch>"),
            };
            if let Some(regex) = regex {
                out = replaced(out, regex, marker);
            }
        }
        for (regex, replacement) in &self.patterns {
            out = replaced(out, regex, replacement);
        }
        out
    }

    /// JSON with its volatile parts replaced and its ignored parts removed.
    pub(super) fn json(&self, value: &mut Value) {
        if self.is_empty() {
            return;
        }
        for pointer in &self.ignored {
            remove(value, pointer);
        }
        if !self.volatile.is_empty() || !self.patterns.is_empty() {
            self.leaves(value);
        }
    }

    fn leaves(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Cow::Owned(changed) = self.text(text) {
                    *text = changed;
                }
            }
            Value::Number(number) => {
                let text = number.to_string();
                if let Cow::Owned(changed) = self.text(&text) {
                    *value = Value::String(changed);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.leaves(item)),
            Value::Object(members) => members.iter_mut().for_each(|(_, member)| self.leaves(member)),
            Value::Null | Value::Bool(_) => {}
        }
    }
}

fn replaced<'t>(text: Cow<'t, str>, regex: &Regex, replacement: &str) -> Cow<'t, str> {
    match regex.replace_all(&text, replacement) {
        Cow::Borrowed(_) => text,
        Cow::Owned(changed) => Cow::Owned(changed),
    }
}

fn remove(value: &mut Value, pointer: &[String]) {
    let Some((head, rest)) = pointer.split_first() else { return };
    match value {
        Value::Object(members) if rest.is_empty() => match head.as_str() {
            "*" => members.clear(),
            key => {
                members.shift_remove(key);
            }
        },
        Value::Object(members) => match head.as_str() {
            "*" => members.iter_mut().for_each(|(_, member)| remove(member, rest)),
            key => {
                if let Some(member) = members.get_mut(key) {
                    remove(member, rest);
                }
            }
        },
        Value::Array(items) => {
            let chosen = items
                .iter_mut()
                .enumerate()
                .filter(|(at, _)| head == "*" || head.parse::<usize>().is_ok_and(|index| index == *at));
            for (_, item) in chosen {
                // An element is blanked, not removed: the places of the others stay comparable.
                if rest.is_empty() {
                    *item = Value::Null;
                } else {
                    remove(item, rest);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
