//! Azure's error: `{"error": {"code", "message"}}`.

use serde_json::{Value, json};
use standin_core::ErrorReport;

pub(super) fn body(report: &ErrorReport<'_>) -> Value {
    json!({"error": {"code": report.code, "message": report.message}})
}
