//! Calls of tools that run at the vendor, as items, and what a text cites of what they found.

use super::{ID_LENGTH, is_true, list, text};
use crate::compatible::images;
use serde_json::{Value, json};
use standin_core::dialect::{Alphabet, Asked, HostedCall, Ids};

/// What came of calls.
pub(super) struct Called {
    /// Their items.
    pub(super) items: Vec<Value>,
    /// What a text cites.
    citations: Vec<Citation>,
    /// Whether the caller has to allow something before anything is said.
    pub(super) waits: bool,
}

enum Citation {
    Url { title: String, url: String },
    File { id: String, name: String },
}

/// The items of calls.
pub(super) fn called(calls: &[HostedCall], asked: &Asked<'_>, ids: &mut Ids) -> Called {
    let mut called = Called { items: Vec::new(), citations: Vec::new(), waits: false };
    for call in calls {
        called.add(call, asked, ids);
    }
    called
}

fn includes(asked: &Asked<'_>, what: &str) -> bool {
    list(asked.body, "include").iter().any(|included| included == what)
}

/// The tool of a type, as it is declared.
fn declared<'a>(asked: &'a Asked<'_>, kind: &str, label: Option<&str>) -> &'a Value {
    let mut tools = list(asked.body, "tools").iter();
    let is_it = |tool: &&Value| {
        text(tool, "type") == Some(kind) && (label.is_none() || text(tool, "server_label") == label)
    };
    tools.find(is_it).unwrap_or(&Value::Null)
}

// === impl Called ===

impl Called {
    fn add(&mut self, call: &HostedCall, asked: &Asked<'_>, ids: &mut Ids) {
        let item = match call {
            HostedCall::WebSearch { query, title, url } => {
                self.citations.push(Citation::Url { title: title.clone(), url: url.clone() });
                let mut action = json!({"type": "search", "query": query});
                if includes(asked, "web_search_call.action.sources") {
                    action["sources"] = json!([{"type": "url", "url": url}]);
                }
                json!({"id": id("ws_", ids), "type": "web_search_call", "status": "completed", "action": action})
            }
            HostedCall::FileSearch { query, file } => {
                let file_id = ids.next("file-", Alphabet::Base62, 22);
                let results = includes(asked, "file_search_call.results").then(|| {
                    let found = json!({"attributes": {}, "file_id": file_id, "filename": file, "score": 0.9});
                    let mut found = found;
                    found["text"] = query.as_str().into();
                    json!([found])
                });
                self.citations.push(Citation::File { id: file_id, name: file.clone() });
                json!({
                    "id": id("fs_", ids), "type": "file_search_call", "status": "completed",
                    "queries": [query], "results": results,
                })
            }
            HostedCall::CodeInterpreter { code, output } => {
                let outputs = includes(asked, "code_interpreter_call.outputs")
                    .then(|| json!([{"type": "logs", "logs": output}]));
                let container = declared(asked, "code_interpreter", None).get("container");
                let container = container.and_then(Value::as_str).map(str::to_owned);
                json!({
                    "id": id("ci_", ids), "type": "code_interpreter_call", "status": "completed", "code": code,
                    "container_id": container.unwrap_or_else(|| id("cntr_", ids)), "outputs": outputs,
                })
            }
            HostedCall::ImageGeneration { prompt } => image(prompt, asked, ids),
            HostedCall::Mcp { server, tool, query, output } => {
                self.mcp(declared(asked, "mcp", Some(server)), server, tool, ids);
                let arguments = json!({"query": query}).to_string();
                if self.waits {
                    json!({
                        "id": id("mcpr_", ids), "type": "mcp_approval_request", "arguments": arguments,
                        "name": tool, "server_label": server,
                    })
                } else {
                    json!({
                        "id": id("mcp_", ids), "type": "mcp_call", "status": "completed",
                        "approval_request_id": null, "arguments": arguments, "error": null, "name": tool,
                        "output": output, "server_label": server,
                    })
                }
            }
        };
        self.items.push(item);
    }

    /// Lists the tools of a server, and tells whether they run without being allowed to.
    fn mcp(&mut self, declared: &Value, server: &str, tool: &str, ids: &mut Ids) {
        let allowed = text(declared, "require_approval") == Some("never")
            || list(&declared["require_approval"]["never"], "tool_names").iter().any(|name| name == tool);
        self.waits = !allowed;
        let query =
            json!({"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]});
        self.items.push(json!({
            "id": id("mcpl_", ids), "type": "mcp_list_tools", "server_label": server,
            "tools": [{"annotations": {"read_only": true}, "description": null, "input_schema": query, "name": tool}],
        }));
    }

    /// The annotations of a text: where it cites a page, and the files that it is made from.
    pub(super) fn annotations(&self, text: &str) -> Vec<Value> {
        let characters = |text: &str| text.chars().count();
        let annotation = |citation: &Citation| match citation {
            Citation::Url { title, url } => {
                let cited = format!("([{title}]({url}))");
                let start = characters(&text[..text.find(&cited)?]);
                Some(json!({
                    "type": "url_citation", "start_index": start, "end_index": start + characters(&cited),
                    "title": title, "url": url,
                }))
            }
            Citation::File { id, name } => Some(json!({
                "type": "file_citation", "file_id": id, "filename": name, "index": characters(text),
            })),
        };
        self.citations.iter().filter_map(annotation).collect()
    }
}

fn id(prefix: &str, ids: &mut Ids) -> String {
    ids.next(prefix, Alphabet::Hex, ID_LENGTH)
}

fn image(prompt: &str, asked: &Asked<'_>, ids: &mut Ids) -> Value {
    let declared = declared(asked, "image_generation", None);
    let setting = |name: &str, usual: &'static str| {
        text(declared, name).filter(|setting| *setting != "auto").unwrap_or(usual)
    };
    let (format, size) = (setting("output_format", "png"), setting("size", "1024x1024"));
    let made = images::placeholder(format, size, asked, 0);
    let mut item = json!({
        "id": id("ig_", ids), "type": "image_generation_call", "status": "completed",
        "background": setting("background", "opaque"), "output_format": format,
        "quality": setting("quality", "high"), "result": made, "revised_prompt": prompt, "size": size,
    });
    let partial = declared["partial_images"].as_u64().and_then(|most| usize::try_from(most).ok());
    if let Some(partial) = partial.filter(|_| is_true(asked.body, "stream")) {
        item["partial_images"] = vec![made; partial.min(3)].into();
    }
    item
}
