//! An answer in bytes, not yet timed.

use bytes::Bytes;

/// The body of an answer, and its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The content type.
    pub content_type: &'static str,
    /// The bytes.
    pub body: RenderedBody,
}

/// In one piece or in many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenderedBody {
    /// Sent with its length.
    Whole(Bytes),
    /// Sent piece by piece: the events of a stream, the chunks of a file.
    Frames(Vec<Bytes>),
}

// === impl Rendered ===

impl Rendered {
    /// A JSON text in one piece.
    #[must_use]
    pub fn json(value: &serde_json::Value) -> Self {
        let bytes = Bytes::from(value.to_string());
        Rendered { content_type: "application/json", body: RenderedBody::Whole(bytes) }
    }

    /// All bytes, in order.
    #[must_use]
    pub fn bytes(&self) -> Bytes {
        match &self.body {
            RenderedBody::Whole(bytes) => bytes.clone(),
            RenderedBody::Frames(frames) => frames.concat().into(),
        }
    }
}
