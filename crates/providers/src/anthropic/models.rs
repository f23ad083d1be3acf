//! The list of models.

use serde_json::{Value, json};
use standin_core::dialect::Failure;

pub(super) fn models(names: &[String], one: Option<&str>) -> Option<Value> {
    match one {
        Some(one) => names.iter().find(|name| *name == one).map(|name| model(name)),
        None => Some(json!({
            "data": names.iter().map(|name| model(name)).collect::<Vec<_>>(),
            "has_more": false,
            "first_id": names.first(),
            "last_id": names.last(),
        })),
    }
}

/// What is said of a model that is not there.
pub(super) fn no_such_model(id: &str) -> Failure {
    Failure::of(404).saying(format!("model: {id}"))
}

fn model(name: &str) -> Value {
    json!({
        "type": "model",
        "id": name,
        "display_name": name,
        // `CREATED`, as this vendor writes times.
        "created_at": "2025-06-15T15:06:40Z",
        "lifecycle": "active",
    })
}

#[cfg(test)]
mod tests;
