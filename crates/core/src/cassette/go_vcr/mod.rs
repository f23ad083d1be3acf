//! go-vcr's `version: 2`: a Go struct dump. Read leniently, written as v4.0.7 writes it.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::{is_empty, write};

use super::model::Vocabulary;

/// The keys of a request: in the order of the file those beside method, url, headers and body, then these.
const REQUEST: [&str; 14] = [
    "proto",
    "proto_major",
    "proto_minor",
    "content_length",
    "transfer_encoding",
    "trailer",
    "host",
    "remote_addr",
    "request_uri",
    "form",
    "body",
    "headers",
    "url",
    "method",
];

/// The keys of a response: in the order of the file those beside code, status, headers and body, then these.
const RESPONSE: [&str; 12] = [
    "proto",
    "proto_major",
    "proto_minor",
    "transfer_encoding",
    "trailer",
    "content_length",
    "uncompressed",
    "duration",
    "body",
    "headers",
    "status",
    "code",
];

const REQUEST_FIELDS: &[&str] = REQUEST.split_at(10).0;
const RESPONSE_FIELDS: &[&str] = RESPONSE.split_at(8).0;

/// Every key of the format.
pub(crate) const VOCABULARY: Vocabulary = Vocabulary {
    cassette: &["version", "interactions"],
    interaction: &["id", "request", "response"],
    request: &REQUEST,
    response: &RESPONSE,
};
