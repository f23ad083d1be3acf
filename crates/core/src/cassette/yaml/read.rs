//! Composes a tree from events, and bounds what a hostile file may cost.

use super::events::{Event, Source};
use super::{Node, Value, tags};
use crate::cassette::ReadError;
use std::collections::BTreeMap;

/// How many nodes all aliases of one file may stand for together. PyYAML shares a header list between
/// interactions at most; an alias bomb asks for billions.
const ALIAS_NODES: usize = 1_000_000;
/// How many bytes of scalars all aliases of one file may stand for together.
const ALIAS_BYTES: usize = 256 << 20;
/// How deep values may nest. A request body that was stored as a mapping is as deep as its JSON.
const DEPTH: usize = 160;

/// Composes the first document; `None` when the text holds none. Later documents are ignored, as go-vcr
/// and vcrpy ignore them.
pub(crate) fn compose(text: &str) -> Result<Option<Node<'_>>, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut composer = Composer {
        source: Source::of(text),
        anchors: BTreeMap::new(),
        alias_nodes: 0,
        alias_bytes: 0,
        depth: 0,
    };
    match composer.source.next()? {
        (Event::End, _) => Ok(None),
        (event, line) => composer.node(event, line).map(Some),
    }
}

struct Composer<'a> {
    source: Source<'a>,
    /// Anchored nodes by name; a name that is used again means the later node.
    anchors: BTreeMap<String, Node<'a>>,
    alias_nodes: usize,
    alias_bytes: usize,
    depth: usize,
}

// === impl Composer ===

impl<'a> Composer<'a> {
    fn node(&mut self, event: Event<'a>, line: u32) -> Result<Node<'a>, ReadError> {
        if self.depth == DEPTH {
            return Err(ReadError::at(line, format!("values nest deeper than {DEPTH}")));
        }
        self.depth += 1;
        let (value, anchor) = match event {
            Event::Scalar { text, plain, tag, anchor } => {
                (tags::scalar(text, plain, tag.as_deref(), line)?, anchor)
            }
            Event::Sequence { tag, anchor } => {
                let mut items = Vec::new();
                while let Some(item) = self.next_in_collection(line)? {
                    items.push(item);
                }
                (tags::collection(Value::Seq(items), tag.as_deref(), line)?, anchor)
            }
            Event::Mapping { tag, anchor } => {
                let mut entries = Vec::new();
                while let Some(key) = self.next_in_collection(line)? {
                    let (event, at) = self.source.next()?;
                    entries.push((key, self.node(event, at)?));
                }
                (tags::collection(Value::Map(entries), tag.as_deref(), line)?, anchor)
            }
            Event::Alias(name) => (self.alias(&name, line)?, None),
            Event::CollectionEnd | Event::End => return Err(ReadError::at(line, "a value is missing here")),
        };
        self.depth -= 1;
        let node = Node { line, value };
        if let Some(name) = anchor {
            self.anchors.insert(name, node.clone());
        }
        Ok(node)
    }

    fn next_in_collection(&mut self, opened: u32) -> Result<Option<Node<'a>>, ReadError> {
        match self.source.next()? {
            (Event::CollectionEnd, _) => Ok(None),
            (Event::End, _) => {
                Err(ReadError::at(opened, "the list or mapping that begins here does not end"))
            }
            (event, line) => self.node(event, line).map(Some),
        }
    }

    fn alias(&mut self, name: &str, line: u32) -> Result<Value<'a>, ReadError> {
        let Some(node) = self.anchors.get(name) else {
            return Err(ReadError::at(line, "this alias refers to nothing, or to the value that holds it"));
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
        Ok(node.value.clone())
    }
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
