//! A message as the deltas that it is put together from.
//!
//! Clients join texts, add numbers and let the last of anything else win, each in a way of its own. So texts that
//! every client joins are sent in pieces, and everything else is sent once.

use super::logprobs::Logprobs;
use crate::compatible::chunks::{members, object_of};
use serde_json::{Map, Value};
use standin_core::dialect::{Alphabet, Ids, Options};
use standin_core::tokens::Split;

/// Characters of base64 in a delta of audio.
const AUDIO: usize = 8192;

/// A message, taken apart.
#[derive(Debug)]
pub(super) struct Parts {
    /// The first delta: the role, and all that is sent whole.
    pub(super) opener: Map<String, Value>,
    content: String,
    refusal: String,
    function_call: Option<Map<String, Value>>,
    tool_calls: Vec<Map<String, Value>>,
    audio: Option<Map<String, Value>>,
}

type Delta = (Map<String, Value>, Option<Value>);

// === impl Parts ===

impl Parts {
    pub(super) fn of(mut message: Map<String, Value>, ids: &mut Ids) -> Self {
        let role = message.shift_remove("role").filter(Value::is_string);
        let mut parts = Parts {
            opener: object_of([("role", role.unwrap_or_else(|| "assistant".into()))]),
            content: String::new(),
            refusal: String::new(),
            function_call: None,
            tool_calls: Vec::new(),
            audio: None,
        };
        for (name, value) in message {
            let whole = match (name.as_str(), value) {
                ("content", Value::String(text)) => {
                    parts.content = text;
                    "".into()
                }
                ("refusal", Value::String(text)) if !text.is_empty() => {
                    parts.refusal = text;
                    Value::Null
                }
                ("function_call", Value::Object(call)) => {
                    parts.function_call = Some(call);
                    continue;
                }
                ("audio", Value::Object(audio)) => {
                    parts.audio = Some(audio);
                    continue;
                }
                ("tool_calls", Value::Array(calls)) if calls.iter().any(Value::is_object) => {
                    parts.tool_calls = calls.into_iter().filter(Value::is_object).map(members).collect();
                    continue;
                }
                (_, value) => value,
            };
            parts.opener.insert(name, whole);
        }
        for call in &mut parts.tool_calls {
            complete(call, ids);
        }
        parts
    }

    /// All deltas after the first.
    pub(super) fn deltas(self, logprobs: &mut Logprobs, options: &Options) -> Vec<Delta> {
        let mut deltas = Vec::new();
        for (name, text) in [("content", self.content), ("refusal", self.refusal)] {
            for (piece, logprobs) in logprobs.pieces(name, &text, options) {
                deltas.push((object_of([(name, piece.into())]), logprobs));
            }
        }
        let mut plain = |name: &str, value: Value| deltas.push((object_of([(name, value)]), logprobs.none()));
        if let Some(mut call) = self.function_call {
            let text = emptied(&mut call, "arguments");
            plain("function_call", call.into());
            for piece in options.pieces(&text, 1) {
                plain("function_call", object_of([("arguments", piece.into())]).into());
            }
        }
        for (index, call) in self.tool_calls.into_iter().enumerate() {
            for delta in call_deltas(index, call, options) {
                plain("tool_calls", Value::Array(vec![delta]));
            }
        }
        if let Some(audio) = self.audio {
            for delta in audio_deltas(audio, options) {
                plain("audio", delta);
            }
        }
        deltas
    }
}

/// Gives a call what clients fail without.
fn complete(call: &mut Map<String, Value>, ids: &mut Ids) {
    let lacks = |name: &str| call.get(name).is_none_or(Value::is_null);
    let (id, kind) = (lacks("id"), lacks("type"));
    if id {
        call.insert("id".to_owned(), ids.next("call_", Alphabet::Base62, 24).into());
    }
    if kind {
        let kind = if call.contains_key("custom") { "custom" } else { "function" };
        call.insert("type".to_owned(), kind.into());
    }
}

/// A call: all of it but its long text, then the text.
fn call_deltas(index: usize, mut call: Map<String, Value>, options: &Options) -> Vec<Value> {
    call.shift_remove("index");
    let mut texts = Vec::new();
    for (kind, field) in [("function", "arguments"), ("custom", "input")] {
        if let Some(Value::Object(named)) = call.get_mut(kind) {
            texts.push((kind, field, emptied(named, field)));
        }
    }
    let mut opener = object_of([("index", index.into())]);
    for name in ["id", "type"] {
        opener.extend(call.shift_remove_entry(name));
    }
    opener.extend(call);
    let mut deltas = vec![opener.into()];
    for (kind, field, text) in texts {
        for piece in options.pieces(&text, 1) {
            let piece = object_of([(field, piece.into())]);
            deltas.push(object_of([("index", index.into()), (kind, piece.into())]).into());
        }
    }
    deltas
}

/// Audio: its id, what is said, the bytes, and when they are no longer kept.
fn audio_deltas(mut audio: Map<String, Value>, options: &Options) -> Vec<Value> {
    let transcript = emptied(&mut audio, "transcript");
    let data = match audio.shift_remove("data") {
        Some(Value::String(data)) if !data.is_empty() => data,
        Some(other) => {
            audio.insert("data".to_owned(), other);
            String::new()
        }
        None => String::new(),
    };
    let expires = audio.shift_remove_entry("expires_at");
    let split = options.split.filter(|split| *split == Split::Whole).unwrap_or(Split::Characters(AUDIO));
    let mut deltas = vec![audio.into()];
    let mut send = |name: &str, piece: &str| deltas.push(object_of([(name, piece.into())]).into());
    options.pieces(&transcript, 1).into_iter().for_each(|piece| send("transcript", piece));
    split.pieces(&data).into_iter().for_each(|piece| send("data", piece));
    if let Some(expires) = expires {
        deltas.push(Value::Object(Map::from_iter([expires])));
    }
    deltas
}

/// Takes a text out of its place and leaves an empty one; what is no text stays.
fn emptied(members: &mut Map<String, Value>, name: &str) -> String {
    match members.get_mut(name) {
        Some(Value::String(text)) => std::mem::take(text),
        _ => String::new(),
    }
}
