//! What a request asks.

use super::{input, is_true, list, text};
use serde_json::Value;
use standin_core::dialect::{Asked, Endpoint, Message, text_of};
use std::borrow::Cow;

pub(crate) fn asked(endpoint: Endpoint, body: &Value) -> Asked<'_> {
    let mut asked = Asked {
        endpoint,
        body,
        model: text(body, "model").map(Cow::Borrowed),
        last: None,
        user: None,
        system: system(body),
        tools: Vec::new(),
        turns: 0,
        turns_since_user: 0,
        stream: is_true(body, "stream"),
    };
    declared(list(body, "tools"), &mut asked.tools);
    if let Some(value @ Value::String(said)) = body.get("input") {
        let said = Cow::Borrowed(said.as_str());
        asked.user = Some(said.clone());
        asked.last = Some(Message { role: "user", text: said, value, tool_call_id: None });
    }
    converse(list(body, "input"), &mut asked);
    asked
}

/// Turns, the user's words and the last item of a list.
fn converse<'a>(items: &'a [Value], asked: &mut Asked<'a>) {
    let mut before = "";
    for item in items {
        let role = input::role(item);
        match role {
            "assistant" if before != "assistant" => {
                asked.turns += 1;
                asked.turns_since_user += 1;
            }
            "user" => {
                asked.user = Some(input::said(item));
                asked.turns_since_user = 0;
            }
            _ => {}
        }
        before = role;
    }
    if let Some(value) = items.last() {
        let (role, text) = (input::role(value), input::said(value));
        asked.last = Some(Message { role, text, value, tool_call_id: input::call_id(value) });
    }
}

fn system(body: &Value) -> Cow<'_, str> {
    let instructions = match body.get("instructions") {
        // A prompt's instructions are a list of messages.
        Some(Value::Array(items)) => items.iter().map(input::said).collect(),
        Some(instructions) => vec![text_of(instructions)],
        None => Vec::new(),
    };
    let messages = list(body, "input").iter();
    let messages =
        messages.filter(|item| matches!(input::role(item), "system" | "developer")).map(input::said);
    let mut paragraphs = instructions.into_iter().chain(messages).filter(|said| !said.is_empty());
    let Some(first) = paragraphs.next() else { return Cow::Borrowed("") };
    paragraphs.fold(first, |all, said| Cow::Owned(format!("{all}\n\n{said}")))
}

/// Names of functions and custom tools, those in namespaces too; of hosted tools, their types.
fn declared<'a>(tools: &'a [Value], names: &mut Vec<&'a str>) {
    for tool in tools {
        match text(tool, "type") {
            Some("function" | "custom") => names.extend(text(tool, "name")),
            Some("namespace") => {
                names.extend(text(tool, "name"));
                declared(list(tool, "tools"), names);
            }
            kind => names.extend(kind),
        }
    }
}
