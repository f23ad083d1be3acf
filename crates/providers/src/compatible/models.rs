//! Models.

use serde_json::{Value, json};
use standin_core::dialect::{CREATED, Failure};

/// The list of these models, or one of them.
pub(crate) fn models(names: &[String], one: Option<&str>) -> Option<Value> {
    let model = |name: &str| json!({"id": name, "object": "model", "created": CREATED, "owned_by": "openai"});
    match one {
        Some(one) => names.iter().any(|name| name == one).then(|| model(one)),
        None => {
            let data: Value = names.iter().map(|name| model(name)).collect();
            Some(json!({"object": "list", "data": data}))
        }
    }
}

/// What is said of a model that is not there.
pub(crate) fn no_such_model(id: &str) -> Failure {
    Failure::of(404).saying(format!("The model `{id}` does not exist or you do not have access to it."))
}

pub(crate) fn deleted_model(id: &str) -> Value {
    json!({"id": id, "object": "model", "deleted": true})
}
