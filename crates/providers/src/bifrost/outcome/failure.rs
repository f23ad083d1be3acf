//! A vendor's error, of whatever shape, as an error object.

use crate::bifrost::ErrorObject;
use crate::bifrost::error::Origin;
use serde_json::Value;

/// Characters of a body that is no JSON that are told of it.
const LONGEST: usize = 1000;

/// The error of an answer. A status that tells of no error stands for an answer that is none.
pub(super) fn failure(status: u16, body: &[u8]) -> ErrorObject {
    let status = if (400..600).contains(&status) { status } else { 500 };
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        let text = String::from_utf8_lossy(body);
        let text: String = text.trim().chars().take(LONGEST).collect();
        return ErrorObject::of(status, if text.is_empty() { nameless(status) } else { text });
    };
    // A gateway's own: `error` beside what it tells of the request.
    let own = Some(&body).filter(|body| body.get("is_bifrost_error").is_some());
    let extra_fields =
        own.and_then(|body| body.get("extra_fields")?.as_object()).cloned().unwrap_or_default();
    let inside = body.get("is_bifrost_error") == Some(&Value::Bool(true));
    let origin = if inside { Origin::Inside } else { Origin::Outside };
    // One in a list, as Google sends it.
    let body = body.as_array().and_then(|list| list.first()).unwrap_or(&body);
    let inner = body.get("error").filter(|error| error.is_object()).unwrap_or(body);
    let message = message(inner).or_else(|| message(body)).unwrap_or_else(|| nameless(status));
    ErrorObject {
        origin,
        kind: kind(inner),
        code: scalar(inner, "code"),
        param: scalar(inner, "param"),
        extra_fields: Box::new(extra_fields),
        ..ErrorObject::of(status, message)
    }
}

/// The first member that says something.
fn message(error: &Value) -> Option<String> {
    if let Value::String(text) = error {
        return Some(text.clone()).filter(|text| !text.is_empty());
    }
    ["message", "error", "detail", "error_description", "Message", "msg", "errors"].into_iter().find_map(
        |name| match error.get(name)? {
            Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
            Value::Array(list) => {
                let said: Vec<String> = list.iter().filter_map(message).collect();
                (!said.is_empty()).then(|| said.join("; "))
            }
            inner @ Value::Object(_) => message(inner),
            _ => None,
        },
    )
}

fn kind(error: &Value) -> Option<String> {
    // `error` is also the type of the whole of Anthropic's.
    let kind = ["type", "__type", "status"].into_iter().find_map(|name| error.get(name)?.as_str());
    kind.filter(|kind| !kind.is_empty() && *kind != "error").map(str::to_owned)
}

fn scalar(error: &Value, name: &str) -> Option<Box<Value>> {
    error.get(name).filter(|value| value.is_string() || value.is_number()).cloned().map(Box::new)
}

fn nameless(status: u16) -> String {
    format!("the provider answered with status {status}")
}
