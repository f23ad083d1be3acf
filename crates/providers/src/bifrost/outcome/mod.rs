//! From the answer to a run to what is kept of its job: a result or an error.

mod content;
mod failure;

pub use content::{Content, content};

use super::{AsyncKind, ErrorObject};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

/// A call that was made for a job, and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Executed<'a> {
    /// What the job asks for.
    pub kind: AsyncKind,
    /// The provider that was asked, where it is known.
    pub provider: Option<&'a str>,
    /// The model, as it was submitted.
    pub asked_model: &'a str,
    /// The model that was asked in the end.
    pub resolved_model: &'a str,
    /// How long it took, in milliseconds.
    pub latency_ms: u64,
    /// The HTTP status of the answer.
    pub status: u16,
    /// Its content type.
    pub content_type: Option<&'a str>,
    /// Its body, without a content encoding.
    pub body: &'a [u8],
}

/// What is kept of a job that has ended, as JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It has a result.
    Completed {
        /// The result.
        result: Vec<u8>,
    },
    /// It has failed.
    Failed {
        /// The status of the job.
        status: u16,
        /// The error object.
        error: Vec<u8>,
    },
}

/// What is kept of a job whose call was answered.
#[must_use]
pub fn outcome(executed: &Executed<'_>) -> Outcome {
    let result = if (200..300).contains(&executed.status) {
        result(executed)
    } else {
        Err(failure::failure(executed.status, executed.body))
    };
    match result {
        Ok(result) => Outcome::Completed { result },
        Err(error) => failed(&error.about(executed.kind, executed.provider, executed.asked_model)),
    }
}

/// What is kept of a job that failed with an error.
#[must_use]
pub fn failed(error: &ErrorObject) -> Outcome {
    Outcome::Failed { status: error.status, error: error.to_bytes() }
}

fn result(executed: &Executed<'_>) -> Result<Vec<u8>, ErrorObject> {
    match executed.kind {
        AsyncKind::Speech => Ok(heard(executed)),
        AsyncKind::Transcriptions if !executed.says_json() => {
            let text = String::from_utf8_lossy(executed.body);
            Ok(told(json!({"text": text}).to_string().into_bytes(), true, executed))
        }
        AsyncKind::ImageGenerations | AsyncKind::ImageEdits | AsyncKind::ImageVariations => {
            let (mut images, _) = object(executed.body)?;
            numbered(&mut images);
            let (fresh, filled) = (!images.contains_key(EXTRA_FIELDS), !images.is_empty());
            let body = Value::Object(images).to_string().into_bytes();
            Ok(if fresh { told(body, filled, executed) } else { body })
        }
        _ => {
            let (object, body) = object(executed.body)?;
            if object.contains_key(EXTRA_FIELDS) {
                return Ok(body.to_vec());
            }
            Ok(told(body.to_vec(), !object.is_empty(), executed))
        }
    }
}

/// Speech as base64, unless the vendor has done so.
fn heard(executed: &Executed<'_>) -> Vec<u8> {
    if executed.says_json()
        && let Ok((object, body)) = object(executed.body)
        && ["audio", "audio_base64"].iter().any(|name| object.contains_key(*name))
    {
        return if object.contains_key(EXTRA_FIELDS) {
            body.to_vec()
        } else {
            told(body.to_vec(), true, executed)
        };
    }
    told(json!({"audio": BASE64.encode(executed.body)}).to_string().into_bytes(), true, executed)
}

/// A body that is a JSON object, and its text without blanks around.
fn object(body: &[u8]) -> Result<(Map<String, Value>, &[u8]), ErrorObject> {
    let text = body.trim_ascii();
    let wrong = |detail: String| ErrorObject::inside(500, format!("failed to serialize result: {detail}"));
    match serde_json::from_slice(text) {
        Ok(Value::Object(object)) => Ok((object, text)),
        Ok(_) => Err(wrong("the answer is not a JSON object".to_owned())),
        Err(error) => Err(wrong(format!("the answer is not JSON: {error}"))),
    }
}

/// Images are numbered, where the vendor does not do so.
fn numbered(images: &mut Map<String, Value>) {
    let data = images.get_mut("data").and_then(Value::as_array_mut).into_iter().flatten();
    for (at, image) in data.filter_map(Value::as_object_mut).enumerate() {
        image.entry("index").or_insert_with(|| at.into());
    }
}

const EXTRA_FIELDS: &str = "extra_fields";

/// An object with what the API tells beside as its last member. What the vendor said stays byte for byte, since
/// a number that is read and written again may look otherwise.
fn told(mut object: Vec<u8>, filled: bool, executed: &Executed<'_>) -> Vec<u8> {
    object.pop();
    if filled {
        object.push(b',');
    }
    let fields = json!({
        "request_type": executed.kind.name(),
        "provider": executed.provider.unwrap_or_default(),
        "original_model_requested": executed.asked_model,
        "resolved_model_used": executed.resolved_model,
        "latency": executed.latency_ms,
        "chunk_index": 0,
    });
    object.extend_from_slice(format!("\"{EXTRA_FIELDS}\":{fields}}}").as_bytes());
    object
}

// === impl Executed ===

impl Executed<'_> {
    fn says_json(&self) -> bool {
        let media = self.content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let json = media.eq_ignore_ascii_case("application/json") || media.ends_with("+json");
        json || (media.is_empty() && object(self.body).is_ok())
    }
}

#[cfg(test)]
mod tests;
