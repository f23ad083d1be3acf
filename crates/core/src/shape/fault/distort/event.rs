//! Frames that a fault changes, and those that it makes where no dialect does.

use crate::dialect::Failure;
use crate::stream::{Framing, aws, sse_event};
use bytes::Bytes;
use serde_json::{Map, Value, json};

/// The exception that an AWS event stream ends with where none is named.
const AWS_EXCEPTION: &str = "internalServerException";

/// Whether a frame carries JSON, as far as its end shows it.
pub(super) fn is_json(frame: &[u8], framing: Option<Framing>) -> bool {
    match framing {
        Some(Framing::Aws) => aws::payload(frame).is_some_and(|payload| last_bracket(payload).is_some()),
        _ => last_bracket(frame).is_some(),
    }
}

/// A frame, or a body, whose JSON is none: its last bracket is missing. What is no JSON has a byte in it that no
/// text has.
pub(super) fn malformed(frame: &Bytes, framing: Option<Framing>) -> Bytes {
    if framing == Some(Framing::Aws)
        && let Some(payload) = aws::payload(frame)
    {
        return aws::with_payload(frame, &broken(payload)).map_or_else(|| frame.clone(), Bytes::from);
    }
    Bytes::from(broken(frame))
}

fn broken(text: &[u8]) -> Vec<u8> {
    let mut broken = text.to_vec();
    match last_bracket(text) {
        Some(at) => drop(broken.remove(at)),
        None => broken.insert(text.len() / 2, 0xff),
    }
    broken
}

/// Where the bracket is that an object or a list ends with.
fn last_bracket(text: &[u8]) -> Option<usize> {
    let at = text.trim_ascii_end().len().checked_sub(1)?;
    matches!(text.get(at), Some(b'}' | b']')).then_some(at).filter(|at| !is_done(&text[..=*at]))
}

/// OpenAI's last event looks like a list and is none.
fn is_done(text: &[u8]) -> bool {
    text.ends_with(b"[DONE]")
}

/// A message of an AWS event stream whose last checksum is wrong by a bit.
pub(super) fn with_wrong_checksum(message: &Bytes) -> Bytes {
    let mut wrong = message.to_vec();
    if let Some(last) = wrong.last_mut() {
        *last ^= 1;
    }
    Bytes::from(wrong)
}

/// Lines that end with CRLF, however they ended.
pub(super) fn with_crlf(frame: &Bytes) -> Bytes {
    let mut lines = Vec::with_capacity(frame.len() + 8);
    let mut bytes = frame.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {
                if byte == b'\r' {
                    bytes.next_if_eq(&b'\n');
                }
                lines.extend_from_slice(b"\r\n");
            }
            byte => lines.push(byte),
        }
    }
    Bytes::from(lines)
}

/// What breaks off a stream of no dialect.
pub(super) fn plain(framing: Framing, failure: &Failure) -> Bytes {
    let message = failure.message.as_deref().unwrap_or("The server had an error while answering.");
    match framing {
        Framing::Aws => {
            let kind = failure.kind.as_deref().unwrap_or(AWS_EXCEPTION);
            Bytes::from(aws::exception(kind, &json!({"message": message}).to_string()))
        }
        Framing::Sse => sse_event(Some("error"), &error(failure, message)),
        Framing::Lines => Bytes::from(format!("{}\n", error(failure, message))),
    }
}

fn error(failure: &Failure, message: &str) -> Value {
    let mut error = Map::new();
    error.insert("message".to_owned(), message.into());
    error.insert("type".to_owned(), failure.kind.as_deref().unwrap_or("server_error").into());
    for (name, value) in [("param", &failure.param), ("code", &failure.code)] {
        if let Some(value) = value {
            error.insert(name.to_owned(), (**value).clone());
        }
    }
    json!({"error": error})
}
