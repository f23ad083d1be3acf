//! What models that reason do not take.

use super::wording::refused;
use serde_json::Value;
use standin_core::dialect::Failure;

/// What Chat Completions does not take for them.
pub(super) fn chat(body: &Value) -> Result<(), Failure> {
    let model = body["model"].as_str().unwrap_or_default();
    if lacks_logprobs(body) {
        let message = "Invalid value for 'top_logprobs': it is only allowed when 'logprobs' is true.";
        return Err(super::blamed(message, "top_logprobs"));
    }
    if !reasons(model) {
        return Ok(());
    }
    if !body["max_tokens"].is_null() {
        let message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                       'max_completion_tokens' instead.";
        return Err(refused(message, "max_tokens", "unsupported_parameter"));
    }
    for (name, usual) in
        [("temperature", 1.0), ("top_p", 1.0), ("presence_penalty", 0.0), ("frequency_penalty", 0.0)]
    {
        let value = &body[name];
        // Newer ones take these where they do not reason.
        if value.as_f64().is_some_and(|asked| asked != usual) && !takes_sampling(body) {
            let message = format!(
                "Unsupported value: '{name}' does not support {value} with this model. Only the default ({usual}) \
                 value is supported."
            );
            return Err(refused(message, name, "unsupported_value"));
        }
    }
    if !body["stop"].is_null() && !model.starts_with("o1") {
        let message = "Unsupported parameter: 'stop' is not supported with this model.";
        return Err(refused(message, "stop", "unsupported_parameter"));
    }
    Ok(())
}

/// What Responses does not take for them.
pub(super) fn responses(body: &Value) -> Result<(), Failure> {
    if !reasons(body["model"].as_str().unwrap_or_default()) || takes_sampling(body) {
        return Ok(());
    }
    for name in ["temperature", "top_p"] {
        if body[name].as_f64().is_some_and(|asked| asked != 1.0) {
            let message = format!("Unsupported parameter: '{name}' is not supported with this model.");
            return Err(super::blamed(message, name));
        }
    }
    Ok(())
}

/// Whether likely tokens are asked for and their log probabilities are not.
fn lacks_logprobs(body: &Value) -> bool {
    !body["top_logprobs"].is_null() && body["logprobs"] != true
}

/// Whether it is one of those that always reason: the o-series and the first gpt-5. What came later differs from
/// model to model.
fn reasons(model: &str) -> bool {
    let is_of_o_series = model.strip_prefix('o').is_some_and(|rest| rest.starts_with(['1', '3', '4']));
    let is_gpt_5 = model.strip_prefix("gpt-5").is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    is_of_o_series || is_gpt_5 && !model.contains("-chat")
}

fn takes_sampling(body: &Value) -> bool {
    body["reasoning_effort"] == "none" || body["reasoning"]["effort"] == "none"
}
