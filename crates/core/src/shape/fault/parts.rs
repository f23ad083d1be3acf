//! A fault in parts: what is said, before anybody asks what it means.
//!
//! A text is `KIND`, or `KIND=VALUE`, and then `,KEY=VALUE`s; rules have semicolons between them. A value with a
//! comma or a semicolon in it is a JSON string. An object has the same parts as members, and what the text begins
//! with as its member `fault`.

use super::bad::{BadFault, closest};
use serde_json::Value;
use std::str::FromStr;
use std::time::Duration;

/// What is said of one rule; parts are taken one by one, and what is left is unknown.
#[derive(Debug)]
pub(super) struct Parts {
    /// How the fault is called.
    pub(super) kind: String,
    /// What is said with its name.
    own: Option<Word>,
    others: Vec<Part>,
    /// Every key that was asked for, for messages.
    known: Vec<&'static str>,
}

#[derive(Debug)]
struct Part {
    key: String,
    word: Option<Word>,
}

/// A value as it is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Whether it is a text whatever it looks like: `"null"` is one, and `null` is not.
    pub(super) quoted: bool,
}

/// Longer times cannot be waited for.
const LONGEST: Duration = super::distort::LATEST;

/// The rules of a text.
pub(super) fn rules(text: &str) -> Result<Vec<Parts>, BadFault> {
    let mut rules = Vec::new();
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        let (part, end) = part(rest)?;
        parts.extend(part);
        let between = rest[end..].chars().next();
        if between != Some(',') {
            rules.extend(Parts::of(std::mem::take(&mut parts)));
        }
        match between {
            Some(between) => rest = &rest[end + between.len_utf8()..],
            None => return Ok(rules),
        }
    }
}

/// The first part of a text, and where it ends: at a comma, a semicolon or the end.
fn part(text: &str) -> Result<(Option<Part>, usize), BadFault> {
    let end = text.find(['=', ',', ';']).unwrap_or(text.len());
    let key = text[..end].trim().replace('_', "-");
    if !text[end..].starts_with('=') {
        return Ok(((!key.is_empty()).then_some(Part { key, word: None }), end));
    }
    let (word, end) = word(text, end + 1)?;
    Ok((Some(Part { key, word: Some(word) }), end))
}

/// The value that begins somewhere in a text, and where it ends.
fn word(text: &str, start: usize) -> Result<(Word, usize), BadFault> {
    let rest = &text[start..];
    let skipped = rest.len() - rest.trim_start().len();
    if !rest[skipped..].starts_with('"') {
        let end = start + rest.find([',', ';']).unwrap_or(rest.len());
        return Ok((Word { text: text[start..end].trim().to_owned(), quoted: false }, end));
    }
    let unreadable = |reason: String| BadFault::Unreadable { part: text.trim().to_owned(), reason };
    let mut strings = serde_json::Deserializer::from_str(&rest[skipped..]).into_iter::<String>();
    let string = match strings.next() {
        Some(Ok(string)) => string,
        Some(Err(error)) => return Err(unreadable(format!("a quoted value is a JSON string, but {error}"))),
        None => return Err(unreadable("a quoted value is missing".to_owned())),
    };
    let closed = start + skipped + strings.byte_offset();
    let after = &text[closed..];
    let end = closed + (after.len() - after.trim_start().len());
    if text[end..].chars().next().is_some_and(|next| !matches!(next, ',' | ';')) {
        return Err(unreadable("a comma is missing after a quoted value".to_owned()));
    }
    Ok((Word { text: string, quoted: true }, end))
}

// === impl Parts ===

impl Parts {
    fn of(parts: Vec<Part>) -> Option<Self> {
        let mut parts = parts.into_iter();
        let first = parts.next()?;
        let known = Vec::new();
        Some(Parts { kind: first.key, own: first.word, others: parts.collect(), known })
    }

    /// The parts of one rule, and no more.
    pub(super) fn read(text: &str) -> Result<Self, BadFault> {
        let mut rules = rules(text)?.into_iter();
        match (rules.next(), rules.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(BadFault::Empty),
            _ => Err(BadFault::Several(text.trim().to_owned())),
        }
    }

