//! Composes a tree from granit-parser's events.
//!
//! granit-parser was chosen because it keeps tags and exact scalars, reads what PyYAML reads, borrows
//! from the text, and has no unsafe code. Nesting is bounded by the parser; aliases are bounded here.

use super::{Node, Value, resolve};
use crate::cassette::ReadError;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use granit_parser::{Event, Options, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How many nodes all aliases of one file may stand for together. PyYAML shares a header list between
/// interactions at most; an alias bomb asks for billions.
const ALIAS_NODES: usize = 1_000_000;
/// How many bytes of scalars all aliases of one file may stand for together.
const ALIAS_BYTES: usize = 256 << 20;

const CORE: &str = "tag:yaml.org,2002:";
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Composes the first document; `None` when the text holds none. Later documents are ignored, as go-vcr
/// and vcrpy ignore them.
pub(crate) fn compose(text: &str) -> Result<Option<Node<'_>>, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut composer = Composer {
        parser: Parser::new_from_str_with_options(text, options),
        anchors: BTreeMap::new(),
        alias_nodes: 0,
        alias_bytes: 0,
    };
    loop {
        let (event, line) = composer.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(..) => {}
            Event::StreamEnd | Event::DocumentEnd => return Ok(None),
            event => return composer.node(event, line).map(Some),
        }
    }
}

struct Composer<'a, P> {
    parser: P,
    anchors: BTreeMap<usize, Node<'a>>,
    alias_nodes: usize,
    alias_bytes: usize,
}

// === impl Composer ===

impl<'a, P> Composer<'a, P>
where
    P: Iterator<Item = Result<(Event<'a>, granit_parser::Span), granit_parser::ScanError>>,
{
    fn next(&mut self) -> Result<(Event<'a>, u32), ReadError> {
        match self.parser.next() {
            Some(Ok((event, span))) => Ok((event, line_of(&span.start))),
            Some(Err(error)) => Err(ReadError::at(line_of(error.marker()), error.info())),
            None => Ok((Event::StreamEnd, 0)),
        }
    }

    fn node(&mut self, event: Event<'a>, line: u32) -> Result<Node<'a>, ReadError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = Node { line, value: scalar(text, style, tag.as_deref(), line)? };
                Ok(self.anchored(anchor, node))
            }
            Event::SequenceStart(_, anchor, tag) => {
                let mut items = Vec::new();
                loop {
                    let (event, at) = self.next()?;
                    match event {
                        Event::SequenceEnd => break,
                        Event::StreamEnd => return Err(ReadError::at(line, "the list is not closed")),
                        event => items.push(self.node(event, at)?),
                    }
                }
                let node = Node { line, value: collection(Value::Seq(items), tag.as_deref(), line)? };
                Ok(self.anchored(anchor, node))
            }
            Event::MappingStart(_, anchor, tag) => {
                let mut entries = Vec::new();
                loop {
                    let (event, at) = self.next()?;
                    match event {
                        Event::MappingEnd => break,
                        Event::StreamEnd => return Err(ReadError::at(line, "the mapping is not closed")),
                        event => {
                            let key = self.node(event, at)?;
                            let (event, at) = self.next()?;
                            entries.push((key, self.node(event, at)?));
                        }
                    }
                }
                let node = Node { line, value: collection(Value::Map(entries), tag.as_deref(), line)? };
                Ok(self.anchored(anchor, node))
            }
            Event::Alias(id) => self.alias(id, line),
            _ => Err(ReadError::at(line, "a value is missing here")),
        }
    }

    fn anchored(&mut self, anchor: usize, node: Node<'a>) -> Node<'a> {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        node
    }

    fn alias(&mut self, id: usize, line: u32) -> Result<Node<'a>, ReadError> {
        let Some(node) = self.anchors.get(&id) else {
            return Err(ReadError::at(line, "this alias refers to the value that holds it"));
        };
        let (nodes, bytes) = weigh(node);
        self.alias_nodes += nodes;
        self.alias_bytes += bytes;
        if self.alias_nodes > ALIAS_NODES || self.alias_bytes > ALIAS_BYTES {
            return Err(ReadError::at(
                line,
                format!(
                    "the aliases of this file stand for more than {ALIAS_NODES} values or {ALIAS_BYTES} bytes"
                ),
            ));
        }
        Ok(node.clone())
    }
}

fn line_of(marker: &granit_parser::Marker) -> u32 {
    u32::try_from(marker.line()).unwrap_or(u32::MAX)
}

