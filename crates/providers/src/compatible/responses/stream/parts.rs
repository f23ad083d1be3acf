//! The parts of a message and of reasoning, piece by piece.

use super::super::{list, text};
use super::events::{Events, Place};
use serde_json::{Value, json};
use standin_core::dialect::Options;

/// The parts of a content. One of an unknown type is added and done as it is.
pub(super) fn content(parts: &[Value], place: Place<'_>, options: &Options, events: &mut Events) {
    for (index, part) in parts.iter().enumerate() {
        let place = place.inside("content_index", index);
        let member = if text(part, "type") == Some("refusal") { "refusal" } else { "text" };
        let whole = text(part, member);
        let kind = text(part, "type").filter(|_| whole.is_some());
        let added = if kind.is_some_and(is_known) { blank(part) } else { part.clone() };
        events.send("response.content_part.added", place.with([("part", added)]));
        match (kind, whole) {
            (Some("output_text"), Some(whole)) => output_text(part, whole, place, options, events),
            (Some("refusal"), Some(whole)) => {
                pieces("response.refusal.delta", whole, place, options, events);
                events.send("response.refusal.done", place.with([("refusal", whole.into())]));
            }
            (Some("reasoning_text"), Some(whole)) => {
                pieces("response.reasoning_text.delta", whole, place, options, events);
                events.send("response.reasoning_text.done", place.with([("text", whole.into())]));
            }
            _ => {}
        }
        events.send("response.content_part.done", place.with([("part", part.clone())]));
    }
}

/// The parts of a summary.
pub(super) fn summary(parts: &[Value], place: Place<'_>, options: &Options, events: &mut Events) {
    for (index, part) in parts.iter().enumerate() {
        let place = place.inside("summary_index", index);
        events.send("response.reasoning_summary_part.added", place.with([("part", blank(part))]));
        if let Some(whole) = text(part, "text") {
            pieces("response.reasoning_summary_text.delta", whole, place, options, events);
            events.send("response.reasoning_summary_text.done", place.with([("text", whole.into())]));
        }
        events.send("response.reasoning_summary_part.done", place.with([("part", part.clone())]));
    }
}

/// A text in pieces.
pub(super) fn pieces(kind: &str, whole: &str, place: Place<'_>, options: &Options, events: &mut Events) {
    for piece in options.pieces(whole, 1) {
        events.delta(kind, piece, place.with([("delta", piece.into())]));
    }
}

fn output_text(part: &Value, whole: &str, place: Place<'_>, options: &Options, events: &mut Events) {
    let logprobs = list(part, "logprobs");
    for (piece, logprobs) in aligned(whole, logprobs, options) {
        let members = place.with([("delta", piece.into()), ("logprobs", logprobs.into())]);
        events.delta("response.output_text.delta", piece, members);
    }
    for (index, annotation) in list(part, "annotations").iter().enumerate() {
        let members = [("annotation_index", index.into()), ("annotation", annotation.clone())];
        events.send("response.output_text.annotation.added", place.with(members));
    }
    let members = [("text", whole.into()), ("logprobs", logprobs.into())];
    events.send("response.output_text.done", place.with(members));
}

/// The pieces of a text, each with the logprobs of the tokens that begin in it. Where the tokens are the text and
/// nobody says how to cut, they are the pieces.
fn aligned<'t>(whole: &'t str, logprobs: &[Value], options: &Options) -> Vec<(&'t str, Vec<Value>)> {
    let lengths: Vec<usize> = logprobs.iter().map(length).collect();
    let tokens: String = logprobs.iter().filter_map(|entry| text(entry, "token")).collect();
    let mut aligned: Vec<(&str, Vec<Value>)> = if options.split.is_none() && tokens == whole {
        let mut rest = whole;
        let lengths = lengths.iter().filter(|length| **length > 0);
        let cut = lengths.map(|length| {
            let (piece, after) = rest.split_at(*length);
            rest = after;
            piece
        });
        cut.map(|piece| (piece, Vec::new())).collect()
    } else {
        options.pieces(whole, 1).into_iter().map(|piece| (piece, Vec::new())).collect()
    };
    let (mut at, mut piece) = (0, 0);
    let mut end = aligned.first().map_or(0, |(first, _)| first.len());
    for (entry, length) in logprobs.iter().zip(lengths) {
        while at >= end && piece + 1 < aligned.len() {
            piece += 1;
            end += aligned[piece].0.len();
        }
        if let Some((_, entries)) = aligned.get_mut(piece) {
            entries.push(entry.clone());
        }
        at += length;
    }
    aligned
}

/// The bytes of a token. One that is a part of a character is longer where it is shown as a text.
fn length(entry: &Value) -> usize {
    let bytes = entry.get("bytes").and_then(Value::as_array).map(Vec::len);
    bytes.unwrap_or_else(|| text(entry, "token").map_or(0, str::len))
}

fn is_known(kind: &str) -> bool {
    matches!(kind, "output_text" | "refusal" | "reasoning_text")
}

/// A part that begins: its texts and lists are empty.
fn blank(part: &Value) -> Value {
    let mut blank = part.clone();
    for (name, value) in blank.as_object_mut().into_iter().flatten() {
        match (name.as_str(), &*value) {
            ("text" | "refusal", Value::String(_)) => *value = json!(""),
            ("annotations" | "logprobs", Value::Array(_)) => *value = json!([]),
            _ => {}
        }
    }
    blank
}
