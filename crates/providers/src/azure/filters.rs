//! What Azure's content filter says of a question and its answer.

use serde_json::{Value, json};
use standin_core::dialect::{Asked, Endpoint};

/// The object as Azure answers it: with what the filter says, and without OpenAI's tier.
pub(super) fn added(mut object: Value, asked: &Asked<'_>) -> Value {
    if !matches!(asked.endpoint, Endpoint::Chat | Endpoint::Completions) {
        return object;
    }
    let choices = object.get_mut("choices").and_then(Value::as_array_mut);
    for choice in choices.into_iter().flatten().filter_map(Value::as_object_mut) {
        choice
            .insert("content_filter_results".to_owned(), found(choice["finish_reason"] == "content_filter"));
    }
    if let Some(members) = object.as_object_mut() {
        members.shift_remove("service_tier");
        let prompt = json!([{"prompt_index": 0, "content_filter_results": found(false)}]);
        members.insert("prompt_filter_results".to_owned(), prompt);
    }
    object
}

/// The four harms that are always looked for. An answer that was stopped was stopped for one of them.
pub(super) fn found(stopped: bool) -> Value {
    let safe = json!({"filtered": false, "severity": "safe"});
    let violence = if stopped { json!({"filtered": true, "severity": "medium"}) } else { safe.clone() };
    json!({"hate": safe, "self_harm": safe, "sexual": safe, "violence": violence})
}
