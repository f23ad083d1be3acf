//! OpenAI's error: `{"error": {"message", "type", "param", "code"}}`.

use serde_json::{Value, json};
use standin_core::ErrorReport;

pub(super) fn body(report: &ErrorReport<'_>) -> Value {
    let kind = if report.status >= 500 { "server_error" } else { "invalid_request_error" };
    json!({"error": {"message": report.message, "type": kind, "param": null, "code": report.code}})
}
