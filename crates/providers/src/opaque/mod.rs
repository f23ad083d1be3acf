//! Everybody else: served as recorded, with nothing known of the dialect.

mod error;
mod route;

use serde_json::Value;
use standin_core::{ErrorReport, Headers, Provider};

#[derive(Debug)]
pub(crate) struct Opaque;

impl Provider for Opaque {
    fn name(&self) -> &'static str {
        "opaque"
    }

    fn claims(&self, path: &str, headers: &Headers) -> bool {
        route::claims(path, headers)
    }

    /// There is no mount: `/to/<authority>` is the way to a provider without one.
    fn mounts(&self, _rest: &str) -> bool {
        false
    }

    fn owns(&self, host: &str) -> bool {
        route::owns(host)
    }

    fn credential(&self) -> Option<&'static str> {
        None
    }

    fn error(&self, report: &ErrorReport<'_>) -> Value {
        error::body(report)
    }
}
