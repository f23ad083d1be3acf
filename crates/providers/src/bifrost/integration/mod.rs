//! Jobs at providers' own paths: a call with `x-bf-async` becomes one, and is answered in the vendor's shape.

mod render;
mod route;
mod translate;

pub use render::{FailedAs, Manner, StatusWords, View};
pub use route::{Integrated, Integration, integrated};
pub use translate::native_result;

use super::check::object;
use super::submission::plain;
use super::{ErrorObject, ModelName, ModelRules, RunRequest, Submission};
use bytes::Bytes;
use serde_json::Value;
use standin_core::Headers;

/// Reads a call that is to become a job. Neither its model nor its input is looked at: a vendor that lacks one
/// says so in the job.
///
/// # Errors
/// When it is no JSON, and when it is to be streamed; [`Integration::refused`] says it as the vendor does.
pub fn integration_submission(
    integration: Integration,
    headers: &Headers,
    body: &Bytes,
    rules: &ModelRules,
) -> Result<Submission, ErrorObject> {
    let body = plain(headers, body)?;
    let mut read = object(&body)?;
    if read.get("stream") == Some(&Value::Bool(true)) {
        return Err(ErrorObject::bad("streaming is not supported for async requests"));
    }
    let asked = read.get("model").and_then(Value::as_str).unwrap_or_default();
    let prefixed = rules.prefixed(asked);
    let names =
        read.get("fallbacks").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let fallbacks: Vec<ModelName> = names.filter_map(|name| rules.prefixed(name)).collect();
    let steered = prefixed.is_some() || read.contains_key("fallbacks");
    let model = prefixed.unwrap_or_else(|| ModelName {
        provider: Some(integration.mount().to_owned()),
        model: asked.to_owned(),
    });
    let body = if steered {
        if let Some(name) = read.get_mut("model") {
            *name = model.model.clone().into();
        }
        read.shift_remove("fallbacks");
        Value::Object(read).to_string().into()
    } else {
        body
    };
    let run = RunRequest {
        path: integration.synchronous_path().to_owned(),
        content_type: "application/json".to_owned(),
        body,
    };
    Ok(Submission { kind: integration.kind(), model, fallbacks, run })
}

#[cfg(test)]
mod tests;
