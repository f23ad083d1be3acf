//! What a chat request asks.

use serde_json::Value;
use standin_core::dialect::{Asked, Endpoint, Message, text_of};
use std::borrow::Cow;

pub(in crate::compatible) fn asked(body: &Value) -> Asked<'_> {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let last_of_user = messages.iter().rposition(|message| role(message) == "user");
    Asked {
        endpoint: Endpoint::Chat,
        body,
        model: body["model"].as_str().map(Cow::Borrowed),
        last: messages.last().map(|value| Message {
            role: role(value),
            text: text_of(&value["content"]),
            value,
            tool_call_id: value["tool_call_id"].as_str(),
        }),
        user: last_of_user.map(|at| text_of(&messages[at]["content"])),
        system: system(messages),
        tools: tools(body),
        turns: turns(messages),
        turns_since_user: turns(&messages[last_of_user.map_or(0, |at| at + 1)..]),
        stream: body["stream"] == Value::Bool(true),
    }
}

fn role(message: &Value) -> &str {
    message["role"].as_str().unwrap_or_default()
}

fn system(messages: &[Value]) -> Cow<'_, str> {
    let mut texts = messages
        .iter()
        .filter(|message| matches!(role(message), "system" | "developer"))
        .map(|message| text_of(&message["content"]));
    let Some(first) = texts.next() else { return "".into() };
    texts.fold(first, |all, text| format!("{all}\n\n{text}").into())
}

/// The names of tools, and of the functions that older clients declare.
fn tools(body: &Value) -> Vec<&str> {
    let list = |field: &str| body[field].as_array().map(Vec::as_slice).unwrap_or_default();
    let tools = list("tools").iter().filter_map(|tool| {
        let named = ["function", "custom"].into_iter().find_map(|kind| tool[kind]["name"].as_str());
        named.or_else(|| tool["type"].as_str())
    });
    tools.chain(list("functions").iter().filter_map(|function| function["name"].as_str())).collect()
}

fn turns(messages: &[Value]) -> usize {
    let of_assistant = |message: &Value| role(message) == "assistant";
    messages
        .chunk_by(|one, next| of_assistant(one) && of_assistant(next))
        .filter(|run| of_assistant(&run[0]))
        .count()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_conversation_is_read() {
        let body = json!({
            "model": "gpt-4o", "stream": true,
            "messages": [
                {"role": "system", "content": "One."},
                {"role": "developer", "content": [{"type": "text", "text": "Two."}]},
                {"role": "user", "content": "First"},
                {"role": "assistant", "content": "Yes?"},
                {"role": "user", "content": [{"type": "text", "text": "Weather"}, {"type": "image_url"}, {"type": "text", "text": "now"}]},
                {"role": "assistant", "content": null, "tool_calls": []},
                {"role": "assistant", "content": "Wait"},
                {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
            ],
            "tools": [
                {"type": "function", "function": {"name": "weather"}},
                {"type": "custom", "custom": {"name": "sql"}},
                {"type": "web_search"},
            ],
            "functions": [{"name": "old"}],
        });
        let asked = super::asked(&body);
        let last = asked.last.unwrap();
        assert_eq!((last.role, &*last.text, last.tool_call_id), ("tool", "sunny", Some("call_1")));
        assert_eq!(asked.user.as_deref(), Some("Weather\nnow"));
        assert_eq!(asked.system, "One.\n\nTwo.");
        assert_eq!(asked.tools, ["weather", "sql", "web_search", "old"]);
        assert_eq!((asked.turns, asked.turns_since_user, asked.stream), (2, 1, true));
        assert_eq!(asked.model.as_deref(), Some("gpt-4o"));
        assert!(super::asked(&json!({"messages": 3})).last.is_none());
    }
}
