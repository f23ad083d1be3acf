//! What a response repeats of its request, with what holds where the request says nothing.

use super::text;
use serde_json::{Map, Value, json};

/// A member of the request, or what holds without it.
pub(super) fn echo(body: &Value, member: &str, default: Value) -> Value {
    body.get(member).filter(|value| !value.is_null()).cloned().unwrap_or(default)
}

/// A member that is an object: the request's members before the defaults of those that it lacks.
pub(super) fn merged(body: &Value, member: &str, defaults: Value) -> Value {
    let (Some(Value::Object(said)), Value::Object(mut merged)) = (body.get(member), defaults.clone()) else {
        return echo(body, member, defaults);
    };
    merged.extend(said.iter().map(|(name, value)| (name.clone(), value.clone())));
    Value::Object(merged)
}

/// The tools, as they are normalised: those of the caller say everything that they can.
pub(super) fn tools(body: &Value) -> Value {
    match body.get("tools") {
        Some(Value::Array(tools)) => tools.iter().map(tool).collect(),
        _ => json!([]),
    }
}

fn tool(tool: &Value) -> Value {
    let defaults = match text(tool, "type") {
        Some("function") => {
            json!({"type": "function", "description": null, "name": null, "parameters": null, "strict": true})
        }
        Some("custom") => {
            json!({"type": "custom", "description": null, "format": {"type": "text"}, "name": null})
        }
        _ => return tool.clone(),
    };
    let mut normalised = defaults.as_object().cloned().unwrap_or_else(Map::new);
    let said = tool.as_object().into_iter().flatten();
    // A null stands for the default, as in `strict`.
    normalised.extend(
        said.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), value.clone())),
    );
    Value::Object(normalised)
}

/// The tier that answers: the one that was asked for, unless that was left to the service.
pub(super) fn service_tier(body: &Value) -> Value {
    match text(body, "service_tier") {
        None | Some("auto") => "default".into(),
        Some(tier) => tier.into(),
    }
}

/// The conversation that the answer belongs to, as an object.
pub(super) fn conversation(body: &Value) -> Option<Value> {
    match body.get("conversation")? {
        Value::Null => None,
        Value::String(id) => Some(json!({"id": id})),
        conversation => Some(conversation.clone()),
    }
}
