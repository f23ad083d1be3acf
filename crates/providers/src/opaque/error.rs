//! The shape that most vendors share.

use serde_json::{Value, json};
use standin_core::ErrorReport;

pub(super) fn body(report: &ErrorReport<'_>) -> Value {
    json!({"error": {"message": report.message, "type": "standin_error", "code": report.code}})
}
