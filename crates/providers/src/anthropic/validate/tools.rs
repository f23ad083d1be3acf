//! What tools, their choice and thinking say together.

use super::refused;
use serde_json::Value;
use standin_core::Headers;
use standin_core::dialect::Failure;

/// Who thinks within a budget says something after it, and neither samples nor is made to call a tool.
pub(super) fn thinking(headers: &Headers, body: &Value) -> Result<(), Failure> {
    let thinking = &body["thinking"];
    if thinking["type"] != "enabled" {
        return Ok(());
    }
    // Thoughts between the calls of tools may be more than one answer's.
    let betas = headers.get("anthropic-beta").unwrap_or_default();
    let (budget, most) = (thinking["budget_tokens"].as_u64(), body["max_tokens"].as_u64());
    if most.is_some() && budget >= most && !betas.contains("interleaved-thinking") {
        return Err(refused("`max_tokens` must be greater than `thinking.budget_tokens`."));
    }
    if body["temperature"].as_f64().is_some_and(|temperature| temperature != 1.0) {
        return Err(refused("`temperature` may only be set to 1 when thinking is enabled."));
    }
    if ["any", "tool"].iter().any(|kind| body["tool_choice"]["type"] == *kind) {
        return Err(refused("Thinking may not be enabled when tool_choice forces tool use."));
    }
    Ok(())
}

/// Every tool has a name of its own, and the one that is chosen is there.
pub(super) fn tools(body: &Value) -> Result<(), Failure> {
    if let Some(sequences) = body["stop_sequences"].as_array()
        && sequences.iter().any(|sequence| sequence.as_str().is_some_and(|text| text.trim().is_empty()))
    {
        return Err(refused("stop_sequences: each stop sequence must contain non-whitespace"));
    }
    let tools = body["tools"].as_array().map_or(&[][..], Vec::as_slice);
    let names: Vec<&str> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    if (1..names.len()).any(|at| names[..at].contains(&names[at])) {
        return Err(refused("tools: Tool names must be unique."));
    }
    let choice = &body["tool_choice"];
    if choice.is_object() && choice["type"] != "none" && tools.is_empty() {
        return Err(refused("tool_choice: may only be specified while providing tools"));
    }
    match choice["name"].as_str().filter(|_| choice["type"] == "tool") {
        // A toolset has tools that are not named here.
        Some(name) if !names.contains(&name) && !tools.iter().any(|tool| tool["name"].is_null()) => {
            Err(refused(format!("Tool '{name}' not found in provided tools")))
        }
        _ => Ok(()),
    }
}
