//! Images and sound beyond their tables: what one model takes and another does not.

use super::wording::{blamed, refused};
use serde_json::Value;
use standin_core::dialect::Failure;

/// A model of images whose like will not change any more.
struct Painter {
    name: &'static str,
    most_words: usize,
    most_pictures: u64,
    sizes: &'static [&'static str],
}

const PAINTERS: [Painter; 2] = [
    Painter {
        name: "dall-e-2",
        most_words: 1000,
        most_pictures: 10,
        sizes: &["256x256", "512x512", "1024x1024"],
    },
    Painter {
        name: "dall-e-3",
        most_words: 4000,
        most_pictures: 1,
        sizes: &["1024x1024", "1024x1792", "1792x1024"],
    },
];

/// Images: the models of GPT answer in one form, and the older ones in few sizes.
pub(super) fn images(body: &Value) -> Result<(), Failure> {
    let model = body["model"].as_str().unwrap_or_default();
    if (model.starts_with("gpt-image-") || model.starts_with("chatgpt-image-"))
        && !body["response_format"].is_null()
    {
        let message = "Unknown parameter: 'response_format'.";
        return Err(refused(message, "response_format", "unknown_parameter"));
    }
    let Some(painter) = PAINTERS.iter().find(|painter| painter.name == model) else { return Ok(()) };
    let words = body["prompt"].as_str().map_or(0, |prompt| prompt.chars().count());
    if words > painter.most_words {
        let most = painter.most_words;
        let message = format!(
            "Invalid 'prompt': string too long. Expected a string with maximum length {most}, but got a string with \
             length {words} instead."
        );
        return Err(refused(message, "prompt", "string_above_max_length"));
    }
    let n = crate::compatible::form::number(body, "n").unwrap_or(1.0);
    if n > painter.most_pictures as f64 {
        let message = format!(
            "Invalid 'n': integer above maximum value. Expected a value <= {}, but got {n} instead.",
            painter.most_pictures
        );
        return Err(refused(message, "n", "integer_above_max_value"));
    }
    match body["size"].as_str() {
        Some(size) if !painter.sizes.contains(&size) => {
            let sizes: Vec<String> = painter.sizes.iter().map(|size| format!("'{size}'")).collect();
            let message = format!("Invalid value: '{size}'. Supported values are: {}.", sizes.join(", "));
            Err(refused(message, "size", "invalid_value"))
        }
        _ => Ok(()),
    }
}

/// Speech: the older models do not send events.
pub(super) fn speech(body: &Value) -> Result<(), Failure> {
    let model = body["model"].as_str().unwrap_or_default();
    if body["stream_format"] == "sse" && model.starts_with("tts-1") {
        let message = "Unsupported value: 'stream_format' does not support 'sse' with this model.";
        return Err(refused(message, "stream_format", "unsupported_value"));
    }
    Ok(())
}

/// Text from speech: not every model writes captions, and words have times in one form only.
pub(super) fn transcriptions(body: &Value) -> Result<(), Failure> {
    let model = body["model"].as_str().unwrap_or_default();
    let format = body["response_format"].as_str().unwrap_or("json");
    let takes: &[&str] = match model {
        _ if model.contains("diarize") => &["json", "text", "diarized_json"],
        _ if model.contains("-transcribe") => &["json", "text"],
        _ if model == "whisper-1" => &["json", "text", "srt", "verbose_json", "vtt"],
        _ => return Ok(()),
    };
    if !takes.contains(&format) {
        let message = format!("response_format '{format}' is not compatible with model '{model}'.");
        return Err(refused(message, "response_format", "unsupported_value"));
    }
    if !body["timestamp_granularities"].is_null() && format != "verbose_json" {
        let message = "Timestamps are only given with response_format 'verbose_json'.";
        return Err(blamed(message, "timestamp_granularities"));
    }
    Ok(())
}
