//! Speech.
//!
//! The endpoint answers with bytes. Their object, as it is written in a mock and passed between `compose` and
//! `render`, is `{"audio": "<base64>", "usage"?: {...}}`; a text alone is the audio. `usage` is sent where the
//! audio comes in events, and counted where it is left out. Audio that is not base64 is sent as it is written.

#[cfg(test)]
mod tests;

use super::{form, input, spoken, wordless};
use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use serde_json::{Value, json};
use standin_core::dialect::{Asked, Endpoint, Rendered, RenderedBody, Said, Unsayable, Usage};
use standin_core::media::Sound;
use standin_core::stream::sse_event;
use standin_core::tokens;

/// Bytes that are sent at a time. A multiple of three, so that the base64 of each piece stands for itself and
/// joined they are the base64 of all.
const PIECE: usize = 3 * 1024;

/// Tokens of a second of speech.
const TOKENS_A_SECOND: f64 = 20.0;

/// Base64 as people write it: padded or not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn asked(body: &Value) -> Asked<'_> {
    let events = form::text(body, "stream_format") == Some("sse");
    input::asked(Endpoint::Speech, body, "input", events)
}

pub(super) fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    wordless::refuse_others(said, asked)?;
    let silence = || STANDARD.encode(sound(format(asked)).saying(input::words(asked)));
    let mut object = json!({"audio": said.audio.clone().unwrap_or_else(silence)});
    if let Some(Usage { input_tokens, output_tokens, .. }) = said.usage {
        object["usage"] = usage(input_tokens, output_tokens);
    }
    Ok(object)
}

pub(super) fn render(object: &Value, asked: &Asked<'_>) -> Rendered {
    let audio = audio(object);
    if asked.stream {
        let delta = |piece: &[u8]| {
            sse_event(None, &json!({"type": "speech.audio.delta", "audio": STANDARD.encode(piece)}))
        };
        let usage = object.get("usage").cloned().unwrap_or_else(|| counted(asked));
        let done = sse_event(None, &json!({"type": "speech.audio.done", "usage": usage}));
        let frames = audio.chunks(PIECE).map(delta).chain([done]).collect();
        return Rendered { content_type: "text/event-stream", body: RenderedBody::Frames(frames) };
    }
    let audio = Bytes::from(audio);
    let pieces = (0..audio.len()).step_by(PIECE).map(|at| audio.slice(at..audio.len().min(at + PIECE)));
    Rendered { content_type: content_type(format(asked)), body: RenderedBody::Frames(pieces.collect()) }
}

fn audio(object: &Value) -> Vec<u8> {
    let written = object.get("audio").unwrap_or(object).as_str().unwrap_or_default();
    let mut text = written.to_owned();
    // Long base64 is folded in YAML.
    text.retain(|character| !character.is_ascii_whitespace());
    LENIENT.decode(text).unwrap_or_else(|_| written.as_bytes().to_vec())
}

fn format<'a>(asked: &Asked<'a>) -> &'a str {
    form::text(asked.body, "response_format").unwrap_or("mp3")
}

/// The sound of a format's name; MP3 where it is unknown.
pub(super) fn sound(format: &str) -> Sound {
    match format {
        "wav" => Sound::Wav,
        "pcm" | "pcm16" => Sound::Pcm,
        "flac" => Sound::Flac,
        "opus" => Sound::Opus,
        "aac" => Sound::Aac,
        _ => Sound::Mp3,
    }
}

fn content_type(format: &str) -> &'static str {
    match format {
        "opus" => "audio/ogg",
        "aac" => "audio/aac",
        "flac" => "audio/flac",
        "wav" => "audio/wav",
        "pcm" => "audio/pcm",
        _ => "audio/mpeg",
    }
}

fn counted(asked: &Asked<'_>) -> Value {
    let words = input::words(asked);
    let input = u64::try_from(tokens::count(words)).unwrap_or(u64::MAX);
    usage(input, spoken::billed(spoken::seconds(words), TOKENS_A_SECOND))
}

fn usage(input: u64, output: u64) -> Value {
    json!({"input_tokens": input, "output_tokens": output, "total_tokens": input.saturating_add(output)})
}
