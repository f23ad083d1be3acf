//! Canonical requests, by name: what a gateway's test sends on its first day.
//!
//! A request has the name of the cassette that answers it.

/// A request to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CanonicalRequest {
    /// Its name, and that of its cassette.
    pub name: &'static str,
    /// `POST`.
    pub method: &'static str,
    /// The path at the provider.
    pub path: &'static str,
    /// Header fields beside the credential and the length.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body.
    pub body: &'static str,
}

const JSON: (&str, &str) = ("content-type", "application/json");
const ANTHROPIC: (&str, &str) = ("anthropic-version", "2023-06-01");

macro_rules! chat {
    ($name:literal) => {
        CanonicalRequest {
            name: $name,
            method: "POST",
            path: "/v1/chat/completions",
            headers: &[JSON],
            body: include_str!(concat!("../../../fixtures/requests/", $name, ".json")),
        }
    };
}

const CATALOGUE: [CanonicalRequest; 4] = [
    chat!("chat-basic"),
    chat!("chat-streaming"),
    chat!("chat-unknown-model"),
    CanonicalRequest { path: "/v1/messages", headers: &[JSON, ANTHROPIC], ..chat!("messages-streaming") },
];

/// All canonical requests.
#[must_use]
pub fn all() -> &'static [CanonicalRequest] {
    &CATALOGUE
}

/// A canonical request by its name.
#[must_use]
pub fn find(name: &str) -> Option<&'static CanonicalRequest> {
    CATALOGUE.iter().find(|request| request.name == name)
}
