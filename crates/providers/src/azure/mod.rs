//! Azure OpenAI: OpenAI's dialect, with the deployment in the path and the version in the query.

mod error;
mod route;

use serde_json::Value;
use standin_core::{ErrorReport, Headers, Provider};

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

    fn credential(&self) -> Option<&'static str> {
        Some("AZURE_OPENAI_API_KEY")
    }

    fn error(&self, report: &ErrorReport<'_>) -> Value {
        error::body(report)
    }
}
