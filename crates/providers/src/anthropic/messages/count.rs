//! About how many tokens a request and an answer have. Nobody outside of Anthropic has its vocabulary, so these
//! are OpenAI's tokens, with what a message and a tool cost there.

use serde_json::Value;
use standin_core::tokens::count;

const MESSAGE: u64 = 4;
const CONVERSATION: u64 = 3;
const TOOL: u64 = 8;
/// A picture of the size to which bigger ones are brought, or a page.
const PICTURE: u64 = 1_600;

/// The tokens of a request.
pub(super) fn request_tokens(body: &Value) -> u64 {
    let messages = each(&body["messages"]).map(|message| content_tokens(&message["content"]) + MESSAGE);
    let tools = each(&body["tools"]).map(|tool| text_tokens(&tool.to_string()) + TOOL);
    content_tokens(&body["system"]) + messages.sum::<u64>() + tools.sum::<u64>() + CONVERSATION
}

/// The tokens of an answer, at least one: the end of an answer is one. Results of the vendor's own tools are
/// in it and nothing that the model said.
pub(super) fn answer_tokens(content: &Value) -> u64 {
    let said = each(content).filter(|block| !kind(block).ends_with("_result")).map(block_tokens).sum::<u64>();
    (said + content.as_str().map_or(0, text_tokens)).max(1)
}

/// The tokens of what was thought.
pub(super) fn thinking_tokens(content: &Value) -> u64 {
    each(content).filter_map(|block| block["thinking"].as_str()).map(text_tokens).sum()
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn kind(block: &Value) -> &str {
    block["type"].as_str().unwrap_or_default()
}

fn text_tokens(text: &str) -> u64 {
    u64::try_from(count(text)).unwrap_or(u64::MAX)
}

fn content_tokens(content: &Value) -> u64 {
    match content {
        Value::String(text) => text_tokens(text),
        _ => each(content).map(block_tokens).sum(),
    }
}

fn block_tokens(block: &Value) -> u64 {
    let texts = ["text", "thinking"].map(|key| block[key].as_str().map_or(0, text_tokens));
    let input = match &block["input"] {
        Value::Null => 0,
        input => text_tokens(&input.to_string()) + block["name"].as_str().map_or(0, text_tokens),
    };
    texts.into_iter().sum::<u64>()
        + input
        + content_tokens(&block["content"])
        + source_tokens(&block["source"])
}

fn source_tokens(source: &Value) -> u64 {
    match kind(source) {
        "" => 0,
        "text" => source["data"].as_str().map_or(0, text_tokens),
        "content" => content_tokens(&source["content"]),
        _ => PICTURE,
    }
}
