//! A batch that is asked for, with its requests.

use super::refused;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use standin_core::batches::{Batch, Ids, LineCall, LineEnd, NewBatch, NewLine, Submitted};
use standin_core::dialect::Failure;
use standin_core::{Headers, decoded_request};
use std::collections::{BTreeMap, BTreeSet};

const MOST_REQUESTS: usize = 100_000;
const LONGEST_ID: usize = 64;
const WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// A request as it is written: what its parameters hold is read by who answers it.
type Written<'a> = BTreeMap<String, &'a RawValue>;

pub(super) fn submitted(
    headers: &Headers,
    body: &Bytes,
    ids: &Ids<'_>,
    now: Timestamp,
) -> Result<NewBatch, Failure> {
    let body = decoded_request(headers.get("content-encoding"), body)
        .map_err(|error| refused(format!("the body cannot be decoded: {error}")))?;
    let members: Written<'_> = serde_json::from_slice(&body)
        .map_err(|_| refused("The request body is not valid JSON, or no object"))?;
    let requests = members.get("requests").ok_or_else(|| refused("requests: Field required"))?;
    let requests: Vec<&RawValue> = serde_json::from_str(requests.get())
        .map_err(|_| refused("requests: Input should be a valid list"))?;
    match requests.len() {
        0 => return Err(refused("requests: List should have at least 1 item")),
        1..=MOST_REQUESTS => {}
        _ => return Err(refused(format!("requests: List should have at most {MOST_REQUESTS} items"))),
    }
    let mut known = BTreeSet::new();
    let lines = requests.iter().enumerate().map(|(at, request)| line(at, request, &mut known));
    let lines = lines.collect::<Result<Vec<_>, _>>()?;
    let expires = now.checked_add(WINDOW).unwrap_or(Timestamp::MAX);
    let batch = Batch::submitted(ids("msgbatch_01", 22), "anthropic", Value::Null, now, expires);
    Ok(NewBatch { batch, lines: Submitted::With(lines) })
}

fn line(at: usize, request: &RawValue, known: &mut BTreeSet<String>) -> Result<NewLine, Failure> {
    let wrong = |about: &str| refused(format!("requests.{at}{about}"));
    let members: Written<'_> =
        serde_json::from_str(request.get()).map_err(|_| wrong(": Input should be an object"))?;
    let custom_id = members.get("custom_id").ok_or_else(|| wrong(".custom_id: Field required"))?;
    let custom_id: String = serde_json::from_str(custom_id.get())
        .map_err(|_| wrong(".custom_id: Input should be a valid string"))?;
    let is_named = (1..=LONGEST_ID).contains(&custom_id.len())
        && custom_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if !is_named {
        return Err(wrong(".custom_id: String should match pattern '^[a-zA-Z0-9_-]{1,64}$'"));
    }
    if !known.insert(custom_id.clone()) {
        return Err(wrong(&format!(".custom_id: '{custom_id}' is used by an earlier request of the batch")));
    }
    let params = members.get("params").ok_or_else(|| wrong(".params: Field required"))?;
    let Ok(Value::Object(read)) = serde_json::from_str(params.get()) else {
        return Err(wrong(".params: Input should be an object"));
    };
    let streams = read.get("stream").is_some_and(|stream| stream == true);
    let call =
        LineCall { path: "/v1/messages".to_owned(), body: Bytes::copy_from_slice(params.get().as_bytes()) };
    Ok(NewLine { custom_id, call, end: streams.then(streaming) })
}

/// What becomes of a request that asks for a stream.
fn streaming() -> LineEnd {
    let error = json!({"type": "invalid_request_error", "message": "stream: not supported in batches"});
    let body = json!({"type": "error", "error": error, "request_id": null});
    LineEnd::Answered { status: 400, body: body.to_string().into() }
}
