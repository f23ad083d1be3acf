//! Captions for a film: a time and a text each.

use super::object::{duration, sentences, text};
use crate::compatible::spoken;
use serde_json::{Map, Value};
use std::fmt::Write;
use std::time::Duration;

/// `SubRip`: numbered, with a comma before the milliseconds.
pub(super) fn srt(object: &Map<String, Value>) -> String {
    let mut body = String::new();
    for (number, (start, end, text)) in (1..).zip(captions(object)) {
        // Writing to a string cannot fail.
        let _ = write!(body, "{number}\n{} --> {}\n{text}\n\n", clock(start, ','), clock(end, ','));
    }
    body
}

/// `WebVTT`: with a title line, and a point before the milliseconds.
pub(super) fn vtt(object: &Map<String, Value>) -> String {
    let mut body = "WEBVTT\n\n".to_owned();
    for (start, end, text) in captions(object) {
        let _ = write!(body, "{} --> {}\n{text}\n\n", clock(start, '.'), clock(end, '.'));
    }
    body
}

/// The segments of an object, or the sentences of its text. A segment that does not say when it is said begins
/// where the one before ends.
fn captions(object: &Map<String, Value>) -> Vec<(f64, f64, &str)> {
    let Some(segments) = object.get("segments").and_then(Value::as_array).filter(|list| !list.is_empty())
    else {
        let sentences = sentences(text(object), duration(object)).into_iter();
        let sentences = sentences.map(|(text, start, end)| (start, end, text.trim()));
        return sentences.filter(|(_, _, text)| !text.is_empty()).collect();
    };
    let mut at = 0.0;
    segments
        .iter()
        .map(|segment| {
            let text = segment.get("text").and_then(Value::as_str).unwrap_or_default().trim();
            let moment = |name: &str| segment.get(name).and_then(Value::as_f64);
            let start = moment("start").unwrap_or(at);
            at = moment("end").unwrap_or_else(|| start + spoken::seconds(text));
            (start, at, text)
        })
        .collect()
}

fn clock(seconds: f64, point: char) -> String {
    let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    let (seconds, rest) = (time.as_secs(), time.subsec_millis());
    format!("{:02}:{:02}:{:02}{point}{rest:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}
