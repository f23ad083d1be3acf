//! The named matchers.

use std::str::FromStr;

/// A named comparison of a call with a recorded request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matcher {
    /// The method, exactly.
    Method,
    /// The path, with percent escapes undone.
    Path,
    /// The query as pairs, sorted by name. Credentials are left out, and `api-version` compares only where
    /// both sides have it.
    Query,
    /// The authority, where the caller named one.
    Host,
    /// The body, by its kind.
    Body,
    /// Every recorded header but those of transport, credentials and telemetry.
    Headers,
    /// One header, by name.
    Header(String),
    /// The fingerprint of the credential, where one was recorded.
    Key,
}

/// A matcher that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a matcher: use method, path, query, host, body, headers, header:NAME or key")]
pub struct UnknownMatcher(pub String);

impl FromStr for Matcher {
    type Err = UnknownMatcher;

    fn from_str(name: &str) -> Result<Self, UnknownMatcher> {
        match name {
            "method" => Ok(Matcher::Method),
            "path" => Ok(Matcher::Path),
            "query" => Ok(Matcher::Query),
            "host" => Ok(Matcher::Host),
            "body" => Ok(Matcher::Body),
            "headers" => Ok(Matcher::Headers),
            "key" => Ok(Matcher::Key),
            _ => match name.strip_prefix("header:").filter(|header| !header.is_empty()) {
                Some(header) => Ok(Matcher::Header(header.to_ascii_lowercase())),
                None => Err(UnknownMatcher(name.to_owned())),
            },
        }
    }
}

impl std::fmt::Display for Matcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Matcher::Method => f.write_str("method"),
            Matcher::Path => f.write_str("path"),
            Matcher::Query => f.write_str("query"),
            Matcher::Host => f.write_str("host"),
            Matcher::Body => f.write_str("body"),
            Matcher::Headers => f.write_str("headers"),
            Matcher::Header(name) => write!(f, "header:{name}"),
            Matcher::Key => f.write_str("key"),
        }
    }
}
