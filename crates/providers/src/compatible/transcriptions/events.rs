//! The events of what is heard: deltas, the segment of each speaker, and all of it.

use super::object::text;
use bytes::Bytes;
use serde_json::{Map, Value, json};
use standin_core::dialect::Options;
use standin_core::stream::{sse_event, sse_text};

/// What only whole answers hold; segments have events of their own.
const NOT_IN_EVENTS: [&str; 5] = ["task", "language", "duration", "segments", "words"];

/// The type of a speaker's segment, in an object as in a stream.
const SEGMENT: &str = "transcript.text.segment";

pub(super) fn events(object: &Map<String, Value>, options: &Options) -> Vec<Bytes> {
    let text = text(object);
    let mut frames = match token_by_token(object, text) {
        Some(frames) => frames,
        None => spoken(object, text, options),
    };
    let mut done = Map::new();
    done.insert("type".to_owned(), json!("transcript.text.done"));
    done.insert("text".to_owned(), json!(text));
    let others = object.iter().filter(|(name, _)| !NOT_IN_EVENTS.contains(&name.as_str()));
    done.extend(others.map(|(name, value)| (name.clone(), value.clone())));
    frames.push(sse_event(None, &Value::Object(done)));
    frames.push(sse_text(None, "[DONE]"));
    frames
}

/// A delta for each token, where the object holds the probabilities of tokens that are its text.
fn token_by_token(object: &Map<String, Value>, text: &str) -> Option<Vec<Bytes>> {
    let entries = object.get("logprobs")?.as_array()?;
    let tokens: Option<Vec<&str>> = entries.iter().map(|entry| entry.get("token")?.as_str()).collect();
    let tokens = tokens.filter(|tokens| tokens.concat() == text)?;
    let delta = |(entry, token): (&Value, &str)| {
        sse_event(None, &json!({"type": "transcript.text.delta", "delta": token, "logprobs": [entry]}))
    };
    Some(entries.iter().zip(tokens).map(delta).collect())
}

/// The deltas of a text, and each segment that a speaker said after those that are its own.
fn spoken(object: &Map<String, Value>, text: &str, options: &Options) -> Vec<Bytes> {
    let (mut frames, mut at) = (Vec::new(), 0);
    let deltas = |frames: &mut Vec<Bytes>, text: &str, segment: Option<&Value>| {
        for piece in options.pieces(text, 1) {
            let mut delta = json!({"type": "transcript.text.delta", "delta": piece});
            if let Some(id) = segment {
                delta["segment_id"] = id.clone();
            }
            frames.push(sse_event(None, &delta));
        }
    };
    for segment in segments(object) {
        let said = segment.get("text").and_then(Value::as_str).unwrap_or_default();
        // Written by a person, a segment's text may be found nowhere in the whole.
        let end = text[at..].find(said).map_or(at, |found| at + found + said.len());
        deltas(&mut frames, &text[at..end], segment.get("id"));
        at = end;
        frames.push(sse_event(None, &typed(segment)));
    }
    deltas(&mut frames, &text[at..], None);
    frames
}

/// Segments of speakers. Those of other formats have no events.
fn segments(object: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let segments = object.get("segments").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let of_speaker = |segment: &&Map<String, Value>| {
        segment.contains_key("speaker") || segment.get("type").is_some_and(|kind| kind == SEGMENT)
    };
    segments.iter().filter_map(Value::as_object).filter(of_speaker)
}

fn typed(segment: &Map<String, Value>) -> Value {
    let mut event = Map::new();
    if !segment.contains_key("type") {
        event.insert("type".to_owned(), json!(SEGMENT));
    }
    event.extend(segment.clone());
    Value::Object(event)
}
