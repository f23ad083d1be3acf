//! vcrpy's `version: 1`: what the Python client libraries saw. Read with its historical shapes, written
//! as ASCII with sorted keys.

mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::write;

use super::model::Vocabulary;

/// Every key of the format, those of its older shapes included.
pub(crate) const VOCABULARY: Vocabulary = Vocabulary {
    cassette: &["interactions", "version"],
    interaction: &["request", "response"],
    request: &["body", "headers", "method", "uri"],
    response: &["body", "content", "headers", "http_version", "status", "status_code"],
};
