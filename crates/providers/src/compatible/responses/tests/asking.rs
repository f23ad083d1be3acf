//! What requests are understood to ask.

use super::super::{asked, continues, input_tokens};
use serde_json::{Value, json};
use standin_core::dialect::{Asked, Endpoint};

fn of(body: &Value) -> Asked<'_> {
    asked(Endpoint::Responses, body)
}

#[test]
fn a_text_is_a_message_of_the_user() {
    let body = json!({"model": "gpt-x", "input": "Hi", "instructions": "Be brief.", "stream": true});
    let asked = of(&body);
    assert_eq!(asked.model.as_deref(), Some("gpt-x"));
    assert_eq!((asked.user.as_deref(), &*asked.system), (Some("Hi"), "Be brief."));
    let last = asked.last.unwrap();
    assert_eq!((last.role, &*last.text, last.value, last.tool_call_id), ("user", "Hi", &json!("Hi"), None));
    assert_eq!((asked.turns, asked.turns_since_user, asked.stream), (0, 0, true));
}

#[test]
fn a_tool_loop_is_counted_in_turns() {
    let body = json!({"instructions": "One.", "input": [
        {"role": "developer", "content": "Two."},
        {"role": "user", "content": [{"type": "input_text", "text": "Weather?"}, {"type": "input_image", "image_url": "x"}, {"type": "input_text", "text": "Please."}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
        {"type": "function_call", "call_id": "call_2", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "ten"},
        {"type": "function_call_output", "call_id": "call_2", "output": "nine"},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Ten."}]},
        {"type": "item_reference", "id": "rs_2"},
        {"role": "user", "content": "And Rome?"},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        {"type": "custom_tool_call", "call_id": "call_3", "name": "g", "input": "x"},
        {"type": "custom_tool_call_output", "call_id": "call_3", "output": [{"type": "input_text", "text": "cold"}, {"type": "input_text", "text": "wet"}]},
    ]});
    let asked = of(&body);
    assert_eq!((asked.turns, asked.turns_since_user), (3, 1));
    assert_eq!(&*asked.system, "One.\n\nTwo.");
    assert_eq!(asked.user.as_deref(), Some("And Rome?"));
    let last = asked.last.unwrap();
    assert_eq!((last.role, &*last.text, last.tool_call_id), ("tool", "cold\nwet", Some("call_3")));

    let body = json!({"input": [body["input"][1]]});
    assert_eq!(of(&body).user.as_deref(), Some("Weather?\nPlease."));
}

#[test]
fn results_name_their_calls() {
    for (item, id) in [
        (
            json!({"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot"}}),
            Some("c"),
        ),
        (json!({"type": "local_shell_call_output", "id": "c", "output": "{}"}), Some("c")),
        (json!({"type": "mcp_approval_response", "approval_request_id": "c", "approve": true}), Some("c")),
        (json!({"type": "function_call", "call_id": "c", "name": "f"}), None),
        (json!({"role": "user", "id": "c", "content": "x"}), None),
    ] {
        let body = json!({"input": [item]});
        assert_eq!(of(&body).last.unwrap().tool_call_id, id, "{item}");
    }
}

#[test]
fn tools_are_known_by_name_and_hosted_ones_by_type() {
    let body = json!({"tools": [
        {"type": "function", "name": "f"}, {"type": "custom", "name": "g"}, {"type": "web_search"},
        {"type": "mcp", "server_label": "s"}, {"type": "namespace", "name": "n", "tools": [{"type": "function", "name": "h"}]}, {},
    ]});
    assert_eq!(of(&body).tools, ["f", "g", "web_search", "mcp", "n", "h"]);
}

#[test]
fn nothing_is_asked_where_nothing_can_be_read() {
    for body in [
        json!({}),
        json!(null),
        json!({"input": [], "tools": 3, "instructions": 7, "model": 4}),
        json!({"input": {"a": 1}}),
    ] {
        let asked = of(&body);
        assert!(asked.last.is_none() && asked.user.is_none() && asked.model.is_none());
        assert_eq!((&*asked.system, asked.tools.len(), asked.turns), ("", 0, 0));
    }
    let body = json!({"input": [null, 3, "x", {"role": "user"}, {"type": "message", "content": 4}]});
    assert_eq!(&*of(&body).last.unwrap().text, "");
}

#[test]
fn it_says_what_it_continues() {
    let body = json!({"previous_response_id": "resp_1"});
    assert_eq!(continues(&of(&body)), Some("resp_1"));
    assert_eq!(continues(&asked(Endpoint::Chat, &body)), None);
    assert_eq!(continues(&of(&json!({"previous_response_id": null}))), None);
}

#[test]
fn tokens_are_counted_as_the_vendor_counts() {
    let count = |body: &Value| input_tokens(&asked(Endpoint::ResponsesTokens, body));
    let counted = |tokens: usize| json!({"object": "response.input_tokens", "input_tokens": tokens});
    // Three tokens, four around the message and three, or two before reasoning.
    let hello = |model: &str| json!({"model": model, "input": "Hello there!"});
    assert_eq!(count(&hello("gpt-4o")), counted(3 + 4 + 3));
    assert_eq!(count(&hello("gpt-5-nano")), counted(3 + 4 + 2));
    assert_eq!(count(&hello("o3-mini")), counted(3 + 4 + 2));
    let list = json!({"model": "gpt-4o", "instructions": "Hello there!", "input": [{"role": "user", "content": [{"type": "input_text", "text": "Hello there!"}]}]});
    assert_eq!(count(&list), counted(2 * (3 + 4) + 3));
    let tool = json!({"type": "function", "name": "f"});
    let tokens = standin_core::tokens::count(&tool.to_string());
    assert_eq!(count(&json!({"model": "gpt-4o", "tools": [tool]})), counted(tokens + 8 + 3));
}
