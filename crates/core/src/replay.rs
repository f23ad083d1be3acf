//! From a recorded interaction to a reply: status, headers and bytes as recorded.

use crate::cassette::{Interaction, Layout, RecordedResponse};
use crate::encoding::is_encoded;
use crate::reply::Reply;
use crate::shape::{Pace, RecordedTimes};
use crate::stream::Framing;
use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use std::sync::Arc;

/// A recorded header that cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsendable {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: &'static str,
}

/// The reply that replays an interaction, at a pace.
///
/// Headers of the connection and the length are the server's to set. A `Content-Encoding` that the stored
/// body does not have is dropped. A response recorded without a content type gets the one its body shows:
/// some SDKs read nothing without it.
#[must_use]
pub fn replay(interaction: &Interaction, pace: &Pace) -> Reply {
    let response = &interaction.response;
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::OK);
    let sent = wire_body(interaction);
    let framing = Framing::of(&response.headers, &sent);
    let times = RecordedTimes { chunks: interaction.chunks.as_ref(), head: response.duration() };
    let body = match framing {
        Some(framing) => {
            let frames = framing.split(&sent);
            pace.stream(&sent, frames, times)
        }
        None => pace.whole(sent, times),
    };
    let (mut headers, _) = sendable(response, framing);
    // There is no body to have a length, and the header tells of the one that GET would get.
    if interaction.request.method == "HEAD"
        && let Some(length) = response.headers.get("content-length")
        && let Ok(length) = HeaderValue::from_str(length)
    {
        headers.insert(CONTENT_LENGTH, length);
    }
    Reply { status, reason: reason(response, status), headers: Arc::new(headers), body }
}

/// The body as the wire had it.
fn wire_body(interaction: &Interaction) -> Bytes {
    let stored = &interaction.response.body;
    match (interaction.layout, std::str::from_utf8(stored)) {
        (Layout::AsSent, _) | (_, Err(_)) => stored.clone(),
        (layout, Ok(text)) => Bytes::from(layout.wire(text).into_owned()),
    }
}

/// Headers of a response that are left out of its replay because HTTP cannot carry them.
#[must_use]
pub fn unsendable(response: &RecordedResponse) -> Vec<Unsendable> {
    sendable(response, None).1
}

fn sendable(response: &RecordedResponse, framing: Option<Framing>) -> (HeaderMap, Vec<Unsendable>) {
    let mut headers = HeaderMap::new();
    let mut left_out = Vec::new();
    for (name, value) in response.headers.iter() {
        if response.headers.is_hop_by_hop(name) {
            continue;
        }
        match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes())) {
            (Ok(name), _) if name == CONTENT_LENGTH => {}
            (Ok(name), Ok(_)) if name == CONTENT_ENCODING && !is_encoded(value, &response.body) => {}
            (Ok(name), Ok(value)) => {
                headers.append(name, value);
            }
            (Err(_), _) => {
                left_out.push(Unsendable { name: name.to_owned(), reason: "the name is not a header name" });
            }
            (_, Err(_)) => left_out
                .push(Unsendable { name: name.to_owned(), reason: "the value holds a control character" }),
        }
    }
    if !headers.contains_key(CONTENT_TYPE)
        && let Some(shown) = shown_type(&response.body, framing)
    {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(shown));
    }
    (headers, left_out)
}

fn shown_type(body: &Bytes, framing: Option<Framing>) -> Option<&'static str> {
    if framing == Some(Framing::Sse) {
        return Some("text/event-stream");
    }
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let json =
        matches!(first, Some(b'{' | b'[')) && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok();
    json.then_some("application/json")
}

/// The recorded reason phrase, where it says more than the status.
fn reason(response: &RecordedResponse, status: StatusCode) -> Option<Bytes> {
    let phrase = response.reason.as_str();
    let usual = status.canonical_reason() == Some(phrase) || phrase.is_empty();
    let valid = phrase.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~' | 0x80..));
    (!usual && valid).then(|| Bytes::copy_from_slice(phrase.as_bytes()))
}
