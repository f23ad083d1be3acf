//! What a cassette holds, whichever format it came from.

use super::Chunks;
use super::layout::Layout;
use super::yaml::{Node, Owned};
use crate::headers::Headers;
use bytes::Bytes;
use jiff::Timestamp;
use std::borrow::Cow;

/// The file format of a cassette.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// go-vcr v3 and v4, `version: 2`.
    GoVcr,
    /// vcrpy 1.0 and later, `version: 1`.
    Vcrpy,
}

/// A parsed cassette.
#[derive(Debug, Clone, PartialEq)]
pub struct Cassette {
    /// The format it was read from; [`Cassette::render`] may choose another.
    pub format: Format,
    /// The interactions in recorded order.
    pub interactions: Vec<Interaction>,
    /// Top-level keys that the format does not have.
    pub unknown: Unknown,
}

/// One recorded request and its response.
#[derive(Debug, Clone, PartialEq)]
pub struct Interaction {
    /// The request, as the client sent it.
    pub request: RecordedRequest,
    /// The response, as the provider sent it.
    pub response: RecordedResponse,
    /// When standin recorded it.
    pub recorded: Option<Timestamp>,
    /// How the wire laid out the response's JSON.
    pub layout: Layout,
    /// When and in which pieces the response body arrived, where standin recorded it.
    pub chunks: Option<Chunks>,
    /// Keys of the interaction that the format does not have.
    pub unknown: Unknown,
    /// The line of the file it starts on; 0 when it was not read from one.
    pub line: u32,
}

/// A recorded request.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedRequest {
    /// `POST`, as recorded.
    pub method: String,
    /// The whole address, as recorded.
    pub url: String,
    /// Header fields.
    pub headers: Headers,
    /// The body.
    pub body: RequestBody,
    /// What only go-vcr records.
    pub go: Option<GoFields>,
    /// Keys of the request that the format does not have.
    pub unknown: Unknown,
}

/// A recorded response.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedResponse {
    /// The status code, 200 to 999.
    pub status: u16,
    /// The reason phrase; empty when none was recorded, as over HTTP/2.
    pub reason: String,
    /// Header fields.
    pub headers: Headers,
    /// The body's bytes, as they are stored.
    pub body: Bytes,
    /// What only go-vcr records.
    pub go: Option<GoFields>,
    /// Keys of the response that the format does not have.
    pub unknown: Unknown,
}

/// A recorded request body.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestBody {
    /// No body: `null` in vcrpy.
    None,
    /// Bytes as sent.
    Bytes(Bytes),
    /// A YAML mapping or list, as vcrpy stores aiohttp's `json=`; matched and sent as JSON.
    Structured(Structured),
}

/// A body that is stored as YAML structure and was sent as JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Structured(pub(crate) Owned);

/// Scalars and maps that go-vcr keeps beside the body and headers, by key and in the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GoFields(pub(crate) Vec<(String, Owned)>);

/// The keys of a format. A key that one format does not know may be one that the other does, and cannot
/// stand there twice.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    pub(crate) cassette: &'static [&'static str],
    pub(crate) interaction: &'static [&'static str],
    pub(crate) request: &'static [&'static str],
    pub(crate) response: &'static [&'static str],
}

/// Keys and values that standin does not interpret and writes back unchanged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Unknown(pub(crate) Vec<(Owned, Owned)>);

// === impl Format ===

impl Format {
    /// `go-vcr` or `vcrpy`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::GoVcr => "go-vcr",
            Format::Vcrpy => "vcrpy",
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

// === impl RequestBody ===

impl RequestBody {
    /// The bytes that were sent, as far as they are known: a structured body is rendered as compact JSON.
    #[must_use]
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            RequestBody::None => Cow::Borrowed(&[]),
            RequestBody::Bytes(bytes) => Cow::Borrowed(bytes),
            RequestBody::Structured(value) => Cow::Owned(value.0.to_json().to_string().into_bytes()),
        }
    }
}

// === impl RecordedResponse ===

impl RecordedResponse {
    /// go-vcr's `duration`: the time from sending the request to the response's headers.
    #[must_use]
    pub fn duration(&self) -> Option<std::time::Duration> {
        super::fields::go_duration(self.go.as_ref()?.get("duration")?)
    }
}

// === impl GoFields ===

impl GoFields {
    /// A field as a string; `None` when it is absent or not a scalar.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.node(key)?.as_str()
    }

    /// The keys, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }

    /// What go-vcr keeps of a response that came over HTTP/1.1.
    pub(crate) fn of_response(length: usize, head: std::time::Duration) -> Self {
        let plain = |text: String| Node::plain(text).into_owned();
        let fields = [
            ("proto", Node::text("HTTP/1.1").into_owned()),
            ("proto_major", plain("1".to_owned())),
            ("proto_minor", plain("1".to_owned())),
            ("content_length", plain(length.to_string())),
            ("duration", plain(format!("{}ms", head.as_micros() as f64 / 1000.0))),
        ];
        GoFields(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    pub(crate) fn node(&self, key: &str) -> Option<&Owned> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

// === impl Unknown ===

impl Unknown {
    /// Whether nothing was kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the kept keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|(key, _)| key.as_str())
    }

    /// What may be written beside these keys.
    pub(crate) fn beside(&self, known: &'static [&str]) -> impl Iterator<Item = (Node<'_>, Node<'_>)> {
        let unknown = |key: &Owned| key.as_str().is_none_or(|key| !known.contains(&key));
        self.0.iter().filter(move |(key, _)| unknown(key)).map(|(key, value)| (key.clone(), value.clone()))
    }

    /// A kept scalar.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name.as_str() == Some(key)).and_then(|(_, value)| value.as_str())
    }
}
