//! A reply: a head, and a timeline of what is sent when. Pure data; the server's `play` is what waits.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::sync::Arc;
use std::time::Duration;

/// An answer, decided and not yet sent. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The status code.
    pub status: StatusCode,
    /// The reason phrase, where it is not the status's usual one.
    pub reason: Option<Bytes>,
    /// Header fields, without those of the connection and without the body's length.
    pub headers: Arc<HeaderMap>,
    /// The body.
    pub body: ReplyBody,
}

/// The body of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyBody {
    /// Sent at once, with its length, after a wait.
    Whole {
        /// The wait before the head, from the reply's start.
        at: Duration,
        /// The bytes.
        bytes: Bytes,
    },
    /// Sent piece by piece.
    Stream(Timeline),
    /// Nothing is sent, not even a head; the connection ends this way.
    Nothing {
        /// When, counted from the reply's start.
        at: Duration,
        /// How; never [`Ending::Whole`].
        ending: Ending,
    },
}

/// What follows the last piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ending {
    /// The end of the message, as HTTP tells it.
    #[default]
    Whole,
    /// The connection is closed, in the middle of the message.
    Closed,
    /// The connection is reset.
    Reset,
    /// The connection is reset, and the port refuses new ones for so long.
    Refused(Duration),
    /// Nothing: the connection stays open until the client gives up.
    Silence,
}

/// What is sent when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// The beats, in order.
    pub beats: Arc<[Beat]>,
    /// Whether pieces that are due together may share a write.
    pub flush: Flush,
    /// What follows the last one, when it has been sent.
    pub ending: Ending,
}

/// One piece and when it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// When, counted from the reply's start.
    pub at: Duration,
    /// The bytes to send.
    pub send: Bytes,
}

/// How pieces map to writes on the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// Pieces that are due go out together.
    Together,
    /// Each piece is a write of its own.
    Each,
}

// === impl ReplyBody ===

impl ReplyBody {
    /// All bytes of the body, in order.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        match self {
            ReplyBody::Whole { bytes, .. } => bytes.clone(),
            ReplyBody::Stream(timeline) => {
                timeline.beats.iter().flat_map(|beat| beat.send.iter().copied()).collect()
            }
            ReplyBody::Nothing { .. } => Bytes::new(),
        }
    }
}
