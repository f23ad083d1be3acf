//! Where a webhook goes.

use super::address::{Addresses, Unwanted};
use http::Uri;
use http::uri::Scheme;
use std::fmt::{Display, Formatter};
use std::net::IpAddr;
use std::str::FromStr;

/// Where a webhook goes: an `http` or `https` address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl {
    uri: Uri,
    scheme: WebhookScheme,
    host: Host,
    port: u16,
}

/// How a receiver is talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WebhookScheme {
    Http,
    Https,
}

/// Who a receiver is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Host {
    Address(IpAddr),
    Name(String),
}

/// What no webhook goes to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadWebhook {
    /// It is no address, or one of something else.
    #[error("`{0}` is no address for webhooks: give one such as https://example.com/hooks")]
    Unreadable(String),
    /// There is no receiver of this name.
    #[error("there is no webhook endpoint `{0}`: its server's file names them in [webhook-endpoints]")]
    Unknown(String),
    /// There is nothing to sign with.
    #[error(
        "this server has nothing to sign webhooks with: start it with --webhook-secret, as whsec_... or `new`"
    )]
    Unsigned,
    /// It has a user's name in it.
    #[error(
        "the address of a webhook has a name or a password before its host: leave it out, messages are signed"
    )]
    Userinfo,
    /// It is longer than anybody's.
    #[error("the address of a webhook has {0} bytes: give one with at most {LONGEST}")]
    Long(usize),
    /// Nothing is sent there.
    #[error(transparent)]
    Unwanted(#[from] Unwanted),
    /// It is this machine.
    #[error(
        "`{0}` is the machine that standin runs on: webhooks go there with --webhook-allow-private alone"
    )]
    Local(String),
}

const LONGEST: usize = 2048;

// === impl WebhookUrl ===

impl WebhookUrl {
    /// Whether a webhook may go there, as far as the address itself shows; what a name stands for is looked at when
    /// something is sent.
    ///
    /// # Errors
    /// When it may not.
    pub fn admit(&self, addresses: Addresses) -> Result<(), BadWebhook> {
        match &self.host {
            Host::Address(address) => Ok(addresses.admit(*address)?),
            Host::Name(name) if addresses == Addresses::Public && is_local(name) => {
                Err(BadWebhook::Local(name.clone()))
            }
            Host::Name(_) => Ok(()),
        }
    }

    pub(super) fn scheme(&self) -> WebhookScheme {
        self.scheme
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// The value of `host`.
    pub(super) fn authority(&self) -> &str {
        self.uri.authority().map_or("", |authority| authority.as_str())
    }

    /// Path and query.
    pub(super) fn target(&self) -> String {
        // A query may follow the host at once, and no request begins with one.
        match self.uri.path_and_query().map_or("", |target| target.as_str()) {
            target if target.starts_with('/') => target.to_owned(),
            query => format!("/{query}"),
        }
    }
}

/// Names that stand for this machine wherever they are asked for.
fn is_local(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

impl FromStr for WebhookUrl {
    type Err = BadWebhook;

    fn from_str(text: &str) -> Result<Self, BadWebhook> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(BadWebhook::Long(text.len()));
        }
        let unreadable = || BadWebhook::Unreadable(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| unreadable())?;
        let authority = uri.authority().ok_or_else(unreadable)?;
        if authority.as_str().contains('@') {
            return Err(BadWebhook::Userinfo);
        }
        let (scheme, usual) = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => (WebhookScheme::Http, 80),
            Some(scheme) if *scheme == Scheme::HTTPS => (WebhookScheme::Https, 443),
            _ => return Err(unreadable()),
        };
        let name = authority.host();
        let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        let host = match bare.parse() {
            Ok(address) => Host::Address(address),
            Err(_) if bare.is_empty() || bare.len() < name.len() => return Err(unreadable()),
            Err(_) => Host::Name(bare.to_owned()),
        };
        // A port that is none is not the usual one.
        let port = match authority.as_str().split_at(name.len()).1 {
            "" => usual,
            _ => authority.port_u16().filter(|port| *port > 0).ok_or_else(unreadable)?,
        };
        Ok(WebhookUrl { scheme, host, port, uri })
    }
}

/// As it is stored.
impl Display for WebhookUrl {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.uri.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(text: &str) -> Result<WebhookUrl, BadWebhook> {
        text.parse()
    }

    #[test]
    fn http_and_https_are_read() {
        for (text, host, port, authority, target) in [
            ("https://Example.com", "Example.com", 443, "Example.com", "/"),
            ("http://a.example:8080/h?x=%20#part", "a.example", 8080, "a.example:8080", "/h?x=%20"),
            ("HTTP://a?x", "a", 80, "a", "/?x"),
        ] {
            let url = url(text).unwrap();
            assert_eq!((url.host(), url.port()), (&Host::Name(host.to_owned()), port));
            assert_eq!((url.authority(), url.target()), (authority, target.to_owned()));
        }
        let six = url("https://[::1]:9/").unwrap();
        assert_eq!((six.host(), six.authority()), (&Host::Address("::1".parse().unwrap()), "[::1]:9"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "example.com",
            "/h",
            "ftp://a",
            "file:///etc/passwd",
            "gopher://a",
            "https://",
            "https:///h",
            "https://a b",
            "https://é.example",
            "https://[a]/",
            "https://[fe80::1%25eth0]/",
            "https://a:/",
            "https://a:0",
            "https://a:99999",
            "https://a\r\nx: y",
        ] {
            assert_eq!(url(text), Err(BadWebhook::Unreadable(text.trim().to_owned())), "{text}");
        }
        for text in ["https://u@a", "https://u:p@a/", "https://127.0.0.1@a/"] {
            assert_eq!(url(text), Err(BadWebhook::Userinfo), "{text}");
        }
        assert_eq!(url(&format!("https://a/{}", "x".repeat(2048))), Err(BadWebhook::Long(2058)));
    }

    #[test]
    fn what_is_private_by_its_looks_is_refused_at_once() {
        let admit = |text, addresses| url(text).unwrap().admit(addresses);
        for text in ["http://localhost:1/", "http://LOCALHOST./", "http://a.localhost"] {
            assert!(matches!(admit(text, Addresses::Public), Err(BadWebhook::Local(_))), "{text}");
            assert_eq!(admit(text, Addresses::Private), Ok(()));
        }
        for text in ["http://127.0.0.1", "http://[::1]/", "http://[::ffff:10.0.0.1]:80"] {
            assert!(matches!(admit(text, Addresses::Public), Err(BadWebhook::Unwanted(_))), "{text}");
            assert_eq!(admit(text, Addresses::Private), Ok(()));
        }
        assert!(admit("http://169.254.169.254/latest", Addresses::Private).is_err());
        assert_eq!(admit("https://a.example", Addresses::Public), Ok(()));
    }

    proptest! {
        #[test]
        fn it_is_read_as_it_is_stored(text in "https?://[a-z0-9.\\[\\]:@%]{1,20}[/?#]?[ -~]{0,20}") {
            if let Ok(one) = url(&text) {
                prop_assert_eq!(url(&one.to_string()), Ok(one.clone()));
                prop_assert!(one.target().starts_with('/'));
            }
        }
    }
}
