//! The HTTP dialects of LLM providers.
//!
//! Each provider is one folder with the same files: `mod` implements [`Provider`], `route` says which
//! requests are its own, `upstream` where its own API is, `error` spells an error as it does. A provider names no other; this registry is
//! the only place that knows them all. Adding one is a folder and two lines here.

mod anthropic;
mod azure;
pub mod bifrost;
mod compatible;
mod invented;
mod members;
mod opaque;
mod openai;

use standin_core::{Headers, Provider};

/// The providers, in the order in which they are asked whether a request is theirs. The last one takes
/// everything.
static REGISTRY: [&dyn Provider; 4] =
    [&anthropic::Anthropic, &azure::Azure, &openai::OpenAi, &opaque::Opaque];

/// The provider of a mount, `openai` in `/openai/v1/...`; `rest` is the path below it.
#[must_use]
pub fn mounted(mount: &str, rest: &str) -> Option<&'static dyn Provider> {
    REGISTRY.into_iter().find(|provider| provider.name() == mount && provider.mounts(rest))
}

/// The provider of a request that came without a mount.
#[must_use]
pub fn claiming(path: &str, headers: &Headers) -> &'static dyn Provider {
    REGISTRY.into_iter().find(|provider| provider.claims(path, headers)).unwrap_or(&opaque::Opaque)
}

/// The provider that owns an authority.
#[must_use]
pub fn owning(authority: &str) -> &'static dyn Provider {
    let lower = authority.to_ascii_lowercase();
    let host = lower.rsplit_once(':').map_or(lower.as_str(), |(host, _)| host);
    REGISTRY.into_iter().find(|provider| provider.owns(host)).unwrap_or(&opaque::Opaque)
}

/// All providers, for what is asked of each of them.
pub fn all() -> impl Iterator<Item = &'static dyn Provider> {
    REGISTRY.into_iter()
}

#[cfg(test)]
mod counted;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod interrupted;
#[cfg(test)]
mod simulated;
#[cfg(test)]
mod tests;
