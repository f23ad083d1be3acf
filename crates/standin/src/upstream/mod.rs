//! The real providers: which of them may be called, with what, and the client that does it.
//!
//! - this file decides: a call becomes a destination, or the reason why there is none;
//! - `client` sends; `send` does for a caller who wants the whole answer.
//!
//! A server gets here through a decision to record alone.

mod client;
mod send;

pub(crate) use client::Client;
pub use send::{SendError, send};

use http::header::{HeaderMap, HeaderName, HeaderValue};
use standin_core::upstream::{Credential, Unreachable, Variables};
use standin_core::{Call, Provider, canonical_host};
use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// Whose credential a provider is asked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UpstreamAuth {
    /// standin's own, from its environment; the caller's is dropped.
    #[default]
    Server,
    /// The caller's, as it came.
    Client,
}

/// A host that calls below `/to/` may be passed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedUpstream {
    origin: String,
    variable: Option<String>,
}

/// What is no upstream, or no way to authenticate at one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownUpstream {
    /// Neither a host nor an origin.
    #[error("`{0}` is not an upstream: use HOST, HOST=VARIABLE or http://HOST:PORT, without a path")]
    Host(String),
    /// Neither `server` nor `client`.
    #[error(
        "`{0}` is no way to authenticate: use server (keys of standin's environment) or client (the caller's own)"
    )]
    Auth(String),
}

/// The upstreams of one server.
pub(crate) struct Upstreams {
    variables: Variables,
    allowed: Vec<AllowedUpstream>,
    auth: UpstreamAuth,
    own: SocketAddr,
    /// The values of all keys that standin has.
    secrets: Vec<String>,
}

/// Where a call is passed to, and with which header fields.
#[derive(Debug)]
pub(crate) struct Destination {
    pub(crate) origin: String,
    /// The path and query.
    pub(crate) target: String,
    /// The credential to put in; `None` where the caller's own passes, or none is needed.
    credential: Option<(HeaderName, HeaderValue)>,
    auth: UpstreamAuth,
}

/// standin's own selectors, and what the client library sets anew.
const OWN_HEADERS: [&str; 4] = ["host", "content-length", "x-cassette-name", "expect"];
const OWN_PREFIX: &str = "x-standin-";
/// Query parameters that carry a caller's key; Google's own SDKs use the first.
const CREDENTIAL_PARAMETERS: [&str; 5] = ["key", "api_key", "api-key", "apikey", "access_token"];

/// Without the keys.
impl std::fmt::Debug for Upstreams {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upstreams")
            .field("variables", &self.variables)
            .field("allowed", &self.allowed)
            .field("auth", &self.auth)
            .finish_non_exhaustive()
    }
}

// === impl Upstreams ===

impl Upstreams {
    pub(crate) fn new(
        variables: Variables,
        allowed: Vec<AllowedUpstream>,
        auth: UpstreamAuth,
        own: SocketAddr,
    ) -> Self {
        let known = standin_providers::all().flat_map(|provider| provider.variables().keys.iter().copied());
        let named = allowed.iter().filter_map(AllowedUpstream::variable);
        let secrets = known.chain(named).filter_map(|name| variables.get(name)).map(str::to_owned).collect();
        Upstreams { variables, allowed, auth, own, secrets }
    }

    /// Where a call goes, or why it goes nowhere.
    pub(crate) fn resolve(&self, provider: &dyn Provider, call: &Call) -> Result<Destination, Unreachable> {
        let (origin, target, credential) = match self.allowed_for(call) {
            Some(allowed) => {
                let credential = allowed.variable.as_ref().map(Credential::bearer);
                (allowed.origin.clone(), call.target(), credential)
            }
            None => {
                let upstream = provider.upstream(call, &self.variables)?;
                (upstream.origin, upstream.target, upstream.credential)
            }
        };
        let target = match (&credential, self.auth) {
            (Some(_), UpstreamAuth::Server) => without_credentials(&target),
            _ => target,
        };
        if self.is_own(&origin) {
            return Err(Unreachable::Itself { origin });
        }
        let mut header = None;
        if let (Some(credential), UpstreamAuth::Server) = (credential, self.auth) {
            let value = self.variables.get(&credential.variable);
            let value = value.ok_or_else(|| Unreachable::Unset(vec![credential.variable.clone()]))?;
            let mut field = HeaderValue::from_str(&format!("{}{value}", credential.prefix))
                .map_err(|_| Unreachable::Unset(vec![credential.variable.clone()]))?;
            field.set_sensitive(true);
            header = Some((HeaderName::from_static(credential.header), field));
        }
        Ok(Destination { origin, target, credential: header, auth: self.auth })
    }

