//! Bodies by meaning.

use super::multipart::{self, Part};
use super::normalise::Normaliser;
use crate::encoding::decoded;
use crate::headers::Headers;
use crate::target::canonical_pairs;
use serde_json::Value;
use std::borrow::Cow;

/// What Envoy AI Gateway's recorder writes in place of a multipart body.
const OMITTED: &[u8] = b"[multipart form data omitted]";

/// A body as it is compared.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body<'a> {
    /// JSON: key order, white space and the spelling of numbers do not count.
    Json(Value),
    /// A form: pairs, in any order of names.
    Form(Vec<(String, String)>),
    /// Multipart: parts sorted by name, those of one name in order; the boundary does not count.
    Multipart(Vec<Part<'a>>),
    /// A multipart body that the recorder left out: it equals any multipart body.
    Omitted,
    /// Anything else: bytes.
    Raw(Cow<'a, [u8]>),
}

/// A body without its content encoding: some clients compress requests, and recordings are stored decoded.
pub(super) fn plain<'b>(headers: &Headers, body: &'b [u8]) -> Cow<'b, [u8]> {
    let decoded = headers.get("content-encoding").and_then(|encoding| decoded(encoding, body));
    decoded.map_or(Cow::Borrowed(body), Cow::Owned)
}

// === impl Body ===

impl<'a> Body<'a> {
    /// Reads a body by its kind. What does not parse as what it claims to be is raw; nothing fails.
    ///
    /// An object or an array is JSON whatever the content type says: recorders drop headers, and `curl -d`
    /// calls everything a form.
    pub(super) fn read(headers: &Headers, body: &'a [u8], normaliser: &Normaliser) -> Self {
        let media = headers.media_type().unwrap_or_default();
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        let declared_json = media.ends_with("json");
        let maybe_json = (declared_json && first.is_some()) || matches!(first, Some(b'{' | b'['));
        if maybe_json && let Ok(mut value) = serde_json::from_slice::<Value>(body) {
            normaliser.json(&mut value);
            return Body::Json(value);
        }
        if media.starts_with("multipart/") {
            if body == OMITTED {
                return Body::Omitted;
            }
            let boundary = headers.get("content-type").and_then(multipart::boundary);
            if let Some(mut parts) = boundary.and_then(|boundary| multipart::parts(body, boundary)) {
                // As with forms: clients write fields in their own order. What has one name, or none, stays in order.
                parts.sort_by(|one, other| one.name().cmp(&other.name()));
                return Body::Multipart(parts);
            }
        }
        if media == "application/x-www-form-urlencoded" && std::str::from_utf8(body).is_ok() {
            let mut pairs = canonical_pairs(body);
            for (_, value) in &mut pairs {
                *value = normaliser.text(value).into_owned();
            }
            return Body::Form(pairs);
        }
        Body::raw(body, normaliser)
    }

    /// The bytes, normalised where they are text.
    pub(super) fn raw(body: &'a [u8], normaliser: &Normaliser) -> Self {
        let text = if normaliser.is_empty() { None } else { std::str::from_utf8(body).ok() };
        Body::Raw(match text.map(|text| normaliser.text(text)) {
            Some(Cow::Owned(changed)) => Cow::Owned(changed.into_bytes()),
            _ => Cow::Borrowed(body),
        })
    }

    pub(super) fn kind(&self) -> &'static str {
        match self {
            Body::Json(_) => "JSON",
            Body::Form(_) => "a form",
            Body::Multipart(_) => "multipart",
            Body::Omitted => "multipart, left out by the recorder",
            Body::Raw(bytes) if bytes.is_empty() => "empty",
            Body::Raw(_) => "bytes",
        }
    }
}
