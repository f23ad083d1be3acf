//! What is uploaded, and how files are shown.

use super::{missing_parameter, refused, unknown_value};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use standin_core::batches::{Batch, File, Ids, NewFile, ResultFile};
use standin_core::dialect::Failure;
use standin_core::matching::multipart::{Part, boundary, parts};
use standin_core::{Headers, decoded_request};

/// What files are for.
const PURPOSES: [&str; 6] = ["assistants", "batch", "fine-tune", "vision", "user_data", "evals"];

/// What a batch reads its lines from.
pub(super) const BATCH: &str = "batch";

/// The most bytes of a file with lines of a batch.
const MOST_BYTES: usize = 200 << 20;

/// For how long a batch's files are kept where nobody says.
const USUAL_DAYS: i64 = 30;

pub(super) fn uploaded(
    provider: &str,
    headers: &Headers,
    body: &Bytes,
    ids: &Ids<'_>,
    now: Timestamp,
) -> Result<NewFile, Failure> {
    let body = decoded_request(headers.get("content-encoding"), body)
        .map_err(|error| Failure::of(400).saying(format!("The body cannot be decoded: {error}.")))?;
    let is_form = headers.media_type().is_some_and(|media| media == "multipart/form-data");
    let boundary = headers.get("content-type").filter(|_| is_form).and_then(boundary);
    let Some(parts) = boundary.and_then(|boundary| parts(&body, boundary)) else {
        let message = "The body could not be read as multipart/form-data, in which files are uploaded.";
        return Err(Failure::of(400).saying(message).coded(Value::Null));
    };
    let text = |name: &str| {
        let part = parts.iter().find(|part| part.name() == Some(name))?;
        Some(String::from_utf8_lossy(part.content).into_owned())
    };
    let file = parts.iter().find(|part| part.name() == Some("file") && is_file(part));
    let file = file.ok_or_else(|| missing_parameter("file"))?;
    let purpose = text("purpose").ok_or_else(|| missing_parameter("purpose"))?;
    if !PURPOSES.contains(&purpose.as_str()) {
        return Err(unknown_value("purpose", &purpose, &PURPOSES));
    }
    if purpose == BATCH && file.content.len() > MOST_BYTES {
        let message = format!("The file has {} bytes; a batch takes {MOST_BYTES}.", file.content.len());
        return Err(refused(message, "file", "file_too_large"));
    }
    let expires = match text("expires_after[anchor]") {
        None if purpose == BATCH => Some(after(now, USUAL_DAYS * 24 * 3600)),
        None => None,
        Some(anchor) => {
            let seconds = text("expires_after[seconds]").and_then(|seconds| seconds.parse().ok());
            Some(after(now, expiry("expires_after", &anchor, seconds)?))
        }
    };
    let content = body.slice_ref(file.content);
    let file = File {
        id: ids("file-", 22),
        provider: provider.to_owned(),
        owner_key: None,
        name: file.filename().filter(|name| !name.is_empty()).unwrap_or("upload").to_owned(),
        purpose,
        bytes: content.len() as u64,
        created: now,
        expires,
    };
    Ok(NewFile { file, content })
}

fn is_file(part: &Part<'_>) -> bool {
    part.filename().is_some()
        || part
            .headers
            .iter()
            .any(|(name, value)| name == "content-disposition" && value.contains("filename*="))
}

/// The seconds of an expiry that is asked for.
pub(super) fn expiry(name: &str, anchor: &str, seconds: Option<i64>) -> Result<i64, Failure> {
    if anchor != "created_at" {
        return Err(unknown_value(&format!("{name}[anchor]"), anchor, &["created_at"]));
    }
    let place = format!("{name}[seconds]");
    match seconds {
        Some(seconds @ 3_600..=2_592_000) => Ok(seconds),
        Some(other) => {
            let message = format!("Invalid '{place}': {other} is not between 3600 and 2592000.");
            Err(refused(message, &place, "invalid_value"))
        }
        None => Err(missing_parameter(&place)),
    }
}

pub(super) fn after(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}

/// The file that results of a batch are kept as.
pub(super) fn of_results(batch: &Batch, which: ResultFile, ids: &Ids<'_>, now: Timestamp) -> File {
    let what = match which {
        ResultFile::Output => "output",
        ResultFile::Errors => "error",
    };
    let seconds = batch.asked["output_expires_after"]["seconds"].as_i64().unwrap_or(USUAL_DAYS * 24 * 3600);
    File {
        id: ids("file-", 22),
        provider: batch.provider.clone(),
        owner_key: batch.owner_key.clone(),
        name: format!("{}_{what}.jsonl", batch.id),
        purpose: "batch_output".to_owned(),
        bytes: 0,
        created: now,
        expires: Some(after(now, seconds)),
    }
}

pub(super) fn shown(file: &File) -> Value {
    json!({
        "id": file.id,
        "object": "file",
        "bytes": file.bytes,
        "created_at": file.created.as_second(),
        "expires_at": file.expires.map(Timestamp::as_second),
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
        "status_details": null,
    })
}
