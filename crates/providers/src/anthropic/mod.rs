//! Anthropic.

mod admission;
mod batches;
mod dialect;
mod error;
mod fields;
mod limits;
mod messages;
mod models;
mod route;
mod upstream;
mod validate;

use serde_json::Value;
use standin_core::batches::BatchApi;
use standin_core::dialect::Dialect;
use standin_core::record::Ending;
use standin_core::upstream::{Names, Others, Unreachable, Upstream, Variables};
use standin_core::{Call, ErrorReport, Headers, Provider};

#[derive(Debug)]
pub(crate) struct Anthropic;

impl Provider for Anthropic {
    fn name(&self) -> &'static str {
        "anthropic"
    }

    fn claims(&self, path: &str, headers: &Headers) -> bool {
        route::claims(path, headers)
    }

    fn owns(&self, host: &str) -> bool {
        route::owns(host)
    }

    fn variables(&self) -> Names {
        Names { keys: &[upstream::KEY], others: Others::Optional(&[upstream::BASE]) }
    }

    fn upstream(&self, call: &Call, variables: &Variables) -> Result<Upstream, Unreachable> {
        upstream::upstream(call, variables)
    }

    fn ending(&self, path: &str) -> Ending {
        upstream::ending(path)
    }

    fn dialect(&self) -> Option<&'static dyn Dialect> {
        Some(&dialect::AnthropicDialect)
    }

    fn batches(&self) -> Option<&'static dyn BatchApi> {
        Some(&batches::MessageBatches)
    }

    fn error(&self, report: &ErrorReport<'_>) -> Value {
        error::body(report)
    }
}
