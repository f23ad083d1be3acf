//! How a line's answer is written, and the tokens that it took.

use serde_json::value::RawValue;
use serde_json::{Value, json};
use standin_core::batches::{Batch, Line, LineEnd, ResultFile};
use standin_core::dialect::{Alphabet, Ids};

pub(super) fn result(batch: &Batch, line: &Line, end: &LineEnd) -> (ResultFile, Vec<u8>) {
    let mut ids = Ids::of_parts(&[batch.id.as_bytes(), &line.number.to_le_bytes()]);
    let id = ids.next("batch_req_", Alphabet::Hex, 32);
    let custom_id = Value::from(line.custom_id.as_str());
    let error = |code: &str, message: &str| json!({"code": code, "message": message});
    let (response, error) = match end {
        LineEnd::Answered { status, body } => {
            let request_id = ids.next("", Alphabet::Hex, 32);
            let body = on_a_line(body);
            let response =
                format!("{{\"status_code\": {status}, \"request_id\": \"{request_id}\", \"body\": {body}}}");
            (response, Value::Null)
        }
        LineEnd::Lost { reason } => ("null".to_owned(), error("request_timeout", reason)),
        LineEnd::Canceled => {
            let message = "The batch was cancelled before this request was executed.";
            ("null".to_owned(), error("batch_cancelled", message))
        }
        LineEnd::Expired => {
            let message = "The batch's time was over before this request was executed.";
            ("null".to_owned(), error("batch_expired", message))
        }
    };
    let text = format!(
        "{{\"id\": \"{id}\", \"custom_id\": {custom_id}, \"response\": {response}, \"error\": {error}}}\n"
    );
    let file = if end.is_success() { ResultFile::Output } else { ResultFile::Errors };
    (file, text.into_bytes())
}

/// JSON as it is, on one line: within a text no line ends. What is no JSON is a text.
fn on_a_line(body: &[u8]) -> String {
    match serde_json::from_slice::<&RawValue>(body) {
        Ok(json) => json.get().replace(['\n', '\r'], " "),
        Err(_) => Value::from(String::from_utf8_lossy(body)).to_string(),
    }
}

/// Adds the tokens of an answer, in either of the two ways in which endpoints tell them.
pub(super) fn add_usage(usage: &mut Option<Value>, answer: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else { return };
    let told = &answer["usage"];
    if !told.is_object() {
        return;
    }
    let either = |one: &Value, other: &Value| one.as_u64().or_else(|| other.as_u64()).unwrap_or_default();
    let input = either(&told["input_tokens"], &told["prompt_tokens"]);
    let output = either(&told["output_tokens"], &told["completion_tokens"]);
    let cached = either(
        &told["input_tokens_details"]["cached_tokens"],
        &told["prompt_tokens_details"]["cached_tokens"],
    );
    let reasoning = either(
        &told["output_tokens_details"]["reasoning_tokens"],
        &told["completion_tokens_details"]["reasoning_tokens"],
    );
    let before = usage.take().unwrap_or_default();
    let sum = |before: &Value, more: u64| before.as_u64().unwrap_or_default().saturating_add(more);
    let all = sum(&before["total_tokens"], input.saturating_add(output));
    *usage = Some(json!({
        "input_tokens": sum(&before["input_tokens"], input),
        "input_tokens_details": {"cached_tokens": sum(&before["input_tokens_details"]["cached_tokens"], cached)},
        "output_tokens": sum(&before["output_tokens"], output),
        "output_tokens_details": {
            "reasoning_tokens": sum(&before["output_tokens_details"]["reasoning_tokens"], reasoning),
        },
        "total_tokens": all,
    }));
}
