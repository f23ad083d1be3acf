//! A file of mocks as a tree whose nodes know their lines, whether it is JSON or YAML.

use crate::cassette::yaml::{self, Node};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A value and the line it begins on, counted from 1.
#[derive(Debug, Clone)]
pub(super) struct Located {
    pub(super) line: u32,
    pub(super) tree: Tree,
}

#[derive(Debug, Clone)]
pub(super) enum Tree {
    Object(Vec<(String, Located)>),
    Array(Vec<Located>),
    /// A scalar, and how it is written where quotes did not make it a text: `answer: 42` is a text too.
    Scalar(Value, Option<String>),
}

/// Why a file cannot be read.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) line: u32,
    pub(super) reason: String,
}

/// How deep values may nest. What providers answer is a tenth of that deep.
const DEPTH: usize = 128;

/// Reads a file. What begins as a JSON object or list is JSON, everything else YAML.
pub(super) fn locate(text: &str) -> Result<Located, Unreadable> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with(['{', '[']) {
        let json = from_json(text);
        // YAML's flow style begins like JSON, and JSON with a fault is told as JSON.
        return match json {
            Err(error) if looks_like_json(text) => Err(error),
            Err(_) => from_yaml(text),
            located => located,
        };
    }
    from_yaml(text)
}

fn looks_like_json(text: &str) -> bool {
    let after = text.trim_start().trim_start_matches(['{', '[']).trim_start();
    after.is_empty() || after.starts_with(['"', '{', '[', '}', ']'])
}

fn from_yaml(text: &str) -> Result<Located, Unreadable> {
    match yaml::compose(text) {
        Ok(Some(node)) => Ok(of_node(&node)),
        Ok(None) => Err(Unreadable { line: 1, reason: "the file is empty".to_owned() }),
        Err(error) => Err(Unreadable { line: error.line.unwrap_or(1), reason: error.reason }),
    }
}

fn of_node(node: &Node<'_>) -> Located {
    let tree = match &node.value {
        yaml::Value::Plain(text) => Tree::Scalar(plain(text), Some(text.to_string())),
        yaml::Value::Text(text) => Tree::Scalar(Value::String(text.to_string()), None),
        yaml::Value::Binary(bytes) => {
            Tree::Scalar(Value::String(String::from_utf8_lossy(bytes).into_owned()), None)
        }
        yaml::Value::Seq(items) => Tree::Array(items.iter().map(of_node).collect()),
        yaml::Value::Map(entries) => Tree::Object(
            entries
                .iter()
                .map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), of_node(value)))
                .collect(),
        ),
    };
    Located { line: node.line, tree }
}

/// A plain scalar by YAML 1.2's core schema, which is JSON's idea of types: `no` is a text.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.trim_start_matches(['-', '+']);
    let number = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+'));
    if number {
        let integer = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from));
        if let Ok(value) = integer {
            return value;
        }
        if let Some(value) = text.parse().ok().and_then(serde_json::Number::from_f64) {
            return Value::Number(value);
        }
    }
    Value::String(text.to_owned())
}

fn from_json(text: &str) -> Result<Located, Unreadable> {
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| Unreadable {
        line: u32::try_from(error.line()).unwrap_or(u32::MAX),
        reason: format!("{error}"),
    })?;
    let ends = text.match_indices('\n').map(|(at, _)| at).collect();
    Json { text, ends }.locate(raw, 0)
}

/// A text of JSON, and where its lines end.
struct Json<'t> {
    text: &'t str,
    ends: Vec<usize>,
}

impl Json<'_> {
    fn locate(&self, raw: &RawValue, depth: usize) -> Result<Located, Unreadable> {
        // A raw value is a part of the text.
        let at = (raw.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let line = u32::try_from(self.ends.partition_point(|end| *end < at) + 1).unwrap_or(u32::MAX);
        let fault = |error: serde_json::Error| Unreadable { line, reason: error.to_string() };
        if depth == DEPTH {
            return Err(Unreadable { line, reason: format!("values nest deeper than {DEPTH}") });
        }
        let tree = match raw.get().as_bytes().first() {
            Some(b'{') => {
                let members: Members<'_> = serde_json::from_str(raw.get()).map_err(fault)?;
                let located = members
                    .0
                    .into_iter()
                    .map(|(key, value)| Ok((key.into_owned(), self.locate(value, depth + 1)?)));
                Tree::Object(located.collect::<Result<_, _>>()?)
            }
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(fault)?;
                Tree::Array(
                    items.into_iter().map(|item| self.locate(item, depth + 1)).collect::<Result<_, _>>()?,
                )
            }
            _ => Tree::Scalar(serde_json::from_str(raw.get()).map_err(fault)?, None),
        };
        Ok(Located { line, tree })
    }
}

/// The members of an object in order, repeated ones too.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry::<String, &RawValue>()? {
                    members.push((Cow::Owned(member.0), member.1));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

// === impl Located ===

impl Located {
    /// The value, without its lines.
    pub(super) fn value(&self) -> Value {
        match &self.tree {
            Tree::Object(members) => members
                .iter()
                .map(|(key, value)| (key.clone(), value.value()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
            Tree::Array(items) => items.iter().map(Located::value).collect(),
            Tree::Scalar(value, _) => value.clone(),
        }
    }

    /// A scalar as a text: `42` that is written without quotes in YAML is one as well.
    pub(super) fn text(&self) -> Option<String> {
        match &self.tree {
            Tree::Scalar(Value::String(text), _)
            | Tree::Scalar(Value::Bool(_) | Value::Number(_), Some(text)) => Some(text.clone()),
            _ => None,
        }
    }

    /// What it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match &self.tree {
            Tree::Object(_) => "an object",
            Tree::Array(_) => "a list",
            Tree::Scalar(Value::Null, _) => "null",
            Tree::Scalar(Value::Bool(_), _) => "true or false",
            Tree::Scalar(Value::Number(_), _) => "a number",
            Tree::Scalar(..) => "a text",
        }
    }
}
