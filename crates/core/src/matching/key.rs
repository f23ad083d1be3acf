//! Content keys: equal keys mean equal content, by the rules in force.

use super::body::{Body, plain};
use super::json::canonical_json;
use super::matcher::Matcher;
use super::multipart::Part;
use super::rules::MatchRules;
use super::stored::stored;
use crate::call::Call;
use crate::cassette::RecordedRequest;
use crate::headers::Headers;
use crate::target::{Address, canonical_path};

/// 128 bits of BLAKE3 over everything that has to be equal and can be hashed: all but host, headers and
/// credential, which are compared among the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentKey(u128);

/// The keys under which a call is looked up, in order: its content by meaning, its bytes, and the mark of
/// a left-out multipart body.
#[must_use]
pub fn call_keys(call: &Call, rules: &MatchRules) -> Vec<ContentKey> {
    let head = head(&call.method, &call.path, call.query.as_deref(), rules);
    let mut keys = content_keys(&head, &call.headers, &call.body, rules);
    let multipart = call.headers.media_type().is_some_and(|media| media.starts_with("multipart/"));
    if multipart && rules.matchers.contains(&Matcher::Body) {
        keys.push(finish(&head, &Body::Omitted));
    }
    keys
}

/// The keys of a call as it would be stored; none where those are the same. For when nothing is found under
/// the others.
#[must_use]
pub fn stored_call_keys(call: &Call, rules: &MatchRules) -> Vec<ContentKey> {
    stored_keys(&call.method, &call.path, call.query.as_deref(), &call.headers, &call.body, rules)
}

/// The keys under which a recorded request is found: as it stands, and without what a scrubber takes out.
#[must_use]
pub fn recorded_keys(request: &RecordedRequest, rules: &MatchRules) -> Vec<ContentKey> {
    let address = Address::parse(&request.url);
    let body = request.body.bytes();
    let head = head(&request.method, address.path, address.query, rules);
    let mut keys = content_keys(&head, &request.headers, &body, rules);
    keys.extend(stored_keys(&request.method, address.path, address.query, &request.headers, &body, rules));
    keys
}

fn stored_keys(
    method: &str,
    path: &str,
    query: Option<&str>,
    headers: &Headers,
    body: &[u8],
    rules: &MatchRules,
) -> Vec<ContentKey> {
    let body = &plain(headers, body);
    let Some(stored) = stored(path, query, headers, body, rules) else { return Vec::new() };
    let address = Address::parse(&stored.target);
    let head = head(method, address.path, address.query, rules);
    content_keys(&head, headers, &stored.body, rules)
}

fn content_keys(head: &[u8], headers: &Headers, body: &[u8], rules: &MatchRules) -> Vec<ContentKey> {
    if !rules.matchers.contains(&Matcher::Body) {
        return vec![ContentKey::of(head)];
    }
    let body = &plain(headers, body);
    let read = Body::read(headers, body, &rules.normaliser);
    let mut keys = vec![finish(head, &read)];
    // The same bytes are the same body, whatever either side says of its type.
    if !matches!(read, Body::Raw(_)) {
        keys.push(finish(head, &Body::raw(body, &rules.normaliser)));
    }
    keys
}

fn head(method: &str, path: &str, query: Option<&str>, rules: &MatchRules) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    for matcher in &rules.matchers {
        match matcher {
            Matcher::Method => field(&mut out, b'M', method.as_bytes()),
            Matcher::Path => {
                field(&mut out, b'P', rules.normaliser.text(&canonical_path(path)).as_bytes());
            }
            Matcher::Query => {
                for (name, value) in rules.required_pairs(query) {
                    field(&mut out, b'q', name.as_bytes());
                    field(&mut out, b'v', value.as_bytes());
                }
            }
            Matcher::Host | Matcher::Body | Matcher::Headers | Matcher::Header(_) | Matcher::Key => {}
        }
    }
    out
}

fn finish(head: &[u8], body: &Body<'_>) -> ContentKey {
    let mut out = head.to_vec();
    match body {
        Body::Json(value) => {
            out.push(b'J');
            canonical_json(value, &mut out);
        }
        Body::Form(pairs) => {
            out.push(b'F');
            for (name, value) in pairs {
                field(&mut out, b'n', name.as_bytes());
                field(&mut out, b'v', value.as_bytes());
            }
        }
        Body::Multipart(parts) => {
            out.push(b'U');
            for Part { headers, content } in parts {
                for (name, value) in headers {
                    field(&mut out, b'h', name.as_bytes());
                    field(&mut out, b'v', value.as_bytes());
                }
                field(&mut out, b'c', content);
            }
        }
        Body::Omitted => out.push(b'O'),
        Body::Raw(bytes) => field(&mut out, b'R', bytes),
    }
    ContentKey::of(&out)
}

/// A tag, a length and the bytes: no two different lists of fields give the same bytes.
fn field(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

// === impl ContentKey ===

impl ContentKey {
    fn of(content: &[u8]) -> Self {
        let hash = blake3::hash(content);
        let mut half = [0; 16];
        half.copy_from_slice(&hash.as_bytes()[..16]);
        ContentKey(u128::from_le_bytes(half))
    }
}

impl std::fmt::Display for ContentKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
