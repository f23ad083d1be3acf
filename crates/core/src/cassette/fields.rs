//! Taking known keys out of a mapping, and the scalar types that cassettes use.

use super::ReadError;
use super::model::Unknown;
use super::yaml::{Node, Value};
use crate::headers::Headers;
use bytes::Bytes;
use std::time::Duration;

/// What a repeated key means to the library whose file this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Duplicates {
    /// go-yaml: an error.
    Refuse,
    /// PyYAML: the last one counts.
    LastWins,
}

/// A mapping whose known keys are taken one by one; what is left is unknown and kept.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    what: &'static str,
    pub(crate) line: u32,
    entries: Vec<(Node<'a>, Node<'a>)>,
}

// === impl Fields ===

impl<'a> Fields<'a> {
    pub(crate) fn of(node: Node<'a>, what: &'static str, duplicates: Duplicates) -> Result<Self, ReadError> {
        let kind = node.kind();
        let Value::Map(entries) = node.value else {
            return Err(ReadError::at(node.line, format!("{what} should be a mapping, but is {kind}")));
        };
        let entries = unique(entries, duplicates)?;
        Ok(Fields { what, line: node.line, entries })
    }

    pub(crate) fn take(&mut self, key: &str) -> Option<Node<'a>> {
        let at = self.entries.iter().position(|(name, _)| name.as_str() == Some(key))?;
        Some(self.entries.remove(at).1)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name.as_str() == Some(key))
    }

    pub(crate) fn require(&mut self, key: &str) -> Result<Node<'a>, ReadError> {
        self.take(key).ok_or_else(|| ReadError::at(self.line, format!("{} has no `{key}`", self.what)))
    }

    /// A body; nothing where there is none.
    pub(crate) fn take_body(&mut self, key: &str) -> Result<Bytes, ReadError> {
        self.take(key).map_or_else(|| Ok(Bytes::new()), |node| body(&node, key))
    }

    /// Header fields; none where there are none.
    pub(crate) fn take_headers(&mut self, duplicates: Duplicates) -> Result<Headers, ReadError> {
        self.take("headers").map_or_else(|| Ok(Headers::new()), |node| headers(node, duplicates))
    }

    pub(crate) fn require_text(&mut self, key: &str) -> Result<String, ReadError> {
        text(&self.require(key)?, key)
    }

    pub(crate) fn rest(self) -> Unknown {
        Unknown(self.entries.into_iter().map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
    }
}

fn unique<'a>(
    entries: Vec<(Node<'a>, Node<'a>)>,
    duplicates: Duplicates,
) -> Result<Vec<(Node<'a>, Node<'a>)>, ReadError> {
    let mut seen = std::collections::BTreeMap::new();
    let mut kept: Vec<(Node<'a>, Node<'a>)> = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let Some(name) = key.as_str().map(str::to_owned) else {
            return Err(ReadError::at(key.line, format!("a key should be a string, but is {}", key.kind())));
        };
        match seen.get(&name) {
            Some(_) if duplicates == Duplicates::Refuse => {
                return Err(ReadError::at(
                    key.line,
                    format!("the key `{name}` stands twice in one mapping; go-vcr refuses that"),
                ));
            }
            Some(&at) => {
                let slot: &mut (Node<'a>, Node<'a>) = &mut kept[at];
                slot.1 = value;
            }
            None => {
                seen.insert(name, kept.len());
                kept.push((key, value));
            }
        }
    }
    Ok(kept)
}

/// A string field: any scalar, with null as the empty string, as go-yaml decodes it.
pub(crate) fn text(node: &Node<'_>, key: &str) -> Result<String, ReadError> {
    if node.is_null() {
        return Ok(String::new());
    }
    match (&node.value, node.as_str()) {
        (_, Some(text)) => Ok(text.to_owned()),
        (Value::Binary(bytes), None) => Ok(String::from_utf8_lossy(bytes).into_owned()),
        _ => Err(ReadError::at(node.line, format!("`{key}` should be a string, but is {}", node.kind()))),
    }
}

/// A body: text as UTF-8, `!!binary` as it is, null as nothing.
pub(crate) fn body(node: &Node<'_>, key: &str) -> Result<Bytes, ReadError> {
    match &node.value {
        Value::Binary(bytes) => Ok(Bytes::copy_from_slice(bytes)),
        _ => text(node, key).map(Bytes::from),
    }
}

/// A status code that can end an exchange.
pub(crate) fn status(node: &Node<'_>) -> Result<u16, ReadError> {
    node.as_int()
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (200..=999).contains(code))
        .ok_or_else(|| {
            let found = node.as_str().unwrap_or(node.kind());
            ReadError::at(
                node.line,
                format!("`{found}` is not the status of a final response: a number from 200 to 999"),
            )
        })
}

/// Header fields as a mapping from names to lists.
pub(crate) fn header_node<'a>(groups: Vec<(&'a str, Vec<&'a str>)>) -> Node<'a> {
    let list = |values: Vec<&'a str>| Node::seq(values.into_iter().map(Node::text).collect());
    Node::map(groups.into_iter().map(|(name, values)| (Node::text(name), list(values))).collect())
}

/// Header fields from `name: [value, ...]`, `name: value` or a list of pairs.
fn headers(node: Node<'_>, duplicates: Duplicates) -> Result<Headers, ReadError> {
    let mut headers = Headers::new();
    if node.is_null() {
        return Ok(headers);
    }
    let kind = node.kind();
    match node.value {
        Value::Map(entries) => {
            for (name, values) in unique(entries, duplicates)? {
                push_header(&mut headers, &name, values)?;
            }
        }
        Value::Seq(pairs) => {
            for pair in pairs {
                let line = pair.line;
                let Value::Seq(pair) = pair.value else {
                    return Err(ReadError::at(line, "a header in a list should be a [name, value] pair"));
                };
                let [name, value] = <[Node<'_>; 2]>::try_from(pair)
                    .map_err(|_| ReadError::at(line, "a header in a list should be a [name, value] pair"))?;
                push_header(&mut headers, &name, value)?;
            }
        }
        _ => return Err(ReadError::at(node.line, format!("`headers` should be a mapping, but is {kind}"))),
    }
    Ok(headers)
}

fn push_header(headers: &mut Headers, name: &Node<'_>, values: Node<'_>) -> Result<(), ReadError> {
    let name = text(name, "header name")?;
    match values.value {
        Value::Seq(values) => {
            for value in values {
                headers.push(name.as_str(), text(&value, &name)?);
            }
        }
        _ => headers.push(name.as_str(), text(&values, &name)?),
    }
    Ok(())
}

/// A Go duration: `1m30.5s`, `616.186µs`, `0s`. `None` for anything else, a bare number included.
#[must_use]
pub fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(Duration::ZERO);
    }
    let mut total = 0.0f64;
    let mut any = false;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        total += number
            * match &rest[..unit] {
                "ns" => 1e-9,
                "us" | "µs" | "μs" => 1e-6,
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                _ => return None,
            };
        rest = &rest[unit..];
        any = true;
    }
    any.then(|| Duration::try_from_secs_f64(total).ok()).flatten()
}
