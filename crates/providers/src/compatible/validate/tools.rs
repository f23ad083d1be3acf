//! What tools and their choice say together.

use super::schema;
use super::wording::{blamed, refused};
use serde_json::Value;
use standin_core::dialect::Failure;

/// The tools of Chat Completions: what each is, is in a member of that name.
pub(super) fn chat(body: &Value) -> Result<(), Failure> {
    let tools = tools(body);
    only_with_tools(body)?;
    for (at, tool) in tools.iter().enumerate() {
        let function = &tool["function"];
        schema::parameters(function, &format!("tools[{at}].function.parameters"))?;
    }
    let named = |tool: &Value| {
        let name = tool["function"]["name"].as_str().or_else(|| tool["custom"]["name"].as_str());
        name.map(str::to_owned)
    };
    let choice = &body["tool_choice"];
    let chosen = ["function", "custom"].into_iter().find_map(|kind| choice[kind]["name"].as_str());
    is_declared(chosen, tools.iter().filter_map(named))
}

/// The tools of Responses.
pub(super) fn responses(body: &Value) -> Result<(), Failure> {
    let tools = tools(body);
    for (at, tool) in tools.iter().enumerate().filter(|(_, tool)| tool["type"] == "function") {
        schema::parameters(tool, &format!("tools[{at}].parameters"))?;
    }
    let choice = &body["tool_choice"];
    let is_own = choice["type"] == "function" || choice["type"] == "custom";
    let chosen = choice["name"].as_str().filter(|_| is_own);
    // A namespace has tools of its own.
    if tools.iter().any(|tool| tool["type"] == "namespace") {
        return Ok(());
    }
    is_declared(chosen, tools.iter().filter_map(|tool| tool["name"].as_str().map(str::to_owned)))
}

fn tools(body: &Value) -> &[Value] {
    body["tools"].as_array().map_or(&[], Vec::as_slice)
}

fn only_with_tools(body: &Value) -> Result<(), Failure> {
    if !tools(body).is_empty() {
        return Ok(());
    }
    for name in ["tool_choice", "parallel_tool_calls"] {
        // `none` chooses nothing.
        if !body[name].is_null() && body[name] != "none" {
            let message =
                format!("Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified.");
            return Err(blamed(message, name));
        }
    }
    Ok(())
}

fn is_declared(chosen: Option<&str>, declared: impl Iterator<Item = String>) -> Result<(), Failure> {
    let Some(chosen) = chosen else { return Ok(()) };
    if declared.into_iter().any(|name| name == chosen) {
        return Ok(());
    }
    let message = format!("Tool choice '{chosen}' not found in 'tools' parameter.");
    Err(refused(message, "tool_choice", "invalid_value"))
}
