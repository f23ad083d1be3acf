//! Who may use the control API.
//!
//! A web page that a developer has open can send requests to loopback, under a name of its own that it
//! points there. So the control API answers only to the names of this machine, and to no foreign origin;
//! and where standin listens beyond loopback, it asks for a token.

use super::ControlError;
use crate::random::random_bytes;
use http::StatusCode;
use http::header::{AUTHORIZATION, HOST, HeaderMap, ORIGIN};
use std::net::SocketAddr;

/// Admits control requests.
#[derive(Debug)]
pub(crate) struct Guard {
    address: SocketAddr,
    token: Option<String>,
}

// === impl Guard ===

impl Guard {
    /// The guard of a server at this address. Beyond loopback there is always a token: the one given, or a
    /// random one.
    pub(crate) fn new(address: SocketAddr, token: Option<String>) -> Self {
        let token = token.or_else(|| (!address.ip().is_loopback()).then(random_token));
        Guard { address, token }
    }

    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    pub(crate) fn admits(&self, headers: &HeaderMap) -> Result<(), ControlError> {
        let forbid = |message: String| Err(ControlError::new(StatusCode::FORBIDDEN, "forbidden", message));
        if let Some(token) = &self.token {
            let given = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
            let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
            if !equal(given, token) {
                return Err(ControlError::new(
                    StatusCode::UNAUTHORIZED,
                    "token_required",
                    "the control API of this server takes a token: send Authorization: Bearer TOKEN, with the value of --control-token or the one that standin printed at its start",
                ));
            }
        } else if !self.is_own(&host(headers)) {
            return forbid(format!(
                "the Host `{}` is not this machine's: call the control API as {}",
                host(headers),
                self.address
            ));
        }
        match headers.get(ORIGIN).map(|origin| String::from_utf8_lossy(origin.as_bytes()).into_owned()) {
            Some(origin) if !self.is_own(origin.split_once("://").map_or("", |(_, rest)| rest)) => {
                forbid(format!("the control API does not answer pages of `{origin}`"))
            }
            _ => Ok(()),
        }
    }

    /// The authority under which a client reaches this server.
    pub(super) fn authority(&self, headers: &HeaderMap) -> String {
        let host = host(headers);
        if host.is_empty() { self.address.to_string() } else { host }
    }

    fn is_own(&self, authority: &str) -> bool {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port.parse().ok()),
            _ => (authority, Some(80)),
        };
        let name = host.trim_start_matches('[').trim_end_matches(']');
        let own_name = name.eq_ignore_ascii_case("localhost")
            || name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip == self.address.ip());
        own_name && port == Some(self.address.port())
    }
}

fn host(headers: &HeaderMap) -> String {
    headers.get(HOST).map(|host| String::from_utf8_lossy(host.as_bytes()).into_owned()).unwrap_or_default()
}

/// Compares in a time that does not tell how much is right.
fn equal(given: &str, token: &str) -> bool {
    given.len() == token.len() && given.bytes().zip(token.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

fn random_token() -> String {
    format!("{:032x}", u128::from_be_bytes(random_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_this_machine_is_admitted() {
        let guard = Guard::new("127.0.0.1:8080".parse().unwrap(), None);
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"] {
            let headers = HeaderMap::from_iter([(HOST, host.parse().unwrap())]);
            assert!(guard.admits(&headers).is_ok(), "{host}");
        }
        for host in ["evil.example:8080", "localhost:9090", "localhost.evil.example:8080", ""] {
            let headers = HeaderMap::from_iter([(HOST, host.parse().unwrap())]);
            assert!(guard.admits(&headers).is_err(), "{host}");
        }
        let page = headers(&[("host", "localhost:8080"), ("origin", "http://evil.example")]);
        assert!(guard.admits(&page).is_err());
        let own = headers(&[("host", "localhost:8080"), ("origin", "http://127.0.0.1:8080")]);
        assert!(guard.admits(&own).is_ok());
        let null = headers(&[("host", "localhost:8080"), ("origin", "null")]);
        assert!(guard.admits(&null).is_err());
    }

    #[test]
    fn beyond_loopback_a_token_is_asked_for() {
        let guard = Guard::new("0.0.0.0:8080".parse().unwrap(), None);
        let token = guard.token().unwrap().to_owned();
        assert_eq!(token.len(), 32);
        assert!(guard.admits(&headers(&[("host", "standin:8080")])).is_err());
        let mut with = headers(&[("host", "standin:8080")]);
        with.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
        assert!(guard.admits(&with).is_ok());
        with.insert(AUTHORIZATION, "Bearer no".parse().unwrap());
        assert!(guard.admits(&with).is_err());
    }
}
