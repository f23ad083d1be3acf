//! Every matcher with its reason.

use super::body::{Body, plain};
use super::fingerprint::{FINGERPRINT_HEADER, fingerprint};
use super::json::json_differences;
use super::matcher::Matcher;
use super::rules::MatchRules;
use super::stored::stored;
use crate::call::Call;
use crate::cassette::{RecordedRequest, RequestBody};
use crate::headers::Headers;
use crate::scrub::shown_text;
use crate::secrecy::{HIDDEN, is_secret_name, shown_header, shown_json, shown_pairs};
use crate::target::{Address, canonical_host, canonical_path};
use serde::Serialize;

/// A matcher that failed, with both values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The matcher's name.
    pub matcher: String,
    /// What was recorded, shortened.
    pub recorded: String,
    /// What was called, shortened.
    pub called: String,
    /// For JSON, forms and headers: where they differ.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
}

/// One place where two requests differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// A JSON pointer, or the name of a field.
    pub pointer: String,
    /// The recorded value; `None` when only the call has one.
    pub recorded: Option<String>,
    /// The call's value; `None` when only the recording has one.
    pub called: Option<String>,
}

/// Differences shown for one body.
const MOST_DIFFERENCES: usize = 5;
/// Characters shown of one value.
const SHOWN: usize = 160;

/// Headers that say nothing about what is asked: those of transport, credentials, tracing and SDK
/// telemetry.
const NOISE: [&str; 18] = [
    "accept-encoding",
    "api-key",
    "authorization",
    "b3",
    "content-length",
    "cookie",
    "host",
    "traceparent",
    "tracestate",
    "user-agent",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
    "x-api-key",
    "x-cassette-name",
    "x-goog-api-key",
    "x-standin-session",
    FINGERPRINT_HEADER,
];
const NOISE_PREFIXES: [&str; 4] = ["x-stainless-", "amz-sdk-", "x-b3-", "x-goog-api-client"];

/// Compares a call with a recorded request: `None` where the matcher passes, with both as they came or
/// with both as they would be stored.
pub(super) fn compare(
    matcher: &Matcher,
    call: &Call,
    recorded: &RecordedRequest,
    rules: &MatchRules,
) -> Option<Mismatch> {
    let mismatch = compare_as_came(matcher, call, recorded, rules)?;
    if !matches!(matcher, Matcher::Path | Matcher::Query | Matcher::Body) {
        return Some(mismatch);
    }
    match as_stored(call, recorded, rules) {
        // What is told of the difference has no secrets either.
        Some((call, recorded)) => compare_as_came(matcher, &call, &recorded, rules),
        None => Some(mismatch),
    }
}

/// Both requests as they would be stored; `None` where they would be as they came.
fn as_stored(call: &Call, recorded: &RecordedRequest, rules: &MatchRules) -> Option<(Call, RecordedRequest)> {
    let address = Address::parse(&recorded.url);
    let recorded_body = recorded.body.bytes();
    let (called_body, recorded_body) =
        (plain(&call.headers, &call.body), plain(&recorded.headers, &recorded_body));
    let called = stored(&call.path, call.query.as_deref(), &call.headers, &called_body, rules);
    let kept = stored(address.path, address.query, &recorded.headers, &recorded_body, rules);
    if called.is_none() && kept.is_none() {
        return None;
    }
    let (mut call, mut recorded) = (call.clone(), recorded.clone());
    if let Some(called) = called {
        let address = Address::parse(&called.target);
        call.path = address.path.to_owned();
        call.query = address.query.map(str::to_owned);
        call.body = called.body.into();
    }
    if let Some(kept) = kept {
        recorded.url = kept.target;
        recorded.body = RequestBody::Bytes(kept.body.into());
    }
    Some((call, recorded))
}

fn compare_as_came(
    matcher: &Matcher,
    call: &Call,
    recorded: &RecordedRequest,
    rules: &MatchRules,
) -> Option<Mismatch> {
    let address = Address::parse(&recorded.url);
    let text = |left: &str, right: &str| {
        (left != right).then(|| {
            let (recorded, called) = shorten_pair(left, right);
            Mismatch { matcher: matcher.to_string(), recorded, called, differences: Vec::new() }
        })
    };
    match matcher {
        Matcher::Method => text(&recorded.method, &call.method),
        Matcher::Path => text(
            &rules.normaliser.text(&canonical_path(address.path)),
            &rules.normaliser.text(&canonical_path(&call.path)),
        ),
        Matcher::Query => query(address.query, call.query.as_deref(), rules),
        Matcher::Host => match (address.host(), call.host.as_deref()) {
            (Some(left), Some(right)) => text(&left, &canonical_host(right, address.scheme)),
            _ => None,
        },
        Matcher::Body => body(call, recorded, rules),
        Matcher::Headers => headers(call, recorded),
        Matcher::Header(name) => text(
            &shown_header(name, &joined(&recorded.headers, name)),
            &shown_header(name, &joined(&call.headers, name)),
        ),
        Matcher::Key => {
            recorded.headers.get(FINGERPRINT_HEADER).and_then(|left| text(left, &fingerprint(&call.headers)))
        }
    }
}

