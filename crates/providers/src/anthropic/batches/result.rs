//! How a request's answer is written.

use serde_json::value::RawValue;
use serde_json::{Value, json};
use standin_core::batches::{Line, LineEnd};

pub(super) fn result(line: &Line, end: &LineEnd) -> Vec<u8> {
    let errored = |error: &str| format!("{{\"type\":\"errored\",\"error\":{error}}}");
    let result = match end {
        LineEnd::Answered { body, .. } => match on_a_line(body) {
            Some(message) if end.is_success() => format!("{{\"type\":\"succeeded\",\"message\":{message}}}"),
            Some(error) => errored(&error),
            None => errored(&api_error("the answer is not JSON")),
        },
        LineEnd::Lost { reason } => errored(&api_error(reason)),
        LineEnd::Canceled => json!({"type": "canceled"}).to_string(),
        LineEnd::Expired => json!({"type": "expired"}).to_string(),
    };
    let custom_id = Value::from(line.custom_id.as_str());
    format!("{{\"custom_id\":{custom_id},\"result\":{result}}}\n").into_bytes()
}

/// JSON as it is, on one line: within a text no line ends.
fn on_a_line(body: &[u8]) -> Option<String> {
    let json = serde_json::from_slice::<&RawValue>(body).ok()?;
    Some(json.get().replace(['\n', '\r'], " "))
}

fn api_error(message: &str) -> String {
    let error = json!({"type": "api_error", "message": message});
    json!({"type": "error", "error": error, "request_id": null}).to_string()
}
