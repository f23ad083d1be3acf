//! Anthropic's error: `{"type": "error", "error": {"type", "message"}, "request_id"}`.

use serde_json::{Value, json};
use standin_core::ErrorReport;

pub(super) fn body(report: &ErrorReport<'_>) -> Value {
    let kind = match report.status {
        403 => "permission_error",
        404 => "not_found_error",
        409 => "conflict_error",
        413 => "request_too_large",
        400..=499 => "invalid_request_error",
        _ => "api_error",
    };
    json!({
        "type": "error",
        "error": {"type": kind, "message": report.message, "details": {"error_code": report.code}},
        "request_id": null,
    })
}
