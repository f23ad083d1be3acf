use super::*;
use crate::compatible::asked;
use standin_core::simulate::Hosted;

fn wanted_by(endpoint: Endpoint, body: &Value) -> Wanted {
    wanted(&asked(endpoint, body))
}

fn weather() -> Tool {
    Tool {
        name: "weather".to_owned(),
        description: "Of a city".to_owned(),
        schema: json!({"type": "object"}),
    }
}

#[test]
fn chat_and_responses_want_the_same_in_their_own_words() {
    let function = json!({"name": "weather", "description": "Of a city", "parameters": {"type": "object"}});
    let mut flat = function.clone();
    flat["type"] = "function".into();
    let expected = Wanted {
        tools: vec![weather(), Tool { name: "sql".to_owned(), ..Tool::default() }],
        choice: ToolChoice::Named("weather".to_owned()),
        parallel: false,
        most_tokens: Some(50),
        schema: Some(json!({"type": "string"})),
        reasoning: Reasoning::Hidden(Effort::Medium),
        choices: 1,
        ..Wanted::default()
    };
    let chat = json!({
        "model": "o3", "max_completion_tokens": 50, "max_tokens": 9, "stop": "END", "parallel_tool_calls": false,
        "tools": [{"type": "function", "function": function}, {"type": "custom", "custom": {"name": "sql"}}],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
        "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "string"}}},
    });
    assert_eq!(wanted_by(Endpoint::Chat, &chat), Wanted { stop: vec!["END".to_owned()], ..expected.clone() });
    let responses = json!({
        "model": "o3", "max_output_tokens": 50, "parallel_tool_calls": false,
        "tools": [flat, {"type": "custom", "name": "sql"}, {"type": "web_search"}],
        "tool_choice": {"type": "function", "name": "weather"},
        "text": {"format": {"type": "json_schema", "name": "x", "schema": {"type": "string"}}},
    });
    let hosted = vec![Hosted::WebSearch];
    assert_eq!(wanted_by(Endpoint::Responses, &responses), Wanted { choices: 0, hosted, ..expected });
    let mut told = responses;
    told["reasoning"] = json!({"summary": "auto", "effort": "high"});
    assert_eq!(wanted_by(Endpoint::Responses, &told).reasoning, Reasoning::Summarised(Effort::High));
}

#[test]
fn models_reason_that_do_or_are_told_to() {
    let reasons = |body: Value| wanted_by(Endpoint::Chat, &body).reasoning != Reasoning::None;
    for model in ["o1", "o4-mini", "gpt-5", "gpt-5.1-codex"] {
        assert!(reasons(json!({"model": model})), "{model}");
        assert!(!reasons(json!({"model": model, "reasoning_effort": "none"})), "{model}");
    }
    for model in ["gpt-4o", "omni", "gpt-5-chat-latest"] {
        assert!(!reasons(json!({"model": model})), "{model}");
    }
    assert!(reasons(json!({"model": "local", "reasoning_effort": "low"})));
    assert!(reasons(json!({"model": "local", "reasoning": {"effort": "high"}})));
}

#[test]
fn hosted_tools_are_declared_and_chosen_by_their_types() {
    let mcp = json!({"type": "mcp", "server_label": "wiki", "allowed_tools": ["ask_page"], "server_url": "https://x"});
    let of = |choice: Value| {
        let body = json!({"tools": [{"type": "web_search_preview"}, mcp], "tool_choice": choice});
        wanted_by(Endpoint::Responses, &body)
    };
    let server = Hosted::Mcp { server: "wiki".to_owned(), tool: "ask_page".to_owned() };
    assert_eq!(of(json!("auto")).hosted, [Hosted::WebSearch, server.clone()]);
    for (choice, chosen) in [
        (json!({"type": "web_search"}), Hosted::WebSearch),
        (json!({"type": "file_search"}), Hosted::FileSearch),
        (json!({"type": "mcp", "server_label": "wiki"}), server),
        (
            json!({"type": "mcp", "server_label": "wiki", "name": "other"}),
            Hosted::Mcp { server: "wiki".to_owned(), tool: "other".to_owned() },
        ),
    ] {
        assert_eq!(of(choice).choice, ToolChoice::Hosted(chosen));
    }
}

#[test]
fn a_custom_tool_with_a_pattern_is_asked_for_texts_of_it() {
    let format = json!({"type": "grammar", "syntax": "regex", "definition": "[a-c]+"});
    let chat =
        json!({"type": "custom", "custom": {"name": "x", "format": {"type": "grammar", "grammar": format}}});
    let responses = json!({"type": "custom", "name": "x", "format": format});
    for (endpoint, tool) in [(Endpoint::Chat, chat), (Endpoint::Responses, responses)] {
        let tools = wanted_by(endpoint, &json!({"tools": [tool]})).tools;
        assert_eq!(tools[0].schema["properties"]["input"]["pattern"], "^(?:[a-c]+)$");
    }
}

#[test]
fn other_endpoints_want_what_they_can() {
    let completions = wanted_by(Endpoint::Completions, &json!({"max_tokens": 7, "stop": ["a", "b"]}));
    assert_eq!((completions.most_tokens, completions.stop.len()), (Some(7), 2));
    assert_eq!(wanted_by(Endpoint::Completions, &json!({})).most_tokens, Some(16));
    let inputs = |input: Value| wanted_by(Endpoint::Embeddings, &json!({"input": input})).inputs.len();
    assert_eq!(
        (inputs(json!("a")), inputs(json!([1, 2])), inputs(json!([[1], [2]])), inputs(json!(["a", "b"]))),
        (1, 1, 2, 2)
    );
    assert_eq!(wanted_by(Endpoint::Embeddings, &json!({"dimensions": 8})).dimensions, Some(8));
    assert_eq!(
        wanted_by(Endpoint::Chat, &json!({"response_format": {"type": "json_object"}})).schema,
        Some(json!({}))
    );
    assert_eq!(
        wanted_by(Endpoint::Chat, &json!({"tools": 3, "stop": {}, "tool_choice": [1]})).choice,
        ToolChoice::Auto
    );
}
