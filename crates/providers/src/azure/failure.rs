//! Azure's errors, with what is usual for each status. Its gateway says a code and a message; what the model
//! behind it says is in OpenAI's form.

use super::filters;
use crate::compatible;
use serde_json::{Value, json};
use standin_core::dialect::Failure;
use standin_core::shape::{Counted, Exceeded};

pub(super) fn body(failure: &Failure) -> Value {
    if failure.status == 400 && failure.code.as_deref().is_some_and(|code| code == "content_filter") {
        return filtered(failure);
    }
    let Some((code, message)) = of_gateway(failure.status) else { return compatible::failure(failure) };
    let mut error = json!({
        "code": failure.code.as_deref().cloned().unwrap_or_else(|| code.into()),
        "message": failure.message.as_deref().unwrap_or(message),
    });
    // The gateway says no more, unless somebody wrote it.
    if let Some(kind) = &failure.kind {
        error["type"] = kind.as_str().into();
    }
    if let Some(param) = failure.param.as_deref() {
        error["param"] = param.clone();
    }
    json!({"error": error})
}

fn of_gateway(status: u16) -> Option<(&'static str, &'static str)> {
    Some(match status {
        401 => (
            "401",
            "Access denied due to invalid subscription key or wrong API endpoint. Send a key of this resource to \
             its own endpoint.",
        ),
        403 => ("403", "Access denied due to the network rules of this resource."),
        404 => (
            "DeploymentNotFound",
            "The API deployment for this resource does not exist. A new one takes some minutes to be there.",
        ),
        429 => (
            "429",
            "Requests have exceeded the token rate limit of this deployment. Please retry after 1 second.",
        ),
        500 => ("InternalServerError", "The server had an error while processing your request."),
        503 => ("ServiceUnavailable", "The server is overloaded. Please try again later."),
        _ => return None,
    })
}

/// What the gateway says of a call beyond a limit.
pub(super) fn exceeded(exceeded: &Exceeded) -> Failure {
    let (allowance, requested) = (&exceeded.allowance, exceeded.requested);
    let what = match allowance.counted {
        Counted::Requests => "request rate limit",
        Counted::Tokens | Counted::InputTokens | Counted::OutputTokens => "token rate limit",
        Counted::Concurrent => "limit of concurrent requests",
        Counted::Budget | Counted::BudgetRequests => "quota",
    };
    let hint = match exceeded.retry_after.map(|after| after.as_nanos().div_ceil(1_000_000_000)) {
        Some(1) => "Please retry after 1 second.".to_owned(),
        Some(seconds) => format!("Please retry after {seconds} seconds."),
        None => "Ask for less, or for a higher limit.".to_owned(),
    };
    Failure::of(429).saying(format!(
        "Requests to this deployment have exceeded its {what} of {}: {} used, {requested} requested. {hint}",
        allowance.limit,
        allowance.used()
    ))
}

/// What is said of a question that the filter stopped.
fn filtered(failure: &Failure) -> Value {
    let message =
        "The prompt was stopped by Azure OpenAI's content management policy. Change it and try again.";
    json!({"error": {
        "message": failure.message.as_deref().unwrap_or(message),
        "type": failure.kind,
        "param": failure.param.as_deref().cloned().unwrap_or_else(|| "prompt".into()),
        "code": "content_filter",
        "status": 400,
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": filters::found(true),
        },
    }})
}
