//! What each kind of job asks of its request, check after check: the first that fails is told.
//!
//! A body is decoded first, which refuses known members of a wrong type; then its model is looked at, then what
//! the kind needs, and last whether it is to be streamed, which no job can be.

mod decode;
mod documents;
mod forms;
mod media;
mod words;

pub(super) use decode::object;
pub(super) use forms::{NO_PROMPT, Prompt, check_form, prompt};

use super::{AsyncKind, ErrorObject, ModelName, ModelRules};
use decode::{Known, Shape};
use serde_json::{Map, Value};

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// What is said of a model that is missing, or whose provider is.
pub(super) const MODEL_FORMAT: &str = "model should be in provider/model format";

/// Members that every JSON request may have.
const COMMON: Known = &[
    ("model", Shape::Text),
    ("fallbacks", Shape::Texts),
    ("stream", Shape::Flag),
    ("stream_format", Shape::Text),
];

/// Checks the body of a kind that takes JSON.
pub(super) fn check_json(
    kind: AsyncKind,
    body: &Object,
    rules: &ModelRules,
) -> Result<ModelName, ErrorObject> {
    decode::members(body, COMMON)?;
    let required = match kind {
        AsyncKind::Completions => decoded(body, words::COMPLETIONS, words::completions),
        AsyncKind::Chat => {
            decode::members(body, words::CHAT)?;
            words::reasoned_once(body)?;
            Ok(words::chat(body))
        }
        AsyncKind::Responses => decoded(body, words::RESPONSES, words::responses),
        AsyncKind::Embeddings => decoded(body, words::EMBEDDINGS, words::embeddings),
        AsyncKind::Speech => {
            decode::members(body, media::SPEECH)?;
            media::voices(body)?;
            Ok(media::speech(body))
        }
        AsyncKind::ImageGenerations => decoded(body, media::IMAGES, media::images),
        AsyncKind::Rerank => {
            decode::members(body, documents::RERANK)?;
            documents::texts(body)?;
            Ok(documents::rerank(body))
        }
        AsyncKind::Ocr => {
            decode::members(body, documents::OCR)?;
            documents::document(body)?;
            Ok(documents::ocr(body))
        }
        // These take forms, which `check_form` checks.
        AsyncKind::Transcriptions | AsyncKind::ImageEdits | AsyncKind::ImageVariations => Ok(Ok(())),
    }?;
    let model = text(body, "model").and_then(|model| rules.read(model));
    let model = model.ok_or_else(|| ErrorObject::bad(MODEL_FORMAT))?;
    required.map_err(ErrorObject::bad).map(|()| model)
}

/// What a check finds: nothing, or what it says.
type Found = Result<(), String>;

/// Decodes the members of a kind, and says what it lacks beside.
fn decoded(body: &Object, known: Known, lacks: fn(&Object) -> Found) -> Result<Found, ErrorObject> {
    decode::members(body, known)?;
    Ok(lacks(body))
}

/// A member that is there: null is as good as absent.
fn member<'a>(body: &'a Object, name: &str) -> Option<&'a Value> {
    body.get(name).filter(|value| !value.is_null())
}

fn text<'a>(body: &'a Object, name: &str) -> Option<&'a str> {
    body.get(name).and_then(Value::as_str)
}

fn need(there: bool, message: &str) -> Found {
    if there { Ok(()) } else { Err(message.to_owned()) }
}

/// Refuses a request that is to be streamed.
fn unstreamed(body: &Object, what: &str) -> Found {
    need(body.get("stream") != Some(&Value::Bool(true)), &streamed(what))
}

fn streamed(what: &str) -> String {
    format!("stream is not supported for async {what}")
}

#[cfg(test)]
pub(super) mod tests;
