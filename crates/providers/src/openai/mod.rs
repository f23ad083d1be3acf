//! OpenAI, and every server that speaks its dialect below `/v1`.

mod error;
mod route;

use serde_json::Value;
use standin_core::{ErrorReport, Headers, Provider};

#[derive(Debug)]
pub(crate) struct OpenAi;

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

    fn credential(&self) -> Option<&'static str> {
        Some("OPENAI_API_KEY")
    }

    fn error(&self, report: &ErrorReport<'_>) -> Value {
        error::body(report)
    }
}
