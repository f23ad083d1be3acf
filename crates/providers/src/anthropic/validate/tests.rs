use super::validate;
use serde_json::{Value, json};
use standin_core::Headers;
use standin_core::dialect::{Endpoint, Failure};

fn judged(body: &Value) -> Result<(), Failure> {
    validate(Endpoint::Messages, &Headers::default(), body)
}

/// A good request with some members changed; null takes one away.
fn asked(changes: Value) -> Value {
    let messages = json!([{"role": "user", "content": "Hello"}]);
    let mut body = json!({"model": "claude-haiku-4-5", "max_tokens": 100, "messages": messages});
    if let (Value::Object(members), Value::Object(changes)) = (&mut body, changes) {
        members.extend(changes);
        members.retain(|_, value| !value.is_null());
    }
    body
}

#[track_caller]
fn refuses(body: &Value, message: &str) {
    assert_eq!(judged(body), Err(Failure::of(400).saying(message)), "{body}");
}

#[test]
fn members_are_what_they_have_to_be() {
    for (changes, message) in [
        (json!({"model": null}), "model: Field required"),
        (json!({"model": ""}), "model: String should have at least 1 character"),
        (json!({"max_tokens": null}), "max_tokens: Field required"),
        (json!({"messages": null}), "messages: Field required"),
        (json!({"messages": []}), "messages: at least one message is required"),
        (json!({"messages": "hello"}), "messages: Input should be a valid list"),
        (json!({"max_tokens": "many"}), "max_tokens: Input should be a valid integer"),
        (json!({"max_tokens": -1}), "max_tokens: Input should be greater than or equal to 0"),
        (json!({"temperature": 1.5}), "temperature: Input should be less than or equal to 1"),
        (json!({"stop_sequences": "x"}), "stop_sequences: Input should be a valid list"),
        (json!({"stop_sequences": [1]}), "stop_sequences.0: Input should be a valid string"),
        (
            json!({"stop_sequences": [" \n"]}),
            "stop_sequences: each stop sequence must contain non-whitespace",
        ),
        (json!({"system": 5}), "system: Input should be a valid string or list"),
        (
            json!({"messages": [{"role": "bot", "content": "x"}]}),
            "messages.0.role: Input should be 'user', 'assistant' or 'system'",
        ),
        (json!({"messages": [{"role": "user"}]}), "messages.0.content: Field required"),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "text"}]}]}),
            "messages.0.content.0.text: Field required",
        ),
        (
            json!({"thinking": {"type": "enabled", "budget_tokens": 1000}}),
            "thinking.budget_tokens: Input should be greater than or equal to 1024",
        ),
        (json!({"tools": [{"name": "f"}]}), "tools.0.input_schema: Field required"),
        (
            json!({"tools": [{"name": "f", "input_schema": {"type": "array"}}]}),
            "tools.0.input_schema.type: Input should be 'object'",
        ),
        (
            json!({"tools": [{"name": "a b", "input_schema": {"type": "object"}}]}),
            "tools.0.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'",
        ),
    ] {
        refuses(&asked(changes), message);
    }
    assert_eq!(judged(&asked(json!({"max_tokens": 0}))), Ok(()), "a prompt may be read for later");
    let counted = json!({"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "x"}]});
    assert_eq!(validate(Endpoint::CountTokens, &Headers::default(), &counted), Ok(()));
}

#[test]
fn a_model_is_known_by_its_family() {
    for name in ["claude-unknown", "claude-", "claude", "gpt-4o", "claude-3-wrong"] {
        let expected = Failure::of(404).saying(format!("model: {name}"));
        assert_eq!(judged(&asked(json!({"model": name}))), Err(expected));
    }
    for name in ["claude-mythos-5-2", "claude-3-7-sonnet-latest", "claude-of-next-year"] {
        assert_eq!(judged(&asked(json!({"model": name}))), Ok(()), "{name}");
    }
}

#[test]
fn messages_say_something_and_begin_with_the_user() {
    let said = |messages: Value| asked(json!({"messages": messages}));
    let (user, assistant) =
        (json!({"role": "user", "content": "x"}), json!({"role": "assistant", "content": "y"}));
    for messages in [
        json!([user, user, assistant, assistant, user]),
        json!([{"role": "system", "content": "s"}, user]),
        json!([user, {"role": "assistant", "content": ""}]),
        json!([user, assistant]),
        json!([user, {"role": "assistant", "content": [{"type": "a_block_of_next_year"}]}, user]),
    ] {
        assert_eq!(judged(&said(messages.clone())), Ok(()), "{messages}");
    }
    refuses(&said(json!([assistant, user])), "messages.0: the first message must use the \"user\" role");
    let empty = "messages.1: all messages must have non-empty content except for the optional final assistant message";
    refuses(&said(json!([user, {"role": "assistant", "content": []}, user])), empty);
    let blank = "messages.0: text content blocks must be non-empty";
    refuses(&said(json!([{"role": "user", "content": [{"type": "text", "text": ""}]}])), blank);
    let trailing = "messages: final assistant content cannot end with trailing whitespace";
    refuses(&said(json!([user, {"role": "assistant", "content": "It is "}])), trailing);
}

#[test]
fn results_follow_calls() {
    let user = json!({"role": "user", "content": "x"});
    let calls = |ids: &[&str]| {
        let blocks = ids.iter().map(|id| json!({"type": "tool_use", "id": id, "name": "f", "input": {}}));
        json!({"role": "assistant", "content": blocks.collect::<Vec<_>>()})
    };
    let results = |ids: &[&str]| {
        let blocks =
            ids.iter().map(|id| json!({"type": "tool_result", "tool_use_id": id, "content": "done"}));
        json!({"role": "user", "content": blocks.collect::<Vec<_>>()})
    };
    let said = |messages: &[&Value]| asked(json!({"messages": messages}));
    let (both, a, b) = (calls(&["a", "b"]), results(&["a"]), results(&["b"]));
    for messages in
        [vec![&user, &both, &results(&["b", "a"])], vec![&user, &both, &a, &b], vec![&user, &both]]
    {
        assert_eq!(judged(&said(&messages)), Ok(()));
    }
    for (messages, at, word) in [
        (vec![&user, &both, &a], 1, "immediately after: b"),
        (vec![&user, &both, &a, &both, &a, &b], 1, "immediately after: b"),
        (vec![&user, &both, &user], 1, "immediately after: a, b"),
        (vec![&user, &a], 1, "unexpected `tool_use_id`"),
        (vec![&user, &both, &a, &b, &calls(&["c"]), &results(&["a", "c"])], 5, "blocks: a"),
    ] {
        let message = judged(&said(&messages)).unwrap_err().message.unwrap();
        assert!(message.starts_with(&format!("messages.{at}: ")) && message.contains(word), "{message}");
    }
}

#[test]
fn tools_and_thinking_go_together_in_few_ways() {
    let tool = |name: &str| json!({"name": name, "input_schema": {"type": "object"}});
    let thinking = json!({"type": "enabled", "budget_tokens": 1024});
    for (changes, message) in [
        (json!({"tools": [tool("f"), tool("f")]}), "tools: Tool names must be unique."),
        (
            json!({"tools": [tool("f")], "tool_choice": {"type": "tool", "name": "g"}}),
            "Tool 'g' not found in provided tools",
        ),
        (
            json!({"tool_choice": {"type": "auto"}}),
            "tool_choice: may only be specified while providing tools",
        ),
        (
            json!({"tools": [tool("f")], "tool_choice": {"type": "force"}}),
            "tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'",
        ),
        (json!({"thinking": thinking}), "`max_tokens` must be greater than `thinking.budget_tokens`."),
        (
            json!({"thinking": thinking, "max_tokens": 1024}),
            "`max_tokens` must be greater than `thinking.budget_tokens`.",
        ),
        (
            json!({"thinking": thinking, "max_tokens": 2000, "temperature": 0.5}),
            "`temperature` may only be set to 1 when thinking is enabled.",
        ),
        (
            json!({"thinking": thinking, "max_tokens": 2000, "tools": [tool("f")], "tool_choice": {"type": "any"}}),
            "Thinking may not be enabled when tool_choice forces tool use.",
        ),
    ] {
        refuses(&asked(changes), message);
    }
    for changes in [
        json!({"thinking": thinking, "max_tokens": 1025}),
        json!({"thinking": {"type": "adaptive"}}),
        json!({"tools": [tool("f"), {"type": "web_search_20250305", "name": "web_search"}]}),
        json!({"tools": [tool("f")], "tool_choice": {"type": "tool", "name": "f"}}),
    ] {
        assert_eq!(judged(&asked(changes.clone())), Ok(()), "{changes}");
    }
    let interleaved = Headers::from_iter([("anthropic-beta", "interleaved-thinking-2025-05-14")]);
    let beyond = asked(json!({"thinking": thinking}));
    assert_eq!(validate(Endpoint::Messages, &interleaved, &beyond), Ok(()));
}
