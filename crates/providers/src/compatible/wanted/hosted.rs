//! Tools that run at the vendor, as Responses declares them. Of most there are several versions.

use super::{list, text};
use serde_json::Value;
use standin_core::simulate::Hosted;

/// The name of a tool of a server that declares none.
const SOME_TOOL: &str = "lookup";

/// Those that are declared, in order.
pub(super) fn declared(tools: &[Value]) -> Vec<Hosted> {
    tools.iter().filter_map(hosted).collect()
}

/// The one that a choice names by its type.
pub(super) fn chosen(choice: &Value, tools: &[Value]) -> Option<Hosted> {
    let named = hosted(choice)?;
    let Hosted::Mcp { server, tool } = named else { return Some(named) };
    // A choice may leave the tool open, which the declaration then says.
    let declared = declared(tools).into_iter().find(
        |declared| matches!(declared, Hosted::Mcp { server: other, .. } if *other == server || server.is_empty()),
    );
    match (choice["name"].as_str(), declared) {
        (None, Some(declared)) => Some(declared),
        _ => Some(Hosted::Mcp { server, tool }),
    }
}

fn hosted(tool: &Value) -> Option<Hosted> {
    let kind = tool["type"].as_str()?;
    match kind {
        "file_search" => Some(Hosted::FileSearch),
        "code_interpreter" => Some(Hosted::CodeInterpreter),
        "image_generation" => Some(Hosted::ImageGeneration),
        "mcp" => {
            let allowed = &tool["allowed_tools"];
            let allowed = list(allowed.get("tool_names").unwrap_or(allowed)).first().and_then(Value::as_str);
            let name = tool["name"].as_str().or(allowed).unwrap_or(SOME_TOOL).to_owned();
            Some(Hosted::Mcp { server: text(&tool["server_label"]), tool: name })
        }
        _ if kind.starts_with("web_search") => Some(Hosted::WebSearch),
        _ => None,
    }
}
