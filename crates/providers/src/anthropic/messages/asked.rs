//! What a request asks.

use serde_json::Value;
use standin_core::dialect::{Asked, Endpoint, Message, text_of};
use std::borrow::Cow;

pub(in crate::anthropic) fn asked(endpoint: Endpoint, body: &Value) -> Asked<'_> {
    let messages = list(&body["messages"]);
    let users = messages.iter().rposition(speaks_for_the_user);
    Asked {
        endpoint,
        body,
        model: body["model"].as_str().map(Cow::Borrowed),
        last: messages.last().map(message),
        user: users.map(|at| text_beside_results(&messages[at]["content"])),
        system: system(body, messages),
        tools: list(&body["tools"]).iter().filter_map(tool_name).collect(),
        turns: turns(messages),
        turns_since_user: turns(users.map_or(messages, |at| &messages[at + 1..])),
        stream: body["stream"] == true,
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn role(message: &Value) -> &str {
    message["role"].as_str().unwrap_or_default()
}

fn is_result(block: &&Value) -> bool {
    block["type"] == "tool_result"
}

fn message(message: &Value) -> Message<'_> {
    let results = list(&message["content"]).iter().rev().find(is_result);
    Message {
        role: role(message),
        text: text_of(&message["content"]),
        value: message,
        tool_call_id: results.and_then(|result| result["tool_use_id"].as_str()),
    }
}

/// Tools answer in the user's name: such a message is the user's own where something is said beside the results.
fn speaks_for_the_user(message: &Value) -> bool {
    role(message) == "user"
        && (!list(&message["content"]).iter().any(|block| is_result(&block))
            || !text_beside_results(&message["content"]).is_empty())
}

fn text_beside_results(content: &Value) -> Cow<'_, str> {
    let blocks = list(content);
    if !blocks.iter().any(|block| is_result(&block)) {
        return text_of(content);
    }
    let own = blocks.iter().filter(|block| !is_result(block)).cloned().collect();
    Cow::Owned(text_of(&Value::Array(own)).into_owned())
}

fn system<'a>(body: &'a Value, messages: &'a [Value]) -> Cow<'a, str> {
    let blocks = match &body["system"] {
        Value::Array(blocks) => blocks.iter().map(block_text).collect(),
        one => vec![text_of(one)],
    };
    let said = messages.iter().filter(|message| role(message) == "system");
    let paragraphs = blocks.into_iter().chain(said.map(|message| text_of(&message["content"])));
    let mut paragraphs = paragraphs.filter(|text| !text.is_empty());
    let first = paragraphs.next().unwrap_or_default();
    paragraphs.fold(first, |all, next| Cow::Owned(format!("{all}\n\n{next}")))
}

fn block_text(block: &Value) -> Cow<'_, str> {
    text_of(block["text"].as_str().map_or(block, |_| &block["text"]))
}

/// Anthropic's own tools have names beside their dated types; a set of tools of an MCP server has none.
fn tool_name(tool: &Value) -> Option<&str> {
    tool["name"].as_str().or_else(|| tool["type"].as_str())
}

/// Messages of the assistant; those that follow each other are one turn.
fn turns(messages: &[Value]) -> usize {
    let is_assistants = |message: &Value| role(message) == "assistant";
    messages
        .iter()
        .enumerate()
        .filter(|(at, message)| is_assistants(message) && (*at == 0 || !is_assistants(&messages[at - 1])))
        .count()
}
