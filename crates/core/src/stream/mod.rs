//! Where a recorded stream is cut into frames, and how the events of a new one are written. Recorded bytes are
//! never changed: the frames of a body, joined, are the body.

pub(crate) mod aws;
mod lines;
mod read;
mod sse;
mod write;

pub use read::sse_json;
pub use write::{json_text, sse_event, sse_text};

use crate::encoding::is_encoded;
use crate::headers::Headers;
use bytes::Bytes;

/// The framing of a streamed body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events: an event ends at a blank line.
    Sse,
    /// One JSON text a line.
    Lines,
    /// AWS event stream messages, length first.
    Aws,
}

// === impl Framing ===

impl Framing {
    /// The framing of a response, by its content type and, where it has none, by its first bytes. `None`
    /// for a body that is one piece, or that is compressed and therefore opaque.
    #[must_use]
    pub fn of(headers: &Headers, body: &[u8]) -> Option<Framing> {
        // A header that the recorder left behind after decoding hides nothing.
        let encoded = headers.get("content-encoding").is_some_and(|encoding| {
            !encoding.trim().is_empty()
                && !encoding.eq_ignore_ascii_case("identity")
                && is_encoded(encoding, body)
        });
        if encoded {
            return None;
        }
        match headers.media_type().as_deref() {
            Some("text/event-stream") => Some(Framing::Sse),
            Some(
                "application/x-ndjson"
                | "application/ndjson"
                | "application/jsonl"
                | "application/x-jsonlines"
                | "application/stream+json",
            ) => Some(Framing::Lines),
            Some("application/vnd.amazon.eventstream") => Some(Framing::Aws),
            Some(_) => None,
            None => (body.starts_with(b"data:") || body.starts_with(b"event:")).then_some(Framing::Sse),
        }
    }

    /// The length of the first frame of some bytes; `None` when it is not whole.
    #[must_use]
    pub fn first_len(self, bytes: &[u8]) -> Option<usize> {
        let end = match self {
            Framing::Sse => sse::event_end(bytes),
            Framing::Lines => lines::line_end(bytes),
            Framing::Aws => aws::message_end(bytes),
        };
        end.filter(|end| *end > 0)
    }

    /// Cuts a body into frames. What follows the last boundary is a frame too.
    #[must_use]
    pub fn split(self, body: &Bytes) -> Vec<Bytes> {
        let mut frames = Vec::new();
        let mut start = 0;
        while start < body.len() {
            let rest = &body[start..];
            let end = start + self.first_len(rest).unwrap_or(rest.len());
            frames.push(body.slice(start..end));
            start = end;
        }
        frames
    }
}

#[cfg(test)]
mod tests;
