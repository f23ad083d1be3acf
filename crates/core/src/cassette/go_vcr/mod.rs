//! go-vcr's `version: 2`: a Go struct dump. Read leniently, written as v4.0.7 writes it.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::{is_empty, write};

use super::model::Vocabulary;

/// Every key of the format.
pub(crate) const VOCABULARY: Vocabulary = Vocabulary {
    cassette: &["version", "interactions"],
    interaction: &["id", "request", "response"],
    request: &[
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
    ],
    response: &[
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
    ],
};

/// Request fields beside method, url, headers and body, in the order of the file.
const REQUEST_FIELDS: [&str; 10] = [
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
];

/// Response fields beside code, status, headers and body, in the order of the file.
const RESPONSE_FIELDS: [&str; 8] = [
    "proto",
    "proto_major",
    "proto_minor",
    "transfer_encoding",
    "trailer",
    "content_length",
    "uncompressed",
    "duration",
];
