//! A provider: one vendor's HTTP dialect.

use crate::batches::BatchApi;
use crate::call::Call;
use crate::cassette::Interaction;
use crate::dialect::Dialect;
use crate::headers::Headers;
use crate::record::Ending;
use crate::upstream::{Names, Unreachable, Upstream, Variables};
use serde_json::Value;

/// An error as its vendor would say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorReport<'a> {
    /// The HTTP status.
    pub status: u16,
    /// standin's code, `interaction_out_of_date` and the like.
    pub code: &'a str,
    /// What was asked, what is wrong, what to do.
    pub message: &'a str,
}

/// One vendor's dialect. A provider names no other provider.
pub trait Provider: Send + Sync + std::fmt::Debug {
    /// The first segment of its mount, `openai` in `/openai/v1/...`.
    fn name(&self) -> &'static str;

    /// Whether a request that came without a mount is this provider's, by path and headers.
    fn claims(&self, path: &str, headers: &Headers) -> bool;

    /// Whether a path below the provider's own mount is this provider's. A mount that is also the start of
    /// somebody else's paths says which ones are its own.
    fn mounts(&self, _rest: &str) -> bool {
        true
    }

    /// Whether a host, in lower case and without its port, is this provider's.
    fn owns(&self, host: &str) -> bool;

    /// The environment variables that recording from it reads.
    fn variables(&self) -> Names;

    /// Where a call goes at the provider itself. Where the caller named a host, it goes there or nowhere.
    ///
    /// # Errors
    /// When a variable is not set, or the host is not the one that the credential is for.
    fn upstream(&self, call: &Call, variables: &Variables) -> Result<Upstream, Unreachable>;

    /// What ends a stream of this path.
    fn ending(&self, _path: &str) -> Ending {
        Ending::Frame
    }

    /// Takes the account's own names out of a recording, where addresses hold some.
    ///
    /// # Errors
    /// What is missing to do so.
    fn scrub(&self, _interaction: &mut Interaction) -> Result<(), String> {
        Ok(())
    }

    /// How it asks and answers, where standin can answer in its place.
    fn dialect(&self) -> Option<&'static dyn Dialect> {
        None
    }

    /// Its API of batches, where it has one.
    fn batches(&self) -> Option<&'static dyn BatchApi> {
        None
    }

    /// The body of standin's own error, in the vendor's shape.
    fn error(&self, report: &ErrorReport<'_>) -> Value;
}
