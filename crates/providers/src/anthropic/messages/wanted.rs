//! What a request wants beside its words.

use serde_json::{Value, json};
use standin_core::dialect::{Asked, Endpoint};
use standin_core::simulate::{Hosted, Reasoning, Tool, ToolChoice, Wanted};

pub(in crate::anthropic) fn wanted(asked: &Asked<'_>) -> Wanted {
    let body = asked.body;
    if asked.endpoint != Endpoint::Messages {
        return Wanted::default();
    }
    let list = |field: &str| body[field].as_array().map(Vec::as_slice).unwrap_or_default();
    Wanted {
        tools: list("tools").iter().filter_map(tool).collect(),
        choice: choice(&body["tool_choice"], list("tools")),
        hosted: list("tools").iter().filter_map(hosted).collect(),
        parallel: body["tool_choice"]["disable_parallel_tool_use"] != true,
        most_tokens: body["max_tokens"].as_u64().and_then(|tokens| usize::try_from(tokens).ok()),
        stop: list("stop_sequences").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        schema: format(&body["output_config"]["format"]).or_else(|| format(&body["output_format"])),
        reasoning: match body["thinking"]["type"].as_str() {
            Some("enabled" | "adaptive") => Reasoning::Shown,
            _ => Reasoning::None,
        },
        ..Wanted::default()
    }
}

/// A tool that the caller runs: those of the vendor have no schema, and most run at the vendor.
fn tool(tool: &Value) -> Option<Tool> {
    Some(Tool {
        name: tool["name"].as_str()?.to_owned(),
        description: tool["description"].as_str().unwrap_or_default().to_owned(),
        schema: tool.get("input_schema").filter(|schema| schema.is_object())?.clone(),
    })
}

/// A tool that runs at the vendor, of those that are answered as if they had run: there are versions of each.
fn hosted(tool: &Value) -> Option<Hosted> {
    tool["type"].as_str().filter(|kind| kind.starts_with("web_search_")).map(|_| Hosted::WebSearch)
}

fn choice(choice: &Value, tools: &[Value]) -> ToolChoice {
    match (choice["type"].as_str(), choice["name"].as_str()) {
        (Some("any"), _) => ToolChoice::Required,
        (Some("none"), _) => ToolChoice::None,
        (Some("tool"), Some(name)) => {
            let hosted = tools.iter().filter(|tool| tool["name"] == name).find_map(hosted);
            hosted.map_or_else(|| ToolChoice::Named(name.to_owned()), ToolChoice::Hosted)
        }
        _ => ToolChoice::Auto,
    }
}

fn format(format: &Value) -> Option<Value> {
    let is_schema = format["type"] == "json_schema";
    is_schema.then(|| format.get("schema").cloned().unwrap_or_else(|| json!({})))
}
