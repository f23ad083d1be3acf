//! What the messages say together.

use super::refused;
use serde_json::Value;
use standin_core::dialect::Failure;

/// Messages of one role in a row are one. What is said in between in the system's name changes no turn.
pub(super) fn conversation(body: &Value) -> Result<(), Failure> {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    if messages.is_empty() {
        return Err(refused("messages: at least one message is required"));
    }
    let first = messages.iter().position(|message| message["role"] != "system");
    if let Some(at) = first.filter(|at| messages[*at]["role"] == "assistant") {
        return Err(refused(format!("messages.{at}: the first message must use the \"user\" role")));
    }
    words(messages)?;
    results(messages)
}

/// Everybody says something, but for the assistant whose words are to be gone on with.
fn words(messages: &[Value]) -> Result<(), Failure> {
    let last = messages.len() - 1;
    for (at, message) in messages.iter().enumerate() {
        let is_begun = at == last && message["role"] == "assistant";
        if is_empty(&message["content"]) && !is_begun {
            return Err(refused(format!(
                "messages.{at}: all messages must have non-empty content except for the optional final assistant \
                 message"
            )));
        }
        let empty = blocks(message).iter().any(|block| block["type"] == "text" && block["text"] == "");
        if empty {
            return Err(refused(format!("messages.{at}: text content blocks must be non-empty")));
        }
        if is_begun && ends_with_blank(message) {
            return Err(refused("messages: final assistant content cannot end with trailing whitespace"));
        }
    }
    Ok(())
}

/// Every call of a tool has its result in the next message, and every result its call in the one before.
fn results(messages: &[Value]) -> Result<(), Failure> {
    let mut open: Vec<&str> = Vec::new();
    let mut called: Vec<&str> = Vec::new();
    let mut calling = 0;
    for (at, message) in messages.iter().enumerate() {
        match message["role"].as_str() {
            Some("assistant") => {
                // A turn may be in several messages.
                if at == 0 || messages[at - 1]["role"] != "assistant" {
                    unanswered(&open, calling)?;
                    open.clear();
                    called.clear();
                }
                let calls = ids(message, "tool_use", "id");
                called.extend(&calls);
                open.extend(calls);
                calling = at;
            }
            Some("user") => {
                for id in ids(message, "tool_result", "tool_use_id") {
                    if !called.contains(&id) {
                        return Err(refused(format!(
                            "messages.{at}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. The previous \
                             message has no `tool_use` block of this id."
                        )));
                    }
                    open.retain(|call| *call != id);
                }
            }
            _ => {}
        }
    }
    // What the assistant has begun may end in a call, as what is counted does.
    if messages.last().is_some_and(|last| last["role"] == "user") {
        unanswered(&open, calling)
    } else {
        Ok(())
    }
}

fn unanswered(open: &[&str], at: usize) -> Result<(), Failure> {
    if open.is_empty() {
        return Ok(());
    }
    Err(refused(format!(
        "messages.{at}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. The next message \
         has to have one for each.",
        open.join(", ")
    )))
}

fn blocks(message: &Value) -> &[Value] {
    message["content"].as_array().map_or(&[], Vec::as_slice)
}

fn ids<'a>(message: &'a Value, kind: &str, name: &str) -> Vec<&'a str> {
    let of_kind = blocks(message).iter().filter(|block| block["type"] == kind);
    of_kind.filter_map(|block| block[name].as_str()).collect()
}

fn is_empty(content: &Value) -> bool {
    content == "" || content.as_array().is_some_and(Vec::is_empty)
}

fn ends_with_blank(message: &Value) -> bool {
    let last = blocks(message).last().and_then(|block| block["text"].as_str());
    let text = message["content"].as_str().or(last).unwrap_or_default();
    text.ends_with(char::is_whitespace)
}
