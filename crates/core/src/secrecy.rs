//! What is never shown: credentials, wherever a message, a header or the journal would repeat them.

use crate::headers::Headers;
use crate::matching::fingerprint;
use crate::scrub::{is_credential_header, shown_text};
pub(crate) use crate::scrub::{is_credential_parameter, is_secret_member, is_secret_name};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::borrow::Cow;

/// What stands in the place of a value.
pub(crate) const HIDDEN: &str = "...";

/// A shorter credential is a word that may stand anywhere.
const SHORTEST: usize = 8;

/// JSON as it may be shown.
pub(crate) fn shown_json(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(shown_json).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| {
                let hidden = is_secret_member(name).then(|| Value::from(HIDDEN));
                (name.clone(), hidden.unwrap_or_else(|| shown_json(member)))
            })
            .collect(),
        other => other.clone(),
    }
}

/// A header's value as it may be shown: a credential as its fingerprint.
pub(crate) fn shown_header(name: &str, value: &str) -> String {
    if value.is_empty() || !is_credential_header(name) {
        return value.to_owned();
    }
    let alone: Headers = [("authorization", value)].into_iter().collect();
    format!("<fingerprint {}>", fingerprint(&alone))
}

/// An address as it may be shown: without user and password, without the values of credential parameters
/// and without what looks like a credential anywhere else.
#[must_use]
pub fn shown(address: &str) -> Cow<'_, str> {
    let named = match address.split_once('?') {
        Some((before, query)) => Cow::Owned(format!("{}?{}", without_user(before), shown_pairs(query))),
        None => without_user(address),
    };
    match shown_text(&named) {
        Cow::Owned(shown) => Cow::Owned(shown),
        Cow::Borrowed(_) => named,
    }
}

/// An address as it may be shown: as [`shown`], and without these secrets.
pub fn shown_without<'s>(address: &str, secrets: impl Iterator<Item = &'s str>) -> String {
    without(shown(address).into_owned(), secrets)
}

/// A message as it may be told: without what looks like a credential, and without these secrets.
pub fn told_without<'s>(text: &str, secrets: impl Iterator<Item = &'s str>) -> String {
    without(shown_text(text).into_owned(), secrets)
}

fn without<'s>(mut text: String, secrets: impl Iterator<Item = &'s str>) -> String {
    for secret in secrets.filter(|secret| secret.len() >= SHORTEST) {
        if text.contains(secret) {
            text = text.replace(secret, HIDDEN);
        }
    }
    text
}

/// The credentials that a request carries, without the words in front of them.
pub fn credentials(headers: &Headers) -> impl Iterator<Item = &str> {
    headers.iter().filter(|(name, _)| is_credential_header(name)).map(|(_, value)| {
        match value.split_once(' ') {
            Some((scheme, rest))
                if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("basic") =>
            {
                rest.trim()
            }
            _ => value,
        }
    })
}

/// A query or a form as it may be shown.
pub(crate) fn shown_pairs(query: &str) -> String {
    let pairs: Vec<Cow<'_, str>> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_secret_name(&percent_decode_str(name).decode_utf8_lossy()) => {
                Cow::Owned(format!("{name}={HIDDEN}"))
            }
            _ => Cow::Borrowed(pair),
        })
        .collect();
    pairs.join("&")
}

fn without_user(address: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = address.split_once("://") else { return Cow::Borrowed(address) };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rsplit_once('@') {
        Some((_, host)) => Cow::Owned(format!("{scheme}://{HIDDEN}@{host}{}", &rest[end..])),
        None => Cow::Borrowed(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_left_out_of_addresses() {
        for (address, expected) in [
            ("/v1/x?key=AIza&alt=sse", "/v1/x?key=...&alt=sse"),
            (
                "https://h/p?%6Bey=a&sig=b&X-Goog-Signature=c&token=d",
                "https://h/p?%6Bey=...&sig=...&X-Goog-Signature=...&token=...",
            ),
            ("https://user:pw@h:1/p@q", "https://...@h:1/p@q"),
            ("https://h/p", "https://h/p"),
            ("/p?a", "/p?a"),
            ("", ""),
        ] {
            assert_eq!(shown(address), expected);
        }
        assert_eq!(
            shown_pairs("client_secret=a&redirect_uri=https://h/"),
            "client_secret=...&redirect_uri=https://h/"
        );
    }

    #[test]
    fn credentials_are_shown_as_fingerprints() {
        assert_eq!(shown_header("Authorization", "Bearer sk-1"), "<fingerprint 43e0ab9d0302db83>");
        assert_ne!(shown_header("x-api-key", "a"), shown_header("x-api-key", "b"));
        assert_eq!(shown_header("authorization", ""), "");
        assert_eq!(shown_header("accept", "a"), "a");
    }
}
