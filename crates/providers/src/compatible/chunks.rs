//! The chunks of a stream of choices: what Chat Completions and legacy Completions have in common.

use super::NAMELESS;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use standin_core::dialect::{Alphabet, Asked, CREATED, Ids, Options, Rendered, RenderedBody};
use standin_core::stream::{json_text, sse_text};

/// How an endpoint's chunks differ from another's.
#[derive(Debug)]
pub(super) struct Shape {
    /// `object` of every chunk, whatever the whole answer calls itself: a client drops chunks of other names.
    pub(super) object: &'static str,
    /// What made-up ids begin with.
    pub(super) id: &'static str,
    /// The type of the stream.
    pub(super) content_type: &'static str,
    /// Whether `model` stands after the choices.
    pub(super) model_last: bool,
    /// Counts what was used where that is asked for and the object does not say it.
    pub(super) counted: fn(&Map<String, Value>, &Asked<'_>) -> Value,
}

/// A choice and its index.
pub(super) type Indexed = (u64, Map<String, Value>);

/// A stream that is being written.
#[derive(Debug)]
pub(super) struct Chunks {
    shape: &'static Shape,
    /// Members before the choices, and after them.
    before: String,
    after: String,
    /// Members of the first chunk alone.
    once: String,
    usage: Option<Value>,
    padding: Option<Ids>,
    frames: Vec<Bytes>,
}

// === impl Chunks ===

impl Chunks {
    /// Begins a stream with what is not a choice of the object. What is small is repeated on every chunk, and the
    /// rest is on the first one, where every client looks for it. The choices come back, in their order.
    pub(super) fn begin(
        mut object: Map<String, Value>,
        shape: &'static Shape,
        asked: &Asked<'_>,
        options: &Options,
        ids: &mut Ids,
    ) -> (Self, Vec<Indexed>) {
        let usage = (asked.body["stream_options"]["include_usage"] == json!(true))
            .then(|| object.get("usage").cloned().unwrap_or_else(|| (shape.counted)(&object, asked)));
        let choices = choices_of(&mut object);
        let mut take = |name: &str| object.shift_remove(name).filter(|value| !value.is_null());
        let id = take("id").unwrap_or_else(|| ids.next(shape.id, Alphabet::Base62, 29).into());
        let created = take("created").unwrap_or_else(|| CREATED.into());
        let model = take("model").unwrap_or_else(|| asked.model.as_deref().unwrap_or(NAMELESS).into());
        for written in ["object", "usage"] {
            object.shift_remove(written);
        }
        let (once, repeated): (Map<_, _>, Map<_, _>) =
            object.into_iter().partition(|(_, value)| value.is_object() || value.is_array());
        let mut before = object_of([("id", id), ("object", shape.object.into()), ("created", created)]);
        let mut after = Map::new();
        let late = if shape.model_last { &mut after } else { &mut before };
        late.insert("model".to_owned(), model);
        late.extend(repeated);
        let padded =
            options.obfuscation && asked.body["stream_options"]["include_obfuscation"] != json!(false);
        let chunks = Chunks {
            shape,
            before: members_text(before),
            after: members_text(after),
            once: members_text(once),
            usage,
            padding: padded.then(|| ids.clone()),
            frames: Vec::new(),
        };
        (chunks, choices)
    }

    /// A chunk that goes before all others, as it is.
    pub(super) fn lead(&mut self, chunk: &Value) {
        self.frames.push(sse_text(None, &json_text(chunk)));
    }

    /// The chunks of all choices, one of each in turn, so that all of them have begun in their order before any
    /// goes on: a client counts choices as it meets them. Without choices, a chunk says so.
    pub(super) fn choices(&mut self, choices: Vec<Vec<Value>>) {
        if choices.is_empty() {
            self.push(None);
        }
        let mut choices: Vec<_> = choices.into_iter().map(Vec::into_iter).collect();
        loop {
            let round: Vec<Value> = choices.iter_mut().filter_map(Iterator::next).collect();
            if round.is_empty() {
                return;
            }
            round.iter().for_each(|choice| self.push(Some(choice)));
        }
    }

    fn push(&mut self, choice: Option<&Value>) {
        let choice = choice.map(json_text).unwrap_or_default();
        let mut chunk = format!("{{{}\"choices\":[{choice}],{}", self.before, self.after);
        chunk.push_str(&std::mem::take(&mut self.once));
        if self.usage.is_some() {
            chunk.push_str("\"usage\":null,");
        }
        self.write(chunk);
    }

    /// Ends the stream, with a chunk of what was used where that was asked for.
    pub(super) fn end(mut self) -> Rendered {
        if let Some(usage) = self.usage.take() {
            let usage = json_text(&usage);
            let chunk = if self.shape.model_last {
                format!("{{{}{}\"usage\":{usage},\"choices\":[],", self.before, self.after)
            } else {
                format!("{{{}\"choices\":[],{}\"usage\":{usage},", self.before, self.after)
            };
            self.write(chunk);
        }
        self.frames.push(sse_text(None, "[DONE]"));
        Rendered { content_type: self.shape.content_type, body: RenderedBody::Frames(self.frames) }
    }

    /// Adds a chunk, of which all but the end is written: it ends with the comma after its last member.
    fn write(&mut self, mut chunk: String) {
        if let Some(ids) = &mut self.padding {
            // The point of padding is that a chunk's length says little of the text in it.
            let length = 16 - chunk.len() % 16;
            chunk.push_str(&format!("\"obfuscation\":\"{}\",", ids.next("", Alphabet::Base62, length)));
        }
        chunk.pop();
        chunk.push('}');
        self.frames.push(sse_text(None, &chunk));
    }
}

/// The choices of an object with their indices, in the order of these. One that has none has its place.
fn choices_of(object: &mut Map<String, Value>) -> Vec<Indexed> {
    let Some(Value::Array(choices)) = object.shift_remove("choices") else { return Vec::new() };
    let mut indexed: Vec<Indexed> = (0..)
        .zip(choices)
        .map(|(place, choice)| {
            let mut choice = members(choice);
            let index = choice.shift_remove("index").and_then(|index| index.as_u64());
            (index.unwrap_or(place), choice)
        })
        .collect();
    indexed.sort_by_key(|(index, _)| *index);
    indexed
}

/// The members of what ought to be an object.
pub(super) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// An object of these members, in this order.
pub(super) fn object_of<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The members as text, each with a comma after it.
fn members_text(members: Map<String, Value>) -> String {
    if members.is_empty() {
        return String::new();
    }
    let text = json_text(&Value::Object(members));
    format!("{},", &text[1..text.len() - 1])
}
