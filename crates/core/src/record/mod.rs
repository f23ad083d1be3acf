//! From an exchange with a provider to an interaction that is worth storing.
//!
//! ```text
//! exchange --decode--> body and its pieces --ending: is it whole?--> lay out JSON --> interaction
//! ```
//!
//! What is not provably whole is not stored: a cassette that ends in the middle of an answer makes every
//! later run fail in a way that no provider does.

mod ending;

pub use ending::Ending;

use crate::cassette::{
    Chunk, Chunks, Format, GoFields, Interaction, Layout, RecordedRequest, RecordedResponse, RequestBody,
    Unknown, indented,
};
use crate::encoding::{Pieces, decode};
use crate::headers::Headers;
use crate::stream::Framing;
use bytes::Bytes;
use jiff::Timestamp;
use std::borrow::Cow;
use std::time::Duration;

/// A request and its response, as they were on the wire.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// `POST`.
    pub method: String,
    /// The whole address, as it is stored.
    pub url: String,
    /// The request's header fields, as they are stored.
    pub request_headers: Headers,
    /// The request's body.
    pub request_body: Bytes,
    /// The status.
    pub status: u16,
    /// The reason phrase; empty where there was none.
    pub reason: String,
    /// The response's header fields.
    pub headers: Headers,
    /// The pieces of the body with their times of arrival, counted from sending the request.
    pub pieces: Vec<(Duration, Bytes)>,
    /// How the body ended.
    pub end: End,
    /// From sending the request to the response's head.
    pub head: Duration,
    /// When the request was sent.
    pub recorded: Timestamp,
}

/// How a body came to its end, as the transport tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// By its length or its last chunk: it is whole.
    Proven,
    /// The connection was closed, which is how a body without a length ends, and also how one is cut.
    Closed,
    /// It was cut, and why.
    Cut(String),
}

/// How JSON stands in a cassette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bodies {
    /// What came in one line is indented, for review.
    Readable,
    /// As it came: whoever else reads the cassette may compare byte by byte.
    AsSent,
}

/// Why an exchange is not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// The policy does not store answers with this status.
    #[error("answers with status {status} are not stored")]
    Status {
        /// The status.
        status: u16,
    },
    /// The connection to the provider broke.
    #[error("the answer was cut: {reason}")]
    Cut {
        /// What the transport says.
        reason: String,
    },
    /// The body lacks what ends it.
    #[error("the answer is not provably whole: {reason}")]
    Unfinished {
        /// What is missing.
        reason: String,
    },
    /// The body cannot be decoded, so that nothing can be taken out of it.
    #[error("a body of content encoding `{encoding}` cannot be decoded: {reason}")]
    Encoded {
        /// The header's value.
        encoding: String,
        /// What the decoder says.
        reason: String,
    },
    /// The body is larger than what is stored.
    #[error("the answer has more than {limit} bytes: raise --max-recording to store it")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The provider's own names in the address cannot be taken out.
    #[error("the address cannot be scrubbed: {reason}")]
    Address {
        /// What is missing.
        reason: String,
    },
    /// The session that asked for it was ended before it had arrived.
    #[error("the session had ended when the answer had arrived")]
    Late,
    /// It is a refusal of another standin.
    #[error("the upstream is a standin, and it refused: {code}")]
    Refusal {
        /// Its code.
        code: String,
    },
}

