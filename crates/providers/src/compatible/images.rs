//! Images: generations, edits, variations.

use serde_json::Value;
use standin_core::dialect::{Asked, Endpoint, Options, Rendered, Said, Unsayable};

pub(super) fn asked(endpoint: Endpoint, body: &Value) -> Asked<'_> {
    Asked {
        endpoint,
        body,
        model: None,
        last: None,
        user: None,
        system: "".into(),
        tools: Vec::new(),
        turns: 0,
        turns_since_user: 0,
        stream: false,
    }
}

pub(super) fn compose(_said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    Err(Unsayable { endpoint: asked.endpoint.name(), what: "a neutral answer" })
}

pub(super) fn render(object: &Value, _asked: &Asked<'_>) -> Rendered {
    Rendered::json(object)
}
