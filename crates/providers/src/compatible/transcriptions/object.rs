//! The object of what was heard, in each format.

use crate::compatible::{form, input, likelihoods, spoken};
use serde_json::{Map, Value, json};
use standin_core::dialect::{Asked, Endpoint, Usage};
use standin_core::tokens;

/// Tokens of a second of audio.
const TOKENS_A_SECOND: f64 = 10.0;

/// How the answer is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Verbose,
    Diarized,
    Text,
    Srt,
    Vtt,
}

// === impl Format ===

impl Format {
    pub(super) fn of(asked: &Asked<'_>) -> Self {
        match form::text(asked.body, "response_format") {
            Some("verbose_json") => Format::Verbose,
            Some("diarized_json") => Format::Diarized,
            Some("text") => Format::Text,
            Some("srt") => Format::Srt,
            Some("vtt") => Format::Vtt,
            _ => Format::Json,
        }
    }

    pub(super) const fn is_text(self) -> bool {
        matches!(self, Format::Text | Format::Srt | Format::Vtt)
    }

    /// What clients find in every object of this format.
    const fn needs(self) -> &'static [&'static str] {
        match self {
            Format::Verbose => &["language", "duration", "usage"],
            Format::Diarized => &["task", "duration", "segments", "usage"],
            Format::Json | Format::Text | Format::Srt | Format::Vtt => &["usage"],
        }
    }
}

/// The object of a text.
pub(super) fn composed(text: &str, usage: Option<Usage>, asked: &Asked<'_>) -> Map<String, Value> {
    lasting(spoken::seconds(text), text, usage, asked)
}

