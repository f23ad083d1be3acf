//! Where a provider's own API is, and with what it is asked.

use crate::call::Call;
use crate::target::{Address, canonical_host};
use std::collections::BTreeMap;

/// The environment variables that recording reads, as they were at the start. Empty ones are unset.
#[derive(Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

/// The names of the environment variables of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// Those that hold a key: one, or for providers that are told by their host, one for each.
    pub keys: &'static [&'static str],
    /// What is set beside the key.
    pub others: Others,
}

/// What is set beside a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// Where it has no other value, the key is enough.
    Optional(&'static [&'static str]),
    /// Without it, the key is of no use.
    Required(&'static [&'static str]),
}

/// The address and the credential of one call at the provider itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// `https://api.openai.com`.
    pub origin: String,
    /// The path and query there.
    pub target: String,
    /// The credential that it takes; `None` where it takes none.
    pub credential: Option<Credential>,
}

/// Which variable holds a credential, and the header that it goes into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// `OPENAI_API_KEY`.
    pub variable: String,
    /// `authorization`.
    pub header: &'static str,
    /// What stands in front of the value, `Bearer ` or nothing.
    pub prefix: &'static str,
}

/// A base URL, taken apart.
#[derive(Debug, Clone, Copy)]
pub struct Base<'a> {
    scheme: &'a str,
    authority: &'a str,
    path: &'a str,
}

/// Why a call cannot be passed to its provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// Variables are not set.
    #[error("set {}", .0.join(", "))]
    Unset(Vec<String>),
    /// A variable does not hold what it should.
    #[error("{variable} is not an address such as https://api.openai.com/v1: {reason}")]
    NotAnAddress {
        /// Its name.
        variable: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The host is none that calls may be passed to.
    #[error("{host} is not an upstream that standin may call")]
    NotAllowed {
        /// The authority that the caller named.
        host: String,
    },
    /// The address is standin's own.
    #[error(
        "{origin} is standin itself: unset or correct the base URL in the environment that standin was started with"
    )]
    Itself {
        /// The address.
        origin: String,
    },
    /// The call names no provider.
    #[error("the path {path} belongs to no provider")]
    NoProvider {
        /// The path.
        path: String,
    },
}

/// Keys that standin itself gives to programs, and what people write where a key has to be something.
const DUMMIES: [&str; 4] = ["sk-standin", "sk-ant-standin", "standin", "none"];

// === impl Names ===

impl Names {
    /// The variable of the provider's one key.
    #[must_use]
    pub const fn key(&self) -> Option<&'static str> {
        match self.keys {
            [key] => Some(*key),
            _ => None,
        }
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &'static str> + use<> {
        let (Others::Optional(others) | Others::Required(others)) = self.others;
        self.keys.iter().chain(others).copied()
    }

    /// Those without which the key is of no use.
    #[must_use]
    pub const fn required(&self) -> &'static [&'static str] {
        match self.others {
            Others::Required(names) => names,
            Others::Optional(_) => &[],
        }
    }
}

// === impl Variables ===

impl Variables {
    /// The value of a variable that is set.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Those of some variables that are not set.
    #[must_use]
    pub fn unset(&self, names: &[&str]) -> Vec<String> {
        names.iter().filter(|name| self.get(name).is_none()).map(|name| (*name).to_owned()).collect()
    }
}

impl<N: Into<String>> FromIterator<(N, String)> for Variables {
    /// Empty values and standin's own worthless keys are left out.
    fn from_iter<I: IntoIterator<Item = (N, String)>>(iter: I) -> Self {
        let useful = |value: &str| !value.is_empty() && !DUMMIES.contains(&value);
        Variables(
            iter.into_iter()
                .map(|(name, value)| (name.into(), value.trim().to_owned()))
                .filter(|(_, value)| useful(value))
                .collect(),
        )
    }
}

/// Names only: the values are keys.
impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

// === impl Credential ===

impl Credential {
    /// `Authorization: Bearer KEY`.
    #[must_use]
    pub fn bearer(variable: impl Into<String>) -> Self {
        Credential { variable: variable.into(), header: "authorization", prefix: "Bearer " }
    }

    /// A header that holds the key alone.
    #[must_use]
    pub fn header(variable: impl Into<String>, header: &'static str) -> Self {
        Credential { variable: variable.into(), header, prefix: "" }
    }
}

// === impl Base ===

impl<'a> Base<'a> {
    /// Takes the value of a variable apart.
    ///
    /// # Errors
    /// When it is no address, or holds more than one.
    pub fn read(variable: &'static str, url: &'a str) -> Result<Self, Unreachable> {
        let error = |reason| Unreachable::NotAnAddress { variable, reason };
        let address = Address::parse(url);
        let scheme = address.scheme.filter(|scheme| matches!(*scheme, "http" | "https"));
        let scheme = scheme.ok_or_else(|| error("it begins with neither http:// nor https://"))?;
        if url.contains('@') {
            return Err(error("it holds a user name"));
        }
        let authority = address.authority.filter(|authority| !authority.is_empty());
        let authority = authority.ok_or_else(|| error("it has no host"))?;
        if address.query.is_some() {
            return Err(error("it has a query"));
        }
        Ok(Base { scheme, authority, path: address.path.trim_end_matches('/') })
    }

    /// `https://api.openai.com`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// The path and query of a call there: below the base's own path or, where the caller named this very
    /// host, as the caller wrote it.
    ///
    /// # Errors
    /// When the caller named another host: the credential is for this one alone.
    pub fn target(&self, call: &Call, below: &str) -> Result<String, Unreachable> {
        match &call.host {
            // Anything else would become a part of the host.
            None if below.is_empty() || below.starts_with(['/', '?']) => Ok(format!("{}{below}", self.path)),
            None => Err(Unreachable::NoProvider { path: call.path.clone() }),
            Some(host)
                if canonical_host(host, Some(self.scheme))
                    == canonical_host(self.authority, Some(self.scheme)) =>
            {
                Ok(call.target())
            }
            Some(host) => Err(Unreachable::NotAllowed { host: host.clone() }),
        }
    }
}
