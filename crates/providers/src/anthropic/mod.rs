//! Anthropic.

mod error;
mod route;

use serde_json::Value;
use standin_core::{ErrorReport, Headers, Provider};

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

    fn credential(&self) -> Option<&'static str> {
        Some("ANTHROPIC_API_KEY")
    }

    fn error(&self, report: &ErrorReport<'_>) -> Value {
        error::body(report)
    }
}
