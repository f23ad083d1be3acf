//! Models.

use serde_json::{Value, json};
use standin_core::dialect::CREATED;

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
