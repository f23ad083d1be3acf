//! What standin notes beside an interaction, under the key `standin`, which go-vcr and vcrpy read past:
//!
//! ```yaml
//! standin:
//!   recorded: 2026-11-21T08:30:00Z
//!   layout: compact
//!   chunks: 412.5+180 431+96
//! ```

use super::ReadError;
use super::chunks::Chunks;
use super::fields;
use super::layout::Layout;
use super::model::Interaction;
use super::yaml::{Node, Value};
use jiff::Timestamp;

/// The interaction key that holds standin's own notes.
pub(crate) const KEY: &str = "standin";

/// The notes of one interaction.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) recorded: Option<Timestamp>,
    pub(crate) layout: Layout,
    pub(crate) chunks: Option<Chunks>,
}

// === impl Notes ===

impl Notes {
    /// Reads `standin: {...}`. Keys of another version are read past.
    pub(crate) fn read(node: &Node<'_>, body_len: usize) -> Result<Self, ReadError> {
        let Value::Map(entries) = &node.value else {
            return Err(ReadError::at(node.line, "`standin` should be a mapping"));
        };
        let mut notes = Notes::default();
        for (key, value) in entries {
            match key.as_str() {
                Some("recorded") => notes.recorded = Some(recorded(value)?),
                Some("layout") => {
                    notes.layout = fields::text(value, "standin.layout")?
                        .parse()
                        .map_err(|reason: String| ReadError::at(value.line, reason))?;
                }
                Some("chunks") => notes.chunks = Some(Chunks::read(value, body_len)?),
                _ => {}
            }
        }
        Ok(notes)
    }
}

fn recorded(value: &Node<'_>) -> Result<Timestamp, ReadError> {
    let text = fields::text(value, "standin.recorded")?;
    text.parse().map_err(|_| {
        let reason = format!("`standin.recorded`: `{text}` is not a time such as 2026-11-21T08:30:00Z");
        ReadError::at(value.line, reason)
    })
}

/// The notes of an interaction as they are written; `None` where there are none.
pub(crate) fn write(interaction: &Interaction) -> Option<Node<'static>> {
    let mut entries = Vec::new();
    if let Some(recorded) = interaction.recorded {
        entries.push((Node::plain("recorded"), Node::text(format!("{recorded:.3}"))));
    }
    if let Some(name) = interaction.layout.name() {
        entries.push((Node::plain("layout"), Node::text(name)));
    }
    if let Some(chunks) = &interaction.chunks {
        entries.push((Node::plain("chunks"), chunks.write()));
    }
    (!entries.is_empty()).then(|| {
        // PyYAML sorts, and one order serves both formats.
        entries.sort_by(|a, b| a.0.as_str().cmp(&b.0.as_str()));
        Node::map(entries)
    })
}