    /// Providers whose key is set and that cannot be called all the same, with the first thing missing of
    /// each.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        for provider in standin_providers::all() {
            let names = provider.variables();
            let Some(key) = names.key().filter(|key| self.variables.get(key).is_some()) else { continue };
            let missing = names.required().iter().filter(|name| self.variables.get(name).is_none());
            warnings.extend(missing.map(|name| {
                format!(
                    "{name} is required when {key} is set: nothing is recorded from {} without it",
                    provider.name()
                )
            }));
        }
        warnings
    }

    /// The values of all keys that standin has: none of them may be stored, whichever provider shows it.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(String::as_str)
    }

    fn allowed_for(&self, call: &Call) -> Option<&AllowedUpstream> {
        let host = call.host.as_deref()?;
        self.allowed.iter().find(|allowed| {
            let (scheme, authority) = allowed.origin.split_once("://").unwrap_or_default();
            canonical_host(authority, Some(scheme)) == canonical_host(host, Some(scheme))
        })
    }

    /// A base URL in standin's environment that names standin would make it call itself for ever.
    fn is_own(&self, origin: &str) -> bool {
        let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "80"));
        if port.parse() != Ok(self.own.port()) {
            return false;
        }
        // A name is asked for only where the port is standin's own, and so is next to nothing.
        let addresses =
            (host.trim_start_matches('[').trim_end_matches(']'), self.own.port()).to_socket_addrs();
        addresses.is_ok_and(|mut addresses| {
            addresses.any(|address| {
                let ip = address.ip().to_canonical();
                ip.is_loopback() || ip.is_unspecified() || ip == self.own.ip()
            })
        })
    }
}

/// A target without the caller's own key in its query.
fn without_credentials(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let mut kept = query.split('&').filter(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        !CREDENTIAL_PARAMETERS.iter().any(|credential| credential.eq_ignore_ascii_case(name))
    });
    let first = kept.next().map(|pair| format!("?{pair}")).unwrap_or_default();
    kept.fold(format!("{path}{first}"), |target, pair| format!("{target}&{pair}"))
}

// === impl Destination ===

impl Destination {
    /// The request's header fields as the provider gets them.
    pub(crate) fn headers(&self, call: &Call) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in call.headers.iter() {
            let replaced = self.auth == UpstreamAuth::Server && standin_core::is_credential_header(name);
            if replaced || is_own_header(name) || call.headers.is_hop_by_hop(name) {
                continue;
            }
            if let (Ok(name), Ok(value)) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value.as_bytes()))
            {
                headers.append(name, value);
            }
        }
        if let Some((name, value)) = &self.credential {
            headers.insert(name.clone(), value.clone());
        }
        headers
    }
}

/// Whether a header field is between the client and standin.
pub(crate) fn is_own_header(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    OWN_HEADERS.contains(&lower.as_str()) || lower.starts_with(OWN_PREFIX)
}

// === impl AllowedUpstream ===

impl AllowedUpstream {
    /// The environment variable that holds its key.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        self.variable.as_deref()
    }
}

impl FromStr for AllowedUpstream {
    type Err = UnknownUpstream;

    fn from_str(text: &str) -> Result<Self, UnknownUpstream> {
        let unknown = || UnknownUpstream::Host(text.to_owned());
        let (host, variable) = match text.trim().split_once('=') {
            Some((host, variable)) => (host, Some(variable.to_owned())),
            None => (text.trim(), None),
        };
        let origin = if host.contains("://") { host.to_owned() } else { format!("https://{host}") };
        let origin = origin.trim_end_matches('/').to_owned();
        let Some(("http" | "https", authority)) = origin.split_once("://") else { return Err(unknown()) };
        let bad = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '@');
        if authority.is_empty() || authority.contains(bad) || variable.as_deref() == Some("") {
            return Err(unknown());
        }
        Ok(AllowedUpstream { origin, variable })
    }
}

// === impl UpstreamAuth ===

impl FromStr for UpstreamAuth {
    type Err = UnknownUpstream;

    fn from_str(name: &str) -> Result<Self, UnknownUpstream> {
        match name {
            "server" => Ok(UpstreamAuth::Server),
            "client" => Ok(UpstreamAuth::Client),
            _ => Err(UnknownUpstream::Auth(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callers_key_is_taken_out_of_the_query() {
        for (target, expected) in [
            ("/p", "/p"),
            ("/p?key=a", "/p"),
            ("/p?a=1&KEY=b&alt=sse", "/p?a=1&alt=sse"),
            ("/p?monkey=a", "/p?monkey=a"),
            ("/p?", "/p?"),
        ] {
            assert_eq!(without_credentials(target), expected);
        }
    }

    #[test]
    fn upstreams_are_hosts_or_origins() {
        let parsed = |text: &str| text.parse::<AllowedUpstream>().map(|one| (one.origin, one.variable));
        assert_eq!(parsed("api.x.ai=XAI"), Ok(("https://api.x.ai".into(), Some("XAI".into()))));
        assert_eq!(parsed("http://localhost:11434/"), Ok(("http://localhost:11434".into(), None)));
        for text in ["", "ftp://h", "h/p", "a b", "https://u@h", "h="] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }
}