fn query(recorded: Option<&str>, called: Option<&str>, rules: &MatchRules) -> Option<Mismatch> {
    let (left, right) = (rules.required_pairs(recorded), rules.required_pairs(called));
    let optional = match (MatchRules::optional_value(recorded), MatchRules::optional_value(called)) {
        (Some(left), Some(right)) => left == right,
        _ => true,
    };
    if left == right && optional {
        return None;
    }
    Some(Mismatch {
        matcher: Matcher::Query.to_string(),
        recorded: shorten(&shown_pairs(recorded.unwrap_or_default())),
        called: shorten(&shown_pairs(called.unwrap_or_default())),
        differences: pair_differences(&left, &right),
    })
}

fn body(call: &Call, recorded: &RecordedRequest, rules: &MatchRules) -> Option<Mismatch> {
    let recorded_bytes = recorded.body.bytes();
    let recorded_bytes = plain(&recorded.headers, &recorded_bytes);
    let called_bytes = plain(&call.headers, &call.body);
    if recorded_bytes == called_bytes {
        return None;
    }
    let left = Body::read(&recorded.headers, &recorded_bytes, &rules.normaliser);
    let right = Body::read(&call.headers, &called_bytes, &rules.normaliser);
    let differences = match (&left, &right) {
        (Body::Json(left), Body::Json(right)) => {
            let differences = json_differences(left, right, MOST_DIFFERENCES);
            if differences.is_empty() {
                return None;
            }
            differences
        }
        (Body::Form(left), Body::Form(right)) => pair_differences(left, right),
        (Body::Omitted, Body::Multipart(_)) => return None,
        _ => Vec::new(),
    };
    if left == right {
        return None;
    }
    let show = |body: &Body<'_>, bytes: &[u8]| match (body, std::str::from_utf8(bytes)) {
        (Body::Json(value), _) => shown_json(value).to_string(),
        (Body::Form(_), Ok(text)) => shown_pairs(text),
        (Body::Raw(_), Ok(text)) if !text.is_empty() => text.to_owned(),
        _ => format!("<{}, {} bytes>", body.kind(), bytes.len()),
    };
    let (recorded, called) = shorten_pair(&show(&left, &recorded_bytes), &show(&right, &called_bytes));
    Some(Mismatch { matcher: Matcher::Body.to_string(), recorded, called, differences })
}

fn headers(call: &Call, recorded: &RecordedRequest) -> Option<Mismatch> {
    let mut differences = Vec::new();
    for (name, _) in recorded.headers.grouped() {
        let lower = name.to_ascii_lowercase();
        let noise = NOISE.contains(&lower.as_str())
            || NOISE_PREFIXES.iter().any(|prefix| lower.starts_with(prefix))
            || recorded.headers.is_hop_by_hop(name);
        let (left, right) = (joined(&recorded.headers, name), joined(&call.headers, name));
        if !noise && left != right {
            differences.push(Difference {
                pointer: lower,
                recorded: Some(shorten(&left)),
                called: Some(shorten(&right)),
            });
        }
    }
    let first = differences.first()?;
    Some(Mismatch {
        matcher: Matcher::Headers.to_string(),
        recorded: format!("{}: {}", first.pointer, first.recorded.as_deref().unwrap_or_default()),
        called: format!("{}: {}", first.pointer, first.called.as_deref().unwrap_or_default()),
        differences,
    })
}

fn joined(headers: &Headers, name: &str) -> String {
    headers.get_all(name).collect::<Vec<_>>().join(", ")
}

fn pair_differences(recorded: &[(String, String)], called: &[(String, String)]) -> Vec<Difference> {
    let values = |pairs: &[(String, String)], name: &str| {
        let values: Vec<&str> =
            pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
        (!values.is_empty()).then(|| shorten(&values.join(", ")))
    };
    let mut names: Vec<&str> = recorded.iter().chain(called).map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter_map(|name| {
            let (left, right) = (values(recorded, name), values(called, name));
            let hide = |value: Option<String>| match value {
                Some(_) if is_secret_name(name) => Some(HIDDEN.to_owned()),
                other => other,
            };
            (left != right).then(|| Difference {
                pointer: shorten(name),
                recorded: hide(left),
                called: hide(right),
            })
        })
        .take(MOST_DIFFERENCES)
        .collect()
}

/// The beginning of a long text, without what looks like a credential.
pub(super) fn shorten(text: &str) -> String {
    window(&shown_text(text), 0)
}

/// Two texts around the first place where they differ, without what looks like a credential.
pub(super) fn shorten_pair(left: &str, right: &str) -> (String, String) {
    let (left, right) = (&shown_text(left), &shown_text(right));
    let same: usize =
        left.chars().zip(right.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    let long = left.len().max(right.len()) > SHOWN;
    let start = if long { same.saturating_sub(SHOWN / 4) } else { 0 };
    (window(left, start), window(right, start))
}

fn window(text: &str, start: usize) -> String {
    let start = (0..=start.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let mut shown: String = text[start..].chars().take(SHOWN).collect();
    if start > 0 {
        shown.insert(0, '…');
    }
    if text[start..].chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}
