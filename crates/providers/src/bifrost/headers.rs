//! Header fields of the API: whose the call is, whether it is to be a job, and what the run keeps of them.

use standin_core::matching::FINGERPRINT_HEADER;
use standin_core::{Headers, is_credential_header};

/// A virtual key, as it is.
pub const VIRTUAL_KEY: &str = "x-bf-vk";
/// On a provider's own path: the call is to be a job. On an answer it is not sent.
pub const ASYNC: &str = "x-bf-async";
/// On a provider's own path: the job that is asked for. On an answer: the job that it is about.
pub const ASYNC_ID: &str = "x-bf-async-id";
/// On an answer at a provider's own path: how far the job is.
pub const ASYNC_STATUS: &str = "x-bf-async-status";
/// For how many seconds a result is kept.
pub const RESULT_TTL: &str = "x-bf-async-job-result-ttl";
/// The name of the endpoint that is told of a job's end.
pub const WEBHOOK: &str = "x-bf-async-webhook";
/// On an answer: why there is no job, where that may be told.
pub const REASON: &str = "x-standin-reason";

/// What a virtual key begins with, in any case, where a header may carry other keys too.
const KEY_PREFIX: &str = "sk-bf-";

/// Headers that carry a vendor's key or a virtual one, the first of them first.
const VENDOR_KEYS: [&str; 3] = ["x-api-key", "x-goog-api-key", "api-key"];

/// What the run may read of a submitted call: the request's id, the session and what steers a gateway, and what
/// selects and shapes standin's own answers.
const KEPT: [&str; 9] = [
    // A fingerprint tells keys apart and is none.
    FINGERPRINT_HEADER,
    "accept",
    "anthropic-beta",
    "anthropic-version",
    "openai-beta",
    "x-bf-compat",
    "x-bf-session-id",
    "x-cassette-name",
    "x-request-id",
];

/// The same, as beginnings of names.
const KEPT_FAMILIES: [&str; 4] = ["x-bf-cache-", "x-bf-eh-", "x-cassette-", "x-standin-"];

/// The virtual key of a call, by one order of headers wherever they stand. Its value is looked up as it is.
#[must_use]
pub fn virtual_key(headers: &Headers) -> Option<&str> {
    let own = headers.get_all(VIRTUAL_KEY).find(|value| !value.is_empty());
    let bearer = || headers.get_all("authorization").find_map(bearer).filter(|value| is_virtual(value));
    let vendors = || VENDOR_KEYS.iter().find_map(|name| headers.get_all(name).find(|key| is_virtual(key)));
    own.or_else(bearer).or_else(vendors)
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, key) = value.trim_start().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn is_virtual(key: &str) -> bool {
    key.get(..KEY_PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(KEY_PREFIX))
}

/// What a call at a provider's own path asks of its jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish<'a> {
    /// Nothing: it is answered at once.
    Synchronous,
    /// To become a job.
    Create,
    /// A job, by its id; the body is not looked at.
    Retrieve(&'a str),
}

/// What a call at a provider's own path asks of its jobs. Who names a job wants that job, whatever else is sent.
#[must_use]
pub fn wish(headers: &Headers) -> Wish<'_> {
    if let Some(id) = headers.get_all(ASYNC_ID).find(|id| !id.is_empty()) {
        return Wish::Retrieve(id);
    }
    if headers.get_all(ASYNC).any(is_truthy) { Wish::Create } else { Wish::Synchronous }
}

fn is_truthy(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty() && !["false", "0", "no", "off"].iter().any(|no| value.eq_ignore_ascii_case(no))
}

/// What is kept of a call's headers for its run, in order: by an allow-list, so that no credential is ever stored.
#[must_use]
pub fn kept_headers(headers: &Headers) -> Headers {
    headers.iter().filter(|(name, _)| is_kept(&name.to_ascii_lowercase())).collect()
}

/// What is in the name of a header field that may hold a secret.
const SECRET_WORDS: [&str; 11] = [
    "key",
    "token",
    "secret",
    "auth",
    "pass",
    "credential",
    "bearer",
    "jwt",
    "signature",
    "cookie",
    "assertion",
];

