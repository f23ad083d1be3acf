use super::*;

fn read(body: &Value) -> Asked<'_> {
    asked(Endpoint::Messages, body)
}

#[test]
fn a_question_is_read() {
    let body = json!({
        "model": "claude-x",
        "system": "Be brief.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "What"}, {"type": "image", "source": {}}, {"type": "text", "text": "now?"}]}],
        "tools": [{"name": "weather", "input_schema": {}}, {"type": "web_search_20250305", "name": "web_search"}, {"type": "mcp_toolset", "mcp_server_name": "m"}],
        "stream": true,
    });
    let asked = read(&body);
    let last = asked.last.as_ref().unwrap();
    assert_eq!((last.role, last.text.as_ref(), last.tool_call_id), ("user", "What\nnow?", None));
    assert_eq!(last.value, &body["messages"][0]);
    assert_eq!(asked.model.as_deref(), Some("claude-x"));
    assert_eq!(asked.user.as_deref(), Some("What\nnow?"));
    assert_eq!(asked.system, "Be brief.");
    assert_eq!(asked.tools, ["weather", "web_search", "mcp_toolset"]);
    assert_eq!((asked.turns, asked.turns_since_user, asked.stream), (0, 0, true));
}

#[test]
fn a_result_of_a_tool_is_not_the_users() {
    let call = |id: &str| json!({"role": "assistant", "content": [{"type": "tool_use", "id": id, "name": "n", "input": {}}]});
    let result = |id: &str| json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": [{"type": "text", "text": "18 degrees"}]}]});
    let body = json!({"messages": [
        {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, {"role": "assistant", "content": "you"},
        {"role": "user", "content": "Weather?"}, call("toolu_1"), result("toolu_1"), call("toolu_2"),
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_2", "content": "dry"}, {"type": "tool_result", "tool_use_id": "toolu_3", "content": "windy"}]},
    ]});
    let asked = read(&body);
    let last = asked.last.as_ref().unwrap();
    assert_eq!((last.role, last.text.as_ref(), last.tool_call_id), ("user", "dry\nwindy", Some("toolu_3")));
    assert_eq!(asked.user.as_deref(), Some("Weather?"));
    assert_eq!((asked.turns, asked.turns_since_user), (3, 2));
}

#[test]
fn what_is_said_beside_a_result_is_the_users() {
    let body = json!({"messages": [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": []},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "18"}, {"type": "text", "text": "in Fahrenheit"}]},
    ]});
    let asked = read(&body);
    assert_eq!(asked.user.as_deref(), Some("in Fahrenheit"));
    assert_eq!(asked.last.unwrap().text, "18\nin Fahrenheit");
    assert_eq!((asked.turns, asked.turns_since_user), (1, 0));
}

#[test]
fn the_system_speaks_in_blocks_and_in_messages() {
    let body = json!({
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "Be kind."}],
        "messages": [{"role": "system", "content": [{"type": "text", "text": "Be"}, {"type": "text", "text": "quick."}]}, {"role": "user", "content": "Hi"}],
    });
    assert_eq!(read(&body).system, "Be brief.\n\nBe kind.\n\nBe\nquick.");
}

#[test]
fn nothing_is_too_odd_to_be_read() {
    for body in [
        json!(null),
        json!([1]),
        json!({"messages": "x", "system": 1, "tools": {}, "model": 2, "stream": "true"}),
        json!({"messages": [1, null, {"role": 1, "content": 2}], "tools": [1, {"name": 1}]}),
        json!({"messages": [{"role": "user", "content": [1, null, {"type": "tool_result"}]}]}),
    ] {
        let asked = read(&body);
        assert!(asked.user.is_none() && !asked.stream && asked.tools.is_empty(), "{body}");
    }
}