fn lasting(duration: f64, text: &str, usage: Option<Usage>, asked: &Asked<'_>) -> Map<String, Value> {
    let translates = asked.endpoint == Endpoint::Translations;
    let object = match Format::of(asked) {
        Format::Verbose => verbose(text, duration, translates, asked),
        Format::Diarized => json!({
            "task": "transcribe",
            "duration": duration,
            "text": text,
            "segments": spoken_by_turns(text, duration),
        }),
        Format::Json | Format::Text | Format::Srt | Format::Vtt => json!({"text": text}),
    };
    let mut members = match object {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    if !translates {
        let usage = match usage {
            // A verbose answer has no place for tokens.
            Some(usage) if asked.stream || Format::of(asked) != Format::Verbose => written(usage, asked),
            _ => counted(text, duration, asked),
        };
        if wants_logprobs(asked) {
            members.insert("logprobs".to_owned(), likelihoods::bare_entries(text).into());
        }
        members.insert("usage".to_owned(), usage);
    }
    members
}

/// A written object with what clients always find in one of its format.
pub(super) fn completed(object: &Map<String, Value>, asked: &Asked<'_>) -> Map<String, Value> {
    let lacking: Vec<_> =
        Format::of(asked).needs().iter().filter(|name| !object.contains_key(**name)).collect();
    if lacking.is_empty() {
        return object.clone();
    }
    let mut object = object.clone();
    let mut composed = lasting(duration(&object), text(&object), None, asked);
    for name in lacking {
        if let Some(value) = composed.shift_remove(*name) {
            object.insert((*name).to_owned(), value);
        }
    }
    object
}

/// What was heard.
pub(super) fn text(object: &Map<String, Value>) -> &str {
    object.get("text").and_then(Value::as_str).unwrap_or_default()
}

/// How long it is: as it says, or until its last segment ends, or as long as it takes to say.
pub(super) fn duration(object: &Map<String, Value>) -> f64 {
    let segments = || object.get("segments")?.as_array()?.last()?.get("end")?.as_f64();
    let said = object.get("duration").and_then(Value::as_f64).or_else(segments);
    said.unwrap_or_else(|| spoken::seconds(text(object)))
}

fn verbose(text: &str, duration: f64, translates: bool, asked: &Asked<'_>) -> Value {
    let task = if translates { "translate" } else { "transcribe" };
    let language = if translates { "english" } else { language(asked) };
    let mut object = json!({"task": task, "language": language, "duration": duration, "text": text});
    let granular = |name| form::lists(asked.body, "timestamp_granularities", name);
    if granular("segment") || !granular("word") {
        let temperature = form::number(asked.body, "temperature").unwrap_or(0.0);
        let segment = |(id, (text, start, end))| {
            let (id, text): (usize, &str) = (id, text);
            json!({
                "id": id,
                "seek": 0,
                "start": start,
                "end": end,
                "text": text,
                "tokens": [],
                "temperature": temperature,
                "avg_logprob": -0.25,
                "compression_ratio": 1.0,
                "no_speech_prob": 0.01,
            })
        };
        object["segments"] = sentences(text, duration).into_iter().enumerate().map(segment).collect();
    }
    if granular("word") && !translates {
        let word = |(word, start, end)| json!({"word": word, "start": start, "end": end});
        object["words"] = spoken::words(text).map(word).collect();
    }
    object
}

/// The sentences of a text, which last as long as is said.
pub(super) fn sentences(text: &str, duration: f64) -> Vec<(&str, f64, f64)> {
    let mut sentences = spoken::sentences(text);
    match sentences.last_mut() {
        Some((_, _, end)) => *end = duration,
        None => sentences.push((text, 0.0, duration)),
    }
    sentences
}

/// The sentences of a conversation of two.
fn spoken_by_turns(text: &str, duration: f64) -> Value {
    let segment = |(at, (text, start, end))| {
        let (at, text): (usize, &str) = (at, text);
        json!({
            "id": format!("seg_{:03}", at + 1),
            "type": "transcript.text.segment",
            "start": start,
            "end": end,
            "speaker": if at % 2 == 0 { "A" } else { "B" },
            "text": text,
        })
    };
    sentences(text, duration).into_iter().enumerate().map(segment).collect()
}

/// Whether the probabilities of tokens are asked for, where they are given.
fn wants_logprobs(asked: &Asked<'_>) -> bool {
    Format::of(asked) == Format::Json && form::lists(asked.body, "include", "logprobs")
}

/// The language's name, which is asked for by its code.
fn language<'a>(asked: &Asked<'a>) -> &'a str {
    match form::text(asked.body, "language").unwrap_or("en") {
        "ar" => "arabic",
        "de" => "german",
        "en" => "english",
        "es" => "spanish",
        "fr" => "french",
        "hi" => "hindi",
        "it" => "italian",
        "ja" => "japanese",
        "ko" => "korean",
        "nl" => "dutch",
        "pl" => "polish",
        "pt" => "portuguese",
        "ru" => "russian",
        "zh" => "chinese",
        other => other,
    }
}

/// Whisper, which alone answers verbosely, is billed by the second; the models after it, which alone stream, by
/// the token.
fn counted(text: &str, duration: f64, asked: &Asked<'_>) -> Value {
    let whisper = asked.model.as_deref().is_some_and(|model| model.starts_with("whisper"));
    if !asked.stream && (whisper || Format::of(asked) == Format::Verbose) {
        return json!({"type": "duration", "seconds": spoken::billed(duration, 1.0)});
    }
    let prompt = count(input::words(asked));
    usage(prompt, spoken::billed(duration, TOKENS_A_SECOND), count(text))
}

fn written(said: Usage, asked: &Asked<'_>) -> Value {
    let prompt = count(input::words(asked)).min(said.input_tokens);
    usage(prompt, said.input_tokens - prompt, said.output_tokens)
}

fn count(text: &str) -> u64 {
    u64::try_from(tokens::count(text)).unwrap_or(u64::MAX)
}

fn usage(text: u64, audio: u64, output: u64) -> Value {
    json!({
        "type": "tokens",
        "input_tokens": text.saturating_add(audio),
        "input_token_details": {"text_tokens": text, "audio_tokens": audio},
        "output_tokens": output,
        "total_tokens": text.saturating_add(audio).saturating_add(output),
    })
}
