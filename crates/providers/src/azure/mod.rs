//! Azure OpenAI: OpenAI's dialect, with the deployment in the path and the version in the query.

mod dialect;
mod error;
mod failure;
mod filters;
mod route;
mod scrub;
mod upstream;

use serde_json::Value;
use standin_core::cassette::Interaction;
use standin_core::dialect::Dialect;
use standin_core::record::Ending;
use standin_core::upstream::{Names, Others, Unreachable, Upstream, Variables};
use standin_core::{Call, ErrorReport, Headers, Provider};

#[derive(Debug)]
pub(crate) struct Azure;

impl Provider for Azure {
    fn name(&self) -> &'static str {
        "azure"
    }

    fn claims(&self, path: &str, _headers: &Headers) -> bool {
        route::claims(path)
    }

    fn owns(&self, host: &str) -> bool {
        route::owns(host)
    }

    fn variables(&self) -> Names {
        Names { keys: &[upstream::KEY], others: Others::Required(upstream::OTHERS) }
    }

    fn upstream(&self, call: &Call, variables: &Variables) -> Result<Upstream, Unreachable> {
        upstream::upstream(call, variables)
    }

    fn ending(&self, path: &str) -> Ending {
        upstream::ending(path)
    }

    fn scrub(&self, interaction: &mut Interaction) -> Result<(), String> {
        scrub::interaction(interaction)
    }

    fn dialect(&self) -> Option<&'static dyn Dialect> {
        Some(&dialect::DIALECT)
    }

    fn error(&self, report: &ErrorReport<'_>) -> Value {
        error::body(report)
    }
}
