//! Searches of the web, which run at the vendor: their blocks, and what a text cites of what they found.

use serde_json::{Value, json};
use standin_core::dialect::{Alphabet, HostedCall, Ids, Said};

/// The blocks of all searches, each with its result.
pub(super) fn blocks(said: &Said, ids: &mut Ids) -> Vec<Value> {
    let mut blocks = Vec::new();
    for (query, title, url) in searches(said) {
        let id = ids.next("srvtoolu_01", Alphabet::Base62, 22);
        let found = json!({
            "type": "web_search_result", "title": title, "url": url,
            "encrypted_content": ids.next("Ep", Alphabet::Base62, 62), "page_age": null,
        });
        blocks.push(
            json!({"type": "server_tool_use", "id": id, "name": "web_search", "input": {"query": query}}),
        );
        blocks.push(json!({"type": "web_search_tool_result", "tool_use_id": id, "content": [found]}));
    }
    blocks
}

/// A text with what it cites: beside it, where others have it in their words.
pub(super) fn text(text: &str, said: &Said, ids: &mut Ids) -> Value {
    let (mut words, mut citations) = (text.to_owned(), Vec::new());
    for (_, title, url) in searches(said) {
        let link = format!(" ([{title}]({url}))");
        // What was cut short before its end cites nothing.
        let Some(at) = words.find(&link) else { continue };
        words.replace_range(at..at + link.len(), "");
        citations.push(json!({
            "type": "web_search_result_location", "cited_text": title, "url": url, "title": title,
            "encrypted_index": ids.next("Eo", Alphabet::Base62, 62),
        }));
    }
    let mut block = json!({"type": "text", "text": words});
    if !citations.is_empty() {
        block["citations"] = citations.into();
    }
    block
}

/// How often the vendor's tools ran, where one did.
pub(super) fn requests(said: &Said) -> Option<Value> {
    let searches = searches(said).count();
    (searches > 0).then(|| json!({"web_search_requests": searches, "web_fetch_requests": 0}))
}

fn searches(said: &Said) -> impl Iterator<Item = (&str, &str, &str)> {
    said.hosted.iter().filter_map(|call| match call {
        HostedCall::WebSearch { query, title, url } => Some((query.as_str(), title.as_str(), url.as_str())),
        HostedCall::FileSearch { .. }
        | HostedCall::CodeInterpreter { .. }
        | HostedCall::ImageGeneration { .. }
        | HostedCall::Mcp { .. } => None,
    })
}
