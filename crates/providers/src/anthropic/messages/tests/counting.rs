use super::*;

fn counted(body: &Value) -> Option<Value> {
    computed(&asked(Endpoint::CountTokens, body))
}

#[test]
fn tokens_are_counted_where_that_is_asked() {
    assert_eq!(counted(&request(false)), Some(json!({"input_tokens": 9})));
    assert_eq!(computed(&asked(Endpoint::Messages, &request(false))), None);
    assert_eq!(counted(&json!(null)), Some(json!({"input_tokens": 3})));
}

#[test]
fn all_that_is_sent_counts() {
    let plain = json!({"messages": [{"role": "user", "content": "Hello!"}]});
    let tokens = |body: &Value| counted(body).unwrap()["input_tokens"].as_u64().unwrap();
    for more in [
        json!({"system": "Be brief.", "messages": plain["messages"]}),
        json!({"tools": [{"name": "weather", "input_schema": {}}], "messages": plain["messages"]}),
        json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "Hello!"}, {"type": "image", "source": {"type": "url"}}]}]}),
        json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "Hello!"}, {"type": "document", "source": {"type": "text", "data": "More."}}]}]}),
        json!({"messages": [{"role": "user", "content": [{"type": "text", "text": "Hello!"}, {"type": "tool_result", "content": [{"type": "text", "text": "More."}]}]}]}),
        json!({"messages": [{"role": "user", "content": "Hello!"}, {"role": "assistant", "content": [{"type": "tool_use", "name": "n", "input": {}}]}]}),
    ] {
        assert!(tokens(&more) > tokens(&plain), "{more}");
    }
}
