//! Where cassettes are: in a folder, or in a Redis that others use as well.

use crate::failure::Failure;
use standin::SharedCassettes;
use std::fmt::Display;
use std::path::{Path, PathBuf};

/// Where cassettes are kept.
#[derive(Debug, Clone)]
pub(crate) enum Cassettes {
    Folder(PathBuf),
    Shared(Box<SharedCassettes>),
}

/// What LiteLLM's tests are told their cache by.
const LITELLM_URL: &str = "CASSETTE_REDIS_URL";

// === impl Cassettes ===

impl Cassettes {
    /// What was named or else, by LiteLLM's own variable, inherited.
    pub(crate) fn chosen(named: Option<PathBuf>, prefix: Option<&str>) -> Result<Option<Self>, Failure> {
        match named {
            Some(named) => Cassettes::read(named, prefix).map(Some),
            None => Cassettes::inherited(prefix),
        }
    }

    /// What `--cassettes` names. An address takes its keys' prefix.
    fn read(named: PathBuf, prefix: Option<&str>) -> Result<Self, Failure> {
        match named.to_str().filter(|text| SharedCassettes::is_address(text)) {
            Some(address) => Ok(Cassettes::Shared(Box::new(shared(address, prefix)?))),
            None if prefix.is_some() => Err(Failure::Config(format!(
                "--cassette-prefix is of cassettes in Redis, and {} is a folder",
                named.display()
            ))),
            None => Ok(Cassettes::Folder(named)),
        }
    }

    /// What LiteLLM's own variable names, with its prefix where none is chosen.
    fn inherited(prefix: Option<&str>) -> Result<Option<Self>, Failure> {
        let Some(address) = std::env::var(LITELLM_URL).ok().filter(|url| !url.is_empty()) else {
            return Ok(None);
        };
        let prefix = prefix.unwrap_or(SharedCassettes::LITELLM_PREFIX);
        Ok(Some(Cassettes::Shared(Box::new(shared(&address, Some(prefix))?))))
    }

    /// The same place, named from beside a file, as its writer sees it.
    pub(crate) fn beside(folder: &Path, named: &Path) -> PathBuf {
        match named.to_str() {
            Some(address) if SharedCassettes::is_address(address) => named.to_owned(),
            _ => folder.join(named),
        }
    }

    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Cassettes::Shared(_))
    }

    /// The same server, with cassettes from here.
    pub(crate) fn apply(&self, builder: standin::Builder) -> standin::Builder {
        match self {
            Cassettes::Folder(folder) => builder.cassettes(folder),
            Cassettes::Shared(place) => builder.shared_cassettes(SharedCassettes::clone(place)),
        }
    }
}

/// An address of a Redis and the prefix of its cassettes.
pub(crate) fn shared(address: &str, prefix: Option<&str>) -> Result<SharedCassettes, Failure> {
    let place = address.parse::<SharedCassettes>().map_err(|error| Failure::Config(error.to_string()))?;
    match prefix {
        Some("") => {
            Err(Failure::Config("an empty prefix would be that of every key in the Redis".to_owned()))
        }
        Some(prefix) => Ok(place.with_prefix(prefix)),
        None => Ok(place),
    }
}

impl Display for Cassettes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cassettes::Folder(folder) => write!(f, "{}", folder.display()),
            Cassettes::Shared(place) => write!(f, "{place} under {}", place.prefix()),
        }
    }
}
