//! Header fields that clients read beside the content type.

use standin_core::{Call, Headers};

/// Limits of requests and tokens, as `x-ratelimit-*`. They are on answers and on the errors that a model's
/// own limits have a part in.
pub(crate) fn rate_limits(status: u16) -> Vec<(&'static str, String)> {
    let (requests, tokens, reset) = match status {
        200..300 | 400 => ("9999", "1999950", "6ms"),
        429 => ("0", "0", "1s"),
        _ => return Vec::new(),
    };
    let mut fields = vec![
        ("x-ratelimit-limit-requests", "10000".to_owned()),
        ("x-ratelimit-limit-tokens", "2000000".to_owned()),
        ("x-ratelimit-remaining-requests", requests.to_owned()),
        ("x-ratelimit-remaining-tokens", tokens.to_owned()),
        ("x-ratelimit-reset-requests", reset.to_owned()),
        ("x-ratelimit-reset-tokens", reset.to_owned()),
    ];
    if status == 429 {
        fields.extend([("retry-after", "1".to_owned()), ("retry-after-ms", "1000".to_owned())]);
    }
    fields
}

/// Whether a call has a bearer's token, whatever it is.
pub(crate) fn has_bearer(call: &Call) -> bool {
    let token = call.headers.get("authorization").and_then(|value| value.split_once(' '));
    token.is_some_and(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty())
}

/// Whether a field is there and not empty.
pub(crate) fn has_field(headers: &Headers, name: &str) -> bool {
    headers.get(name).is_some_and(|value| !value.trim().is_empty())
}
