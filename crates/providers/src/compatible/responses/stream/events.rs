//! Events in a row, numbered.

use bytes::Bytes;
use serde_json::{Map, Value};
use standin_core::dialect::{Alphabet, Ids};
use standin_core::stream::sse_event;

/// The events that are sent so far.
pub(super) struct Events {
    frames: Vec<Bytes>,
    obfuscation: bool,
}

/// Where in a response something happens.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    item: &'a Value,
    output_index: usize,
    inside: Option<(&'static str, usize)>,
}

/// Members of an event, in order.
pub(super) type Members = Vec<(&'static str, Value)>;

// === impl Events ===

impl Events {
    pub(super) const fn new(obfuscation: bool) -> Self {
        Events { frames: Vec::new(), obfuscation }
    }

    /// Sends an event. Its name is its type.
    pub(super) fn send(&mut self, kind: &str, members: impl IntoIterator<Item = (&'static str, Value)>) {
        let mut event = Map::new();
        event.insert("type".to_owned(), kind.into());
        event.insert("sequence_number".to_owned(), self.frames.len().into());
        event.extend(members.into_iter().map(|(name, value)| (name.to_owned(), value)));
        self.frames.push(sse_event(Some(kind), &Value::Object(event)));
    }

    /// Sends a piece of a text, with padding where it is asked for.
    pub(super) fn delta(&mut self, kind: &str, piece: &str, mut members: Members) {
        if self.obfuscation {
            // To the next multiple, so that lengths on the wire say little about words.
            const STEP: usize = 16;
            let length = STEP - piece.len() % STEP;
            let seed = format!("{} {piece}", self.frames.len());
            let padding = Ids::of(seed.as_bytes()).next("", Alphabet::Base62, length);
            members.push(("obfuscation", padding.into()));
        }
        self.send(kind, members);
    }

    pub(super) fn into_frames(self) -> Vec<Bytes> {
        self.frames
    }
}

// === impl Place ===

impl<'a> Place<'a> {
    /// An item.
    pub(super) const fn of(item: &'a Value, output_index: usize) -> Self {
        Place { item, output_index, inside: None }
    }

    /// A part of the item: the name of its index, and the index.
    pub(super) const fn inside(self, name: &'static str, index: usize) -> Self {
        Place { inside: Some((name, index)), ..self }
    }

    /// The members that say where, and then these.
    pub(super) fn with(self, members: impl IntoIterator<Item = (&'static str, Value)>) -> Members {
        let id = self.item.get("id").cloned().unwrap_or_default();
        let mut all: Members = vec![("item_id", id), ("output_index", self.output_index.into())];
        all.extend(self.inside.map(|(name, index)| (name, index.into())));
        all.extend(members);
        all
    }
}
