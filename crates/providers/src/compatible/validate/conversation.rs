//! What the messages of Chat Completions say together.

use super::wording::{blamed, refused};
use serde_json::Value;
use standin_core::dialect::{Failure, text_of};

fn messages(body: &Value) -> &[Value] {
    body["messages"].as_array().map_or(&[], Vec::as_slice)
}

/// Only the assistant may be without words, and it only where it does something else.
pub(super) fn contents(body: &Value) -> Result<(), Failure> {
    for (at, message) in messages(body).iter().enumerate() {
        let acts = ["tool_calls", "function_call", "audio", "refusal"];
        let role = message["role"].as_str().unwrap_or_default();
        let may_be_silent =
            role == "function" || role == "assistant" && acts.iter().any(|name| !message[*name].is_null());
        // Who is no one is told so first.
        let speaks = ["system", "developer", "user", "assistant", "tool"].contains(&role);
        if message["content"].is_null() && speaks && !may_be_silent {
            let message = "Invalid value for 'content': expected a string, got null.";
            return Err(blamed(message, &format!("messages.[{at}].content")));
        }
    }
    Ok(())
}

/// A tool's result follows its call, and every call has one.
pub(super) fn calls(body: &Value) -> Result<(), Failure> {
    let mut open: Vec<&str> = Vec::new();
    let mut answering = false;
    for (at, message) in messages(body).iter().enumerate() {
        if message["role"] == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            if !answering {
                let message = "Invalid parameter: a message with role 'tool' must answer a preceding message with \
                               'tool_calls'.";
                return Err(blamed(message, &format!("messages.[{at}].role")));
            }
            open.retain(|call| *call != id);
            continue;
        }
        unanswered(&open, at)?;
        let calls = message["tool_calls"].as_array().map_or(&[][..], Vec::as_slice);
        open = calls.iter().filter_map(|call| call["id"].as_str()).collect();
        answering = !open.is_empty();
    }
    unanswered(&open, messages(body).len())
}

fn unanswered(open: &[&str], at: usize) -> Result<(), Failure> {
    if open.is_empty() {
        return Ok(());
    }
    let message = format!(
        "An assistant message with 'tool_calls' must be followed by tool messages that respond to each \
         'tool_call_id'. These have no response: {}",
        open.join(", ")
    );
    Err(blamed(message, &format!("messages.[{at}].role")))
}

/// An image is at an address or in the request itself. Whether it is there is never looked at.
pub(super) fn pictures(body: &Value) -> Result<(), Failure> {
    for (at, message) in messages(body).iter().enumerate() {
        for (part, value) in message["content"].as_array().into_iter().flatten().enumerate() {
            let Some(url) = value["image_url"]["url"].as_str() else { continue };
            if !["http://", "https://", "data:"].iter().any(|scheme| url.starts_with(scheme)) {
                let param = format!("messages[{at}].content[{part}].image_url.url");
                let message = format!(
                    "Invalid '{param}'. Expected a valid URL, but got a value with an invalid format."
                );
                return Err(refused(message, &param, "invalid_value"));
            }
        }
    }
    Ok(())
}

/// Who wants any JSON has to say so in words too, for a model that is not told writes blanks without end.
pub(super) fn speaks_of_json(body: &Value) -> Result<(), Failure> {
    let says = |message: &Value| text_of(&message["content"]).to_lowercase().contains("json");
    if body["response_format"]["type"] != "json_object" || messages(body).iter().any(says) {
        return Ok(());
    }
    let message = "'messages' must contain the word 'json' in some form, to use 'response_format' of type \
                   'json_object'.";
    Err(blamed(message, "messages"))
}
