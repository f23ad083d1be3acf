//! OpenAI, and every server that speaks its dialect below `/v1`.

mod dialect;
mod error;
mod fields;
mod route;
mod upstream;

use crate::compatible::Batches;
use serde_json::Value;
use standin_core::batches::BatchApi;
use standin_core::dialect::Dialect;
use standin_core::record::Ending;
use standin_core::upstream::{Names, Others, Unreachable, Upstream, Variables};
use standin_core::{Call, ErrorReport, Headers, Provider};

#[derive(Debug)]
pub(crate) struct OpenAi;

static BATCHES: Batches = Batches { provider: "openai", root: "/v1" };

impl Provider for OpenAi {
    fn name(&self) -> &'static str {
        "openai"
    }

    fn claims(&self, path: &str, _headers: &Headers) -> bool {
        route::claims(path)
    }

    fn mounts(&self, rest: &str) -> bool {
        route::mounts(rest)
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
        Some(&dialect::DIALECT)
    }

    fn batches(&self) -> Option<&'static dyn BatchApi> {
        Some(&BATCHES)
    }

    fn error(&self, report: &ErrorReport<'_>) -> Value {
        error::body(report)
    }
}
