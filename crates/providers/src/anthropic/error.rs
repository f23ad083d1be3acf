//! Anthropic's error: `{"type": "error", "error": {"type", "message", "details"?}, "request_id"}`.

use super::fields;
use serde_json::{Value, json};
use standin_core::ErrorReport;
use standin_core::dialect::Failure;

/// What standin itself has to say: no request of Anthropic's has failed.
pub(super) fn body(report: &ErrorReport<'_>) -> Value {
    let (kind, _) = usual(report.status);
    error(kind, report.message, Some(&json!(report.code)), None)
}

/// What the vendor says.
pub(super) fn failure(failure: &Failure) -> Value {
    let (kind, message) = usual(failure.status);
    let kind = failure.kind.as_deref().unwrap_or(kind);
    let message = failure.message.as_deref().unwrap_or(message);
    let code = failure.code.as_deref().filter(|code| !code.is_null());
    error(kind, message, code, Some(&fields::id_of_a_failure(failure.status)))
}

/// SDKs tell errors apart by their status and by `details.error_code`.
fn error(kind: &str, message: &str, code: Option<&Value>, request_id: Option<&str>) -> Value {
    let mut error = json!({"type": kind, "message": message});
    if let Some(code) = code {
        error["details"] = json!({"error_code": code});
    }
    json!({"type": "error", "error": error, "request_id": request_id})
}

/// The type and the message of a status.
const fn usual(status: u16) -> (&'static str, &'static str) {
    match status {
        401 => ("authentication_error", "invalid x-api-key"),
        402 => ("billing_error", "The credit balance is too low"),
        403 => ("permission_error", "The key has no permission for this resource"),
        404 => ("not_found_error", "Not found"),
        409 => ("conflict_error", "The resource has been changed meanwhile"),
        413 => ("request_too_large", "The request is larger than what is accepted"),
        429 => ("rate_limit_error", "The request is over a rate limit of the organization"),
        504 => ("timeout_error", "The request took too long"),
        529 => ("overloaded_error", "Overloaded"),
        400..=499 => ("invalid_request_error", "Invalid request"),
        _ => ("api_error", "Internal server error"),
    }
}

#[cfg(test)]
mod tests;
