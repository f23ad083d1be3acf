//! Tools that run at the vendor, and tools that take a text.

use super::answered;
use serde_json::{Value, json};
use standin_core::dialect::Endpoint;

fn respond(question: &str, tools: &Value, choice: &Value) -> Value {
    let body = json!({"model": "gpt-4o", "input": question, "tools": tools, "tool_choice": choice});
    answered("openai", Endpoint::Responses, &body)
}

fn kinds(object: &Value) -> Vec<&str> {
    object["output"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect()
}

#[test]
fn a_hosted_tool_is_called_where_a_question_or_a_choice_asks_for_it() {
    let mcp = json!({"type": "mcp", "server_label": "wiki", "server_url": "https://x", "require_approval": "never"});
    let container = json!({"type": "code_interpreter", "container": {"type": "auto"}});
    let files = json!({"type": "file_search", "vector_store_ids": ["vs_1"]});
    for (question, tool, calls) in [
        ("What is the latest news of otters?", json!({"type": "web_search"}), &["web_search_call"][..]),
        ("What do my files say of otters?", files, &["file_search_call"]),
        ("Compute the number of otters", container, &["code_interpreter_call"]),
        ("Draw an otter", json!({"type": "image_generation", "size": "64x32"}), &["image_generation_call"]),
        ("What does the wiki say of otters?", mcp, &["mcp_list_tools", "mcp_call"]),
    ] {
        let expected = calls.iter().copied().chain(["message"]).collect::<Vec<_>>();
        assert_eq!(kinds(&respond(question, &json!([tool]), &json!("auto"))), expected, "{question}");
        assert_eq!(kinds(&respond("Hello", &json!([tool]), &json!("auto"))), ["message"], "{question}");
        let choice = json!({"type": tool["type"], "server_label": tool["server_label"]});
        for choice in [choice, json!("required")] {
            assert_eq!(kinds(&respond("Hello", &json!([tool]), &choice)), expected, "{question}");
        }
        assert_eq!(kinds(&respond(question, &json!([tool]), &json!("none"))), ["message"], "{question}");
    }
}

#[test]
fn what_is_cited_stands_where_it_is_said_to() {
    let object = respond("Search the web for Überraschungen", &json!([{"type": "web_search"}]), &Value::Null);
    let part = &object["output"][1]["content"][0];
    let (text, cited) = (part["text"].as_str().unwrap(), &part["annotations"][0]);
    let at = |member: &str| usize::try_from(cited[member].as_u64().unwrap()).unwrap();
    let (start, end) = (at("start_index"), at("end_index"));
    let slice = text.chars().skip(start).take(end - start).collect::<String>();
    assert_eq!(
        slice,
        format!("([{}]({}))", cited["title"].as_str().unwrap(), cited["url"].as_str().unwrap())
    );
    // Characters and bytes differ before it.
    assert!(text.contains("überraschungen") && text.find("([").unwrap() > start, "{text}");
}

#[test]
fn a_server_whose_tools_have_to_be_allowed_waits_for_that() {
    let mcp =
        json!([{"type": "mcp", "server_label": "wiki", "server_url": "https://x", "allowed_tools": ["ask"]}]);
    let object = respond("Ask the wiki", &mcp, &Value::Null);
    assert_eq!(kinds(&object), ["mcp_list_tools", "mcp_approval_request"]);
    assert_eq!(object["output"][1]["name"], "ask");
    let approval = json!([
        {"role": "user", "content": "Ask the wiki"},
        object["output"][1],
        {"type": "mcp_approval_response", "approval_request_id": object["output"][1]["id"], "approve": true},
    ]);
    let body = json!({"model": "gpt-4o", "input": approval, "tools": mcp});
    assert_eq!(kinds(&answered("openai", Endpoint::Responses, &body)), ["message"]);
}

#[test]
fn custom_tools_are_called_with_a_text() {
    let pattern = json!({"type": "grammar", "syntax": "regex", "definition": "[a-c]{3}"});
    let object = respond(
        "Hello",
        &json!([{"type": "custom", "name": "x", "format": pattern}]),
        &json!({"type": "custom", "name": "x"}),
    );
    let call = &object["output"][0];
    let input = call["input"].as_str().unwrap();
    assert!(call["type"] == "custom_tool_call" && input.len() == 3, "{call}");
    assert!(input.chars().all(|c| ('a'..='c').contains(&c)), "{input}");
    let body = json!({
        "model": "gpt-5", "messages": [{"role": "user", "content": "Hello"}],
        "tools": [{"type": "custom", "custom": {"name": "x"}}], "tool_choice": "required",
    });
    let choice = answered("openai", Endpoint::Chat, &body)["choices"][0].clone();
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!((&choice["finish_reason"], &call["type"]), (&json!("tool_calls"), &json!("custom")));
    assert!(call["custom"]["input"].is_string() && call.get("function").is_none(), "{call}");
}

#[test]
fn claude_searches_the_web_and_cites_what_it_found() {
    let tool = json!({"type": "web_search_20250305", "name": "web_search"});
    let ask = |question: &str, choice: Value| {
        let body = json!({
            "model": "claude-haiku-4-5", "max_tokens": 500, "tools": [tool], "tool_choice": choice,
            "messages": [{"role": "user", "content": question}],
        });
        answered("anthropic", Endpoint::Messages, &body)
    };
    for (question, choice) in [
        ("What is the latest news?", Value::Null),
        ("Hello", json!({"type": "any"})),
        ("Hello", json!({"type": "tool", "name": "web_search"})),
    ] {
        let message = ask(question, choice);
        let content = message["content"].as_array().unwrap();
        let kinds = content.iter().map(|block| block["type"].as_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(kinds, ["server_tool_use", "web_search_tool_result", "text"]);
        assert_eq!(content[0]["id"], content[1]["tool_use_id"]);
        assert_eq!(content[2]["citations"][0]["url"], content[1]["content"][0]["url"]);
        assert!(!content[2]["text"].as_str().unwrap().contains("]("), "{message}");
        assert_eq!(
            (&message["stop_reason"], &message["usage"]["server_tool_use"]["web_search_requests"]),
            (&json!("end_turn"), &json!(1))
        );
    }
    assert_eq!(ask("Hello", Value::Null)["content"].as_array().unwrap().len(), 1);
}
