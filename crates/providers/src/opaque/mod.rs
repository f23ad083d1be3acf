//! Everybody else: served as recorded, with nothing known of the dialect.

mod error;
mod route;
mod upstream;

use serde_json::Value;
use standin_core::record::Ending;
use standin_core::upstream::{Names, Others, Unreachable, Upstream, Variables};
use standin_core::{Call, ErrorReport, Headers, Provider};

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

    fn variables(&self) -> Names {
        Names { keys: upstream::VARIABLES, others: Others::Optional(&[]) }
    }

    fn upstream(&self, call: &Call, _variables: &Variables) -> Result<Upstream, Unreachable> {
        upstream::upstream(call)
    }

    fn ending(&self, path: &str) -> Ending {
        upstream::ending(path)
    }

    fn error(&self, report: &ErrorReport<'_>) -> Value {
        error::body(report)
    }
}
