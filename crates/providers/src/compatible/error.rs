//! OpenAI's errors, with what is usual for each status.

use serde_json::{Value, json};
use standin_core::dialect::Failure;

/// What is said where a failure leaves it open.
struct Usual {
    kind: &'static str,
    code: Option<&'static str>,
    param: Option<&'static str>,
    message: &'static str,
}

pub(crate) fn failure(failure: &Failure) -> Value {
    let usual = usual(failure);
    json!({"error": {
        "message": failure.message.as_deref().unwrap_or(usual.message),
        "type": failure.kind.as_deref().unwrap_or(usual.kind),
        "param": failure.param.as_deref().cloned().unwrap_or_else(|| usual.param.into()),
        "code": failure.code.as_deref().cloned().unwrap_or_else(|| usual.code.into()),
    }})
}

const INVALID: &str = "invalid_request_error";

fn usual(failure: &Failure) -> Usual {
    let code = failure.code.as_deref().and_then(Value::as_str);
    let is = |name: &str| code == Some(name) || (code.is_none() && failure.kind.as_deref() == Some(name));
    let of = |kind, code, message| Usual { kind, code, param: None, message };
    match failure.status {
        429 if is("insufficient_quota") => of(
            "insufficient_quota",
            Some("insufficient_quota"),
            "The quota of this account is used up. Look at the plan and the billing details.",
        ),
        400 if is("context_length_exceeded") => Usual {
            param: Some("messages"),
            ..of(
                INVALID,
                code.map(|_| "context_length_exceeded"),
                "The messages are longer than the model's context.",
            )
        },
        400 => of(INVALID, None, "The request is invalid."),
        401 => of(INVALID, Some("invalid_api_key"), "Incorrect API key provided."),
        403 => of(
            "request_forbidden",
            Some("unsupported_country_region_territory"),
            "This country, region or territory is not supported.",
        ),
        404 => {
            of(INVALID, Some("model_not_found"), "The model does not exist or you do not have access to it.")
        }
        408 => of("timeout", None, "The request took too long."),
        409 => of(INVALID, None, "The request conflicts with another one."),
        413 => of(INVALID, None, "The request is too large."),
        429 => of(
            "requests",
            Some("rate_limit_exceeded"),
            "Rate limit reached for requests. Please try again in 1s.",
        ),
        503 => of("server_error", None, "The server is overloaded or not ready yet. Please try again later."),
        500.. => of("server_error", None, "The server had an error while processing your request."),
        _ => of(INVALID, None, "The request cannot be answered."),
    }
}

/// What is said to a call without a key.
pub(crate) fn no_key() -> Failure {
    let message = "You didn't provide an API key. Send it as `Authorization: Bearer KEY`.";
    Failure::of(401).coded(Value::Null).saying(message)
}