/// Nodes and scalar bytes in a tree; no deeper than the parser's nesting limit.
fn weigh(node: &Node<'_>) -> (usize, usize) {
    let sum = |acc: (usize, usize), (nodes, bytes)| (acc.0 + nodes, acc.1 + bytes);
    match &node.value {
        Value::Plain(text) | Value::Text(text) => (1, text.len()),
        Value::Binary(bytes) => (1, bytes.len()),
        Value::Seq(items) => items.iter().map(weigh).fold((1, 0), sum),
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| sum(weigh(key), weigh(value))).fold((1, 0), sum)
        }
    }
}

fn tag_name(tag: &Tag) -> String {
    format!("{}{}", tag.handle(), tag.suffix())
}

fn scalar<'a>(
    text: Cow<'a, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
    line: u32,
) -> Result<Value<'a>, ReadError> {
    let Some(tag) = tag else {
        return Ok(if style == ScalarStyle::Plain { Value::Plain(text) } else { Value::Text(text) });
    };
    let name = tag_name(tag);
    match name.strip_prefix(CORE) {
        Some("str" | "python/str" | "python/unicode") => Ok(Value::Text(text)),
        Some("binary" | "python/bytes") => decode_base64(&text)
            .map(Value::Binary)
            .map_err(|reason| ReadError::at(line, format!("!!binary is not base64: {reason}"))),
        Some(
            "null" | "bool" | "int" | "float" | "timestamp" | "python/none" | "python/bool" | "python/int"
            | "python/long" | "python/float",
        ) => Ok(Value::Plain(text)),
        _ if name == "!" => Ok(Value::Text(text)),
        _ => Err(refused(&name, line)),
    }
}

/// Applies a collection's tag. The Python tags that old vcrpy files hold are read as the data they carry;
/// nothing is ever constructed or called.
fn collection<'a>(value: Value<'a>, tag: Option<&Tag>, line: u32) -> Result<Value<'a>, ReadError> {
    let Some(tag) = tag else { return Ok(value) };
    let name = tag_name(tag);
    let carried = match name.strip_prefix(CORE) {
        Some("seq" | "map" | "python/tuple" | "python/list" | "python/dict") => return Ok(value),
        Some("python/object/new:_io.BytesIO" | "python/object/apply:builtins.iter") => first_scalar(value),
        Some(
            "python/object/apply:multidict._multidict.istr"
            | "python/object/apply:multidict._multidict_py.istr"
            | "python/object/new:multidict._multidict.istr"
            | "python/object/new:multidict._multidict_py.istr",
        ) => first_scalar(value).map(|value| match value {
            Value::Plain(text) => Value::Text(text),
            other => other,
        }),
        _ => return Err(refused(&name, line)),
    };
    carried.ok_or_else(|| ReadError::at(line, format!("{name} holds no text and no bytes")))
}

/// The bytes or text inside `[data, ...]`, `{args: [data]}` or `{state: [data, 0, null]}`; an iterator
/// over several pieces is their concatenation.
fn first_scalar(value: Value<'_>) -> Option<Value<'_>> {
    match value {
        Value::Plain(_) | Value::Text(_) | Value::Binary(_) => Some(value),
        Value::Seq(items) => {
            let first = items.into_iter().next()?.value;
            match first {
                Value::Seq(pieces) => {
                    let mut joined = Vec::new();
                    for piece in pieces {
                        match piece.value {
                            Value::Plain(text) | Value::Text(text) => {
                                joined.extend_from_slice(text.as_bytes());
                            }
                            Value::Binary(bytes) => joined.extend(bytes),
                            Value::Seq(_) | Value::Map(_) => return None,
                        }
                    }
                    Some(String::from_utf8(joined).map_or_else(
                        |error| Value::Binary(error.into_bytes()),
                        |text| Value::Text(Cow::Owned(text)),
                    ))
                }
                scalar => first_scalar(scalar),
            }
        }
        Value::Map(entries) => entries
            .into_iter()
            .find(|(key, _)| matches!(key.as_str(), Some("args" | "state")))
            .and_then(|(_, value)| first_scalar(value.value)),
    }
}

fn refused(name: &str, line: u32) -> ReadError {
    let short = name.strip_prefix(CORE).map_or_else(|| name.to_owned(), |rest| format!("!!{rest}"));
    ReadError::at(
        line,
        format!(
            "the tag {short} is refused: standin reads text, bytes, lists and mappings, and never builds an object from a file"
        ),
    )
}

/// Base64 as YAML writes it, with white space anywhere and the padding optional.
pub(crate) fn decode_base64(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    BASE64.decode(compact)
}

/// A plain scalar as an integer; text that Go would not read as one is `None`.
impl Node<'_> {
    pub(crate) fn as_int(&self) -> Option<i64> {
        match &self.value {
            Value::Plain(text) | Value::Text(text) => match resolve(text) {
                super::Resolved::Int(value) => Some(value),
                _ => None,
            },
            Value::Binary(_) | Value::Seq(_) | Value::Map(_) => None,
        }
    }
}