/// Turns an exchange into an interaction as a format holds it best. Nothing is scrubbed yet.
///
/// # Errors
/// When the exchange is not provably whole, or its body cannot be decoded.
pub fn interaction(
    exchange: Exchange,
    ending: Ending,
    format: Format,
    bodies: Bodies,
) -> Result<Interaction, NotKept> {
    if let End::Cut(reason) = exchange.end {
        return Err(NotKept::Cut { reason });
    }
    if let Some(code) = exchange.headers.get("x-standin-error") {
        return Err(NotKept::Refusal { code: code.to_owned() });
    }
    let mut headers = kept_headers(&exchange.headers, format);
    let pieces: Vec<Bytes> = exchange.pieces.iter().map(|(_, piece)| piece.clone()).collect();
    let Pieces { body, lengths } = decoded(&mut headers, pieces)?;
    let framing = Framing::of(&headers, &body);
    let bodiless = is_bodiless(&exchange.method, exchange.status);
    if !bodiless {
        ending::check(framing, &headers, &body, ending, &exchange.end)
            .map_err(|reason| NotKept::Unfinished { reason })?;
    }
    let (stored, layout) = match (framing, std::str::from_utf8(&body)) {
        (None, Ok(text)) => match bodies.laid_out(text) {
            Some((stored, layout)) => (Bytes::from(stored), layout),
            None => (body, Layout::AsSent),
        },
        _ => (body, Layout::AsSent),
    };
    let arrivals = exchange.pieces.iter().map(|(at, _)| *at);
    let chunks = chunks(framing, arrivals.zip(lengths).collect(), stored.len());
    if !bodiless {
        headers.replace("content-length", &stored.len().to_string());
    }

    let mut request_headers = kept_headers(&exchange.request_headers, format);
    let sent = decoded(&mut request_headers, vec![exchange.request_body])?.body;
    let request_body = match std::str::from_utf8(&sent).ok().and_then(|text| bodies.laid_out(text)) {
        Some((text, _)) => RequestBody::Bytes(text.into()),
        None if sent.is_empty() => RequestBody::None,
        None => RequestBody::Bytes(sent),
    };
    Ok(Interaction {
        request: RecordedRequest {
            method: exchange.method,
            url: exchange.url,
            headers: request_headers,
            body: request_body,
            go: None,
            unknown: Unknown::default(),
        },
        response: RecordedResponse {
            status: exchange.status,
            reason: exchange.reason,
            headers,
            go: Some(GoFields::of_response(stored.len(), exchange.head)),
            body: stored,
            unknown: Unknown::default(),
        },
        recorded: Some(exchange.recorded),
        layout,
        chunks,
        unknown: Unknown::default(),
        line: 0,
    })
}

// === impl Bodies ===

impl Bodies {
    fn laid_out(self, text: &str) -> Option<(String, Layout)> {
        match self {
            Bodies::Readable => indented(text),
            Bodies::AsSent => None,
        }
    }
}

/// Whether a response has no body whatever its headers say (RFC 9110, 6.4.1).
#[must_use]
pub fn is_bodiless(method: &str, status: u16) -> bool {
    method == "HEAD" || matches!(status, 204 | 304)
}

/// The body without its content encoding, and what of it each piece held. The header goes with the coding.
fn decoded(headers: &mut Headers, pieces: Vec<Bytes>) -> Result<Pieces, NotKept> {
    let codings: Vec<String> = headers.get_all("content-encoding").map(str::to_owned).collect();
    let encoding = codings.join(", ");
    let whole = decode(&encoding, pieces).map_err(|reason| NotKept::Encoded { encoding, reason })?;
    headers.remove("content-encoding");
    Ok(whole)
}

/// The fields that are stored, in the casing that the format's library looks for: Go finds a header by its
/// canonical name only.
fn kept_headers(headers: &Headers, format: Format) -> Headers {
    headers
        .iter()
        .filter(|(name, _)| !headers.is_hop_by_hop(name))
        .map(|(name, value)| {
            let name = match format {
                Format::GoVcr => Cow::Owned(canonical(name)),
                Format::Vcrpy => Cow::Borrowed(name),
            };
            (name, value)
        })
        .collect()
}

/// `X-Request-Id`: a capital after each hyphen, as Go's `textproto.CanonicalMIMEHeaderKey` writes it.
fn canonical(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|c| {
            let c = if start { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            start = c == '-';
            c
        })
        .collect()
}

/// Streams keep every piece; of a body that is one piece, when it was there is enough.
fn chunks(framing: Option<Framing>, pieces: Vec<(Duration, usize)>, stored: usize) -> Option<Chunks> {
    // More digits would only be noise in the file.
    let micros = |at: Duration| Duration::from_micros(u64::try_from(at.as_micros()).unwrap_or(u64::MAX));
    let last = pieces.last().map(|(at, _)| micros(*at))?;
    let chunks = match framing {
        Some(_) => {
            let held = pieces.into_iter().filter(|(_, len)| *len > 0);
            held.map(|(at, len)| Chunk { at: micros(at), len }).collect()
        }
        None => vec![Chunk { at: last, len: stored }],
    };
    Chunks::new(chunks, stored).ok().filter(|chunks| !chunks.as_slice().is_empty())
}

#[cfg(test)]
mod tests;
