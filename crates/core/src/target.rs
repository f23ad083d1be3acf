//! Addresses: taking them apart, and comparing paths and queries by meaning.

use std::borrow::Cow;

/// The parts of an address, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    /// `https`, where the address is absolute.
    pub scheme: Option<&'a str>,
    /// `api.openai.com` or `localhost:8080`, where the address is absolute.
    pub authority: Option<&'a str>,
    /// The path, `/` when there is none.
    pub path: &'a str,
    /// What follows the question mark; `None` when there is none.
    pub query: Option<&'a str>,
}

// === impl Address ===

impl<'a> Address<'a> {
    /// Takes an absolute address or a path apart. A fragment is dropped. Nothing is decoded, nothing fails.
    #[must_use]
    pub fn parse(address: &'a str) -> Self {
        let address = address.split_once('#').map_or(address, |(before, _)| before);
        let (scheme, rest) = match address.split_once("://") {
            Some((scheme, rest)) if !scheme.contains(['/', '?']) => (Some(scheme), rest),
            _ => (None, address),
        };
        let (authority, rest) = if scheme.is_some() {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let authority = &rest[..end];
            // Credentials before the `@` are not part of the host.
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            (Some(host), &rest[end..])
        } else {
            (None, rest)
        };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        Address { scheme, authority, path: if path.is_empty() { "/" } else { path }, query }
    }

    /// The authority in lower case, without the scheme's default port.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        self.authority.map(|authority| canonical_host(authority, self.scheme))
    }
}

/// An authority in lower case, without the port that its scheme implies. Both default ports are dropped
/// when the scheme is not known.
#[must_use]
pub fn canonical_host(authority: &str, scheme: Option<&str>) -> String {
    let lower = authority.to_ascii_lowercase();
    let defaults: &[&str] = match scheme {
        Some("https") => &[":443"],
        Some("http") => &[":80"],
        _ => &[":443", ":80"],
    };
    for port in defaults {
        if let Some(host) = lower.strip_suffix(port).filter(|host| !host.ends_with(':')) {
            return host.to_owned();
        }
    }
    lower
}

/// A path with its percent escapes undone, but for `%2F` and `%25`, which would change its segments.
///
/// Clients differ in what they escape: a Bedrock model id holds `:` from one SDK and `%3A` from another.
#[must_use]
pub fn canonical_path(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut out = Vec::with_capacity(path.len());
    let bytes = path.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%')
            .then(|| bytes.get(at + 1..at + 3))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escape {
            Some(byte @ (b'/' | b'%')) => {
                out.extend_from_slice(format!("%{byte:02X}").as_bytes());
                at += 3;
            }
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// A query or a form body as decoded pairs, sorted by name. Blank values count, `+` and `%20` are the
/// same, and the values of one name keep their order.
#[must_use]
pub fn canonical_pairs(encoded: &[u8]) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> =
        form_urlencoded::parse(encoded).map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    pairs.sort_by(|a, b| a.0.cmp(&b.0));
    pairs
}
