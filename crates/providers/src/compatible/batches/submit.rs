//! A batch that is asked for.

use super::files::{self, after, expiry};
use super::{missing_parameter, refused, unknown_value};
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value};
use standin_core::batches::{Batch, File, Ids, NewBatch, Submitted};
use standin_core::dialect::Failure;
use standin_core::{Headers, decoded_request};

/// The endpoints that batches are for.
const ENDPOINTS: [&str; 8] = [
    "/v1/responses",
    "/v1/chat/completions",
    "/v1/embeddings",
    "/v1/completions",
    "/v1/moderations",
    "/v1/images/generations",
    "/v1/images/edits",
    "/v1/videos",
];

const WINDOW: &str = "24h";
const WINDOW_SECONDS: i64 = 24 * 3600;
const MOST_METADATA: usize = 16;
const LONGEST_KEY: usize = 64;
const LONGEST_VALUE: usize = 512;

pub(super) fn submitted(
    provider: &str,
    headers: &Headers,
    body: &Bytes,
    ids: &Ids<'_>,
    now: Timestamp,
) -> Result<NewBatch, Failure> {
    let body = decoded_request(headers.get("content-encoding"), body)
        .map_err(|error| Failure::of(400).saying(format!("The body cannot be decoded: {error}.")))?;
    let Ok(Value::Object(body)) = serde_json::from_slice(&body) else {
        let message = "The body of the request could not be read as a JSON object.";
        return Err(Failure::of(400).saying(message).coded(Value::Null));
    };
    let input = text(&body, "input_file_id")?;
    let endpoint = text(&body, "endpoint")?;
    if !ENDPOINTS.contains(&endpoint) {
        return Err(unknown_value("endpoint", endpoint, &ENDPOINTS));
    }
    let window = text(&body, "completion_window")?;
    if window != WINDOW {
        return Err(unknown_value("completion_window", window, &[WINDOW]));
    }
    let metadata = body.get("metadata").cloned().unwrap_or_default();
    check_metadata(&metadata)?;
    let expires_after = body.get("output_expires_after").cloned().unwrap_or_default();
    if !expires_after.is_null() {
        let anchor = expires_after["anchor"].as_str();
        let anchor = anchor.ok_or_else(|| missing_parameter("output_expires_after[anchor]"))?;
        expiry("output_expires_after", anchor, expires_after["seconds"].as_i64())?;
    }
    let asked = serde_json::json!({
        "endpoint": endpoint,
        "completion_window": window,
        "metadata": metadata,
        "output_expires_after": expires_after,
    });
    let expires = after(now, WINDOW_SECONDS);
    let mut batch = Batch::submitted(ids("batch_", 32), provider, asked, now, expires);
    batch.input = Some(input.to_owned());
    Ok(NewBatch { batch, lines: Submitted::Named })
}

fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a str, Failure> {
    match body.get(name) {
        None | Some(Value::Null) => Err(missing_parameter(name)),
        Some(Value::String(text)) => Ok(text),
        Some(_) => {
            let message = format!("Invalid type for '{name}': expected a string.");
            Err(refused(message, name, "invalid_type"))
        }
    }
}

fn check_metadata(metadata: &Value) -> Result<(), Failure> {
    let wrong = |about: String| refused(format!("Invalid 'metadata': {about}"), "metadata", "invalid_value");
    let pairs = match metadata {
        Value::Null => return Ok(()),
        Value::Object(pairs) => pairs,
        _ => {
            return Err(refused(
                "Invalid type for 'metadata': expected an object.",
                "metadata",
                "invalid_type",
            ));
        }
    };
    if pairs.len() > MOST_METADATA {
        return Err(wrong(format!("{} pairs are more than {MOST_METADATA}.", pairs.len())));
    }
    for (key, value) in pairs {
        let Some(text) = value.as_str() else {
            return Err(wrong(format!("the value of '{key}' is no string.")));
        };
        if key.chars().count() > LONGEST_KEY || text.chars().count() > LONGEST_VALUE {
            return Err(wrong(format!(
                "keys have at most {LONGEST_KEY} characters and values {LONGEST_VALUE}, which '{key}' does not."
            )));
        }
    }
    Ok(())
}

/// Whether a batch may read its lines from a file.
pub(super) fn reads_from(batch: &Batch, file: Option<&File>) -> Result<(), Failure> {
    let id = batch.input.as_deref().unwrap_or_default();
    match file {
        None => Err(Failure::of(400)
            .saying(format!("No such File object: {id}"))
            .about("input_file_id")
            .coded(Value::Null)),
        Some(file) if file.purpose != files::BATCH => {
            let message = format!(
                "The purpose of file '{id}' is '{}'; a batch reads files with the purpose 'batch'.",
                file.purpose
            );
            Err(refused(message, "input_file_id", "invalid_value"))
        }
        Some(_) => Ok(()),
    }
}
