//! The YAML that cassettes are made of: a small tree with exact scalars.
//!
//! - `events` parses: two parsers, one stream of events;
//! - `read` composes the tree and bounds what a hostile file may cost; `tags` says what tags make of it;
//! - `scalar` says what a plain scalar would become in Go and in Python;
//! - `write` emits the two layouts, go-vcr's and PyYAML's.
//!
//! Serde-level readers are no use here: they drop the `!!binary` tag, and with it the difference between
//! bytes and the base64 text of them.

mod events;
mod read;
mod scalar;
mod tags;
mod write;

pub(crate) use read::compose;
pub(crate) use scalar::{Resolved, resolve};
pub(crate) use tags::decode_base64;
pub(crate) use write::{Emitter, Flavour};

use std::borrow::Cow;

/// One node, with the line it starts on (1-based) for messages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node<'a> {
    pub(crate) line: u32,
    pub(crate) value: Value<'a>,
}

/// What a node holds once tags are applied.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// A plain scalar without a tag: its type depends on the reader.
    Plain(Cow<'a, str>),
    /// A quoted, block or `!!str` scalar: always text.
    Text(Cow<'a, str>),
    /// A `!!binary` scalar, decoded.
    Binary(Vec<u8>),
    Seq(Vec<Node<'a>>),
    Map(Vec<(Node<'a>, Node<'a>)>),
}

/// A node that outlives the text it was read from: a key standin does not know, kept for the rewrite.
pub(crate) type Owned = Node<'static>;

// === impl Node ===

impl<'a> Node<'a> {
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Node { line: 0, value: Value::Text(text.into()) }
    }

    pub(crate) fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Node { line: 0, value: Value::Plain(text.into()) }
    }

    pub(crate) fn map(entries: Vec<(Node<'a>, Node<'a>)>) -> Self {
        Node { line: 0, value: Value::Map(entries) }
    }

    pub(crate) fn seq(items: Vec<Node<'a>>) -> Self {
        Node { line: 0, value: Value::Seq(items) }
    }

    /// Text where it is text, bytes as `!!binary` where it is not.
    pub(crate) fn bytes(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Node::text(text),
            Err(_) => Node { line: 0, value: Value::Binary(bytes.to_vec()) },
        }
    }

    /// The scalar's characters, whatever its style; `None` for binary and collections.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Plain(text) | Value::Text(text) => Some(text),
            Value::Binary(_) | Value::Seq(_) | Value::Map(_) => None,
        }
    }

    /// A scalar as an integer, where that is what it is.
    pub(crate) fn as_int(&self) -> Option<i64> {
        match resolve(self.as_str()?) {
            Resolved::Int(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Plain(text) if resolve(text) == Resolved::Null)
    }

    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Plain(_) if self.is_null() => "null",
            Value::Plain(_) | Value::Text(_) => "a scalar",
            Value::Binary(_) => "binary data",
            Value::Seq(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    pub(crate) fn into_owned(self) -> Owned {
        let value = match self.value {
            Value::Plain(text) => Value::Plain(Cow::Owned(text.into_owned())),
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Binary(bytes) => Value::Binary(bytes),
            Value::Seq(items) => Value::Seq(items.into_iter().map(Node::into_owned).collect()),
            Value::Map(entries) => Value::Map(
                entries.into_iter().map(|(key, value)| (key.into_owned(), value.into_owned())).collect(),
            ),
        };
        Node { line: self.line, value }
    }

    /// The value as JSON, typed as Python would type it: how a mapping body was sent by its client.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Plain(text) => match resolve(text) {
                Resolved::Null => Json::Null,
                Resolved::Bool(value) => Json::Bool(value),
                Resolved::Int(value) => value.into(),
                Resolved::Float(value) => value.into(),
                Resolved::Text => Json::String(text.to_string()),
            },
            Value::Text(text) => Json::String(text.to_string()),
            Value::Binary(bytes) => Json::String(String::from_utf8_lossy(bytes).into_owned()),
            Value::Seq(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Map(entries) => Json::Object(
                entries
                    .iter()
                    .map(|(key, value)| (key.as_str().unwrap_or_default().to_owned(), value.to_json()))
                    .collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