fn is_kept(name: &str) -> bool {
    let credential = || {
        // What is passed on to a vendor may be a key of the vendor's.
        let passed_on = name.strip_prefix("x-bf-eh-").unwrap_or(name);
        is_credential_header(passed_on) || SECRET_WORDS.iter().any(|word| passed_on.contains(word))
    };
    KEPT.contains(&name) || (KEPT_FAMILIES.iter().any(|family| name.starts_with(family)) && !credential())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[(&str, &str)]) -> Headers {
        fields.iter().copied().collect()
    }

    #[test]
    fn a_virtual_key_is_found_by_one_order() {
        let all = [
            ("api-key", "sk-bf-5"),
            ("x-goog-api-key", "sk-bf-4"),
            ("X-Api-Key", "sk-bf-3"),
            ("Authorization", "Bearer sk-bf-2"),
            ("x-bf-vk", "mine"),
        ];
        for (from, key) in ["mine", "sk-bf-2", "sk-bf-3", "sk-bf-4", "sk-bf-5"].into_iter().enumerate() {
            let mut some = all[..all.len() - from].to_vec();
            assert_eq!(virtual_key(&of(&some)), Some(key));
            some.reverse();
            assert_eq!(virtual_key(&of(&some)), Some(key), "in any order of headers");
        }
    }

    #[test]
    fn other_keys_are_anonymous() {
        for (name, value, key) in [
            ("authorization", "bearer  SK-BF-x ", Some("SK-BF-x")),
            ("authorization", "Bearer sk-proj-x", None),
            ("authorization", "Basic sk-bf-x", None),
            ("authorization", "sk-bf-x", None),
            ("authorization", "Bearer", None),
            ("x-api-key", "sk-ant-x", None),
            ("x-api-key", "sk-b\u{e9}-x", None),
            ("x-bf-vk", "", None),
            ("x-bf-vk", " any ", Some(" any ")),
            ("cookie", "sk-bf-x", None),
        ] {
            assert_eq!(virtual_key(&of(&[(name, value)])), key, "{name}: {value}");
        }
        let both = of(&[("x-bf-vk", ""), ("authorization", "Bearer sk-proj-x"), ("api-key", "sk-bf-1")]);
        assert_eq!(virtual_key(&both), Some("sk-bf-1"));
    }

    #[test]
    fn no_means_no() {
        for no in ["", "false", "0", "No", "OFF", " False "] {
            assert_eq!(wish(&of(&[("x-bf-async", no)])), Wish::Synchronous, "{no:?}");
        }
        for yes in ["true", "1", "yes", "async", "null"] {
            assert_eq!(wish(&of(&[("X-BF-Async", yes)])), Wish::Create, "{yes:?}");
        }
        assert_eq!(wish(&of(&[("x-bf-async", "true"), ("x-bf-async-id", "j")])), Wish::Retrieve("j"));
        assert_eq!(wish(&of(&[("x-bf-async-id", "")])), Wish::Synchronous);
    }

    #[test]
    fn credentials_are_never_kept() {
        let kept = kept_headers(&of(&[
            ("Authorization", "Bearer sk-1"),
            ("X-Request-Id", "r-1"),
            ("x-bf-vk", "sk-bf-1"),
            ("x-bf-api-key", "sk-1"),
            ("x-bf-eh-authorization", "Bearer sk-1"),
            ("x-bf-eh-x-api-key", "sk-1"),
            ("x-bf-eh-x-password", "p"),
            ("x-bf-eh-x-jwt-assertion", "j"),
            ("x-bf-eh-x-signature", "s"),
            ("x-bf-eh-X-Team", "blue"),
            ("x-bf-async", "true"),
            ("x-bf-cache-ttl", "5"),
            ("cookie", "a=b"),
            ("traceparent", "00-1"),
            ("X-Cassette-Name", "mine"),
            ("x-standin-session", "s"),
            ("content-length", "5"),
        ]));
        let names: Vec<&str> = kept.iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            ["X-Request-Id", "x-bf-eh-X-Team", "x-bf-cache-ttl", "X-Cassette-Name", "x-standin-session"]
        );
    }
}