    /// The parts of an object, or of a text alone.
    pub(super) fn of_value(value: &Value) -> Result<Self, BadFault> {
        let unreadable =
            |reason: &str| BadFault::Unreadable { part: value.to_string(), reason: reason.to_owned() };
        let members = match value {
            Value::String(text) => return Parts::read(text),
            Value::Object(members) => members,
            _ => return Err(unreadable("a fault is a text, or an object with the member `fault`")),
        };
        let Some(Value::String(fault)) = members.get("fault") else {
            return Err(unreadable("the text `fault` is missing, such as \"fault\": \"status=429\""));
        };
        let mut parts = Parts::read(fault)?;
        for (name, value) in members.iter().filter(|(name, _)| *name != "fault") {
            let key = name.replace('_', "-");
            let word = Word::of(&key, value).ok_or_else(|| BadFault::Value {
                key: name.clone(),
                value: value.to_string(),
                wanted: "a text or a number",
            })?;
            parts.others.push(Part { key, word: Some(word) });
        }
        Ok(parts)
    }

    /// What is said with the fault's name.
    pub(super) fn own(&mut self, wanted: &'static str) -> Result<Word, BadFault> {
        let key = self.kind.clone();
        self.own.take().ok_or(BadFault::Missing { key, wanted })
    }

    /// The same, where it may be left out.
    pub(super) fn own_or_none(&mut self) -> Option<Word> {
        self.own.take()
    }

    /// A part.
    pub(super) fn take(&mut self, key: &'static str, wanted: &'static str) -> Result<Option<Word>, BadFault> {
        self.known.push(key);
        let Some(at) = self.others.iter().position(|part| part.key == key) else { return Ok(None) };
        let part = self.others.remove(at);
        if self.others.iter().any(|other| other.key == key) {
            return Err(BadFault::Twice(key.to_owned()));
        }
        match part.word {
            Some(word) if word.quoted || !word.text.is_empty() => Ok(Some(word)),
            _ => Err(BadFault::Missing { key: key.to_owned(), wanted }),
        }
    }

    /// A part that is a text.
    pub(super) fn text(
        &mut self,
        key: &'static str,
        wanted: &'static str,
    ) -> Result<Option<String>, BadFault> {
        Ok(self.take(key, wanted)?.map(|word| word.text))
    }

    /// A part that is parsed.
    pub(super) fn parsed<T: FromStr>(
        &mut self,
        key: &'static str,
        wanted: &'static str,
    ) -> Result<Option<T>, BadFault> {
        self.take(key, wanted)?.map(|word| word.parsed(key, wanted)).transpose()
    }

    /// A part that is a time.
    pub(super) fn time(&mut self, key: &'static str) -> Result<Option<Duration>, BadFault> {
        self.take(key, A_TIME)?.map(|word| word.time(key)).transpose()
    }

    /// What is left: parts that mean nothing here.
    pub(super) fn finish(self) -> Result<(), BadFault> {
        if let Some(own) = self.own {
            return Err(BadFault::Needless { kind: self.kind, value: own.text });
        }
        let Some(part) = self.others.into_iter().next() else { return Ok(()) };
        let near = closest(&part.key, self.known.iter().copied());
        Err(BadFault::UnknownKey { kind: self.kind, key: part.key, near, known: self.known })
    }
}

/// What a time looks like.
pub(super) const A_TIME: &str = "a time such as 2s or 300ms, no longer than a year";

// === impl Word ===

impl Word {
    /// What a member says; lists are written with `+` where a text would be.
    fn of(key: &str, value: &Value) -> Option<Self> {
        let plain = |text: String| Some(Word { text, quoted: false });
        match value {
            Value::String(text) => Some(Word { text: text.clone(), quoted: true }),
            Value::Null | Value::Bool(_) | Value::Number(_) => plain(value.to_string()),
            Value::Array(items) if matches!(key, "nth" | "endpoint") => {
                let items: Option<Vec<Word>> = items.iter().map(|item| Word::of("", item)).collect();
                plain(items?.into_iter().map(|word| word.text).collect::<Vec<_>>().join("+"))
            }
            Value::Object(_) if key == "match" => plain(value.to_string()),
            _ => None,
        }
    }

    /// What it says, parsed.
    pub(super) fn parsed<T: FromStr>(&self, key: &str, wanted: &'static str) -> Result<T, BadFault> {
        self.text.trim().parse().map_err(|_| self.wrong(key, wanted))
    }

    pub(super) fn time(&self, key: &str) -> Result<Duration, BadFault> {
        let time = crate::cassette::go_duration(self.text.trim()).filter(|time| *time <= LONGEST);
        time.ok_or_else(|| self.wrong(key, A_TIME))
    }

    pub(super) fn wrong(&self, key: &str, wanted: &'static str) -> BadFault {
        BadFault::Value { key: key.to_owned(), value: self.text.clone(), wanted }
    }
}
