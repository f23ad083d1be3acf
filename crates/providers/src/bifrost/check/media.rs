//! What speech and images from a text ask of their requests.

use super::decode::{Known, Shape, members_of, undecodable};
use super::{Found, Object, member, need, streamed, text, unstreamed};
use crate::bifrost::ErrorObject;
use serde_json::Value;

pub(super) const SPEECH: Known = &[
    ("input", Shape::Text),
    ("voice", Shape::TextOrObjects),
    ("instructions", Shape::Text),
    ("response_format", Shape::Text),
    ("speed", Shape::Number),
    ("language_code", Shape::Text),
    ("with_timestamps", Shape::Flag),
];

/// One of several voices.
const VOICE: Known = &[("speaker", Shape::Text), ("voice", Shape::Text)];

pub(super) const IMAGES: Known = &[
    ("prompt", Shape::Text),
    ("n", Shape::Whole),
    ("background", Shape::Text),
    ("moderation", Shape::Text),
    ("partial_images", Shape::Whole),
    ("size", Shape::Text),
    ("quality", Shape::Text),
    ("output_compression", Shape::Whole),
    ("output_format", Shape::Text),
    ("style", Shape::Text),
    ("response_format", Shape::Text),
    ("seed", Shape::Whole),
    ("negative_prompt", Shape::Text),
    ("num_inference_steps", Shape::Whole),
    ("user", Shape::Text),
    ("aspect_ratio", Shape::Text),
    ("input_images", Shape::Texts),
];

/// Refuses a list of voices of which one has no name.
pub(super) fn voices(body: &Object) -> Result<(), ErrorObject> {
    let voices = body.get("voice").and_then(Value::as_array).into_iter().flatten();
    for (at, voice) in voices.filter_map(Value::as_object).enumerate() {
        let place = format!("voice[{at}].");
        members_of(&place, voice, VOICE)?;
        if text(voice, "voice").is_none_or(str::is_empty) {
            return Err(undecodable(&format!("`{place}voice` should not be empty")));
        }
    }
    Ok(())
}

/// A voice may be an empty text, as the API that this is has it. Only `stream_format` asks for a stream.
pub(super) fn speech(body: &Object) -> Found {
    need(
        text(body, "input").is_some_and(|input| !input.is_empty()),
        "input is required for speech completion",
    )?;
    let voice =
        member(body, "voice").is_some_and(|voice| voice.as_array().is_none_or(|list| !list.is_empty()));
    need(voice, "voice is required for speech completion")?;
    need(text(body, "stream_format") != Some("sse"), &streamed("speech"))
}

pub(super) fn images(body: &Object) -> Found {
    need(text(body, "prompt").is_some_and(|prompt| !prompt.is_empty()), "prompt cannot be empty")?;
    unstreamed(body, "image generations")
}
