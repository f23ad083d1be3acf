//! Thoughts: those that are told, and those that are only counted.

use super::{answered, dialect};
use serde_json::{Value, json};
use standin_core::dialect::{Asked, Endpoint};

fn chat(model: &str, effort: Option<&str>, most: Option<u64>) -> Value {
    let messages = json!([{"role": "user", "content": "Tell me of otters"}]);
    let mut body = json!({"model": model, "messages": messages});
    if let Some(effort) = effort {
        body["reasoning_effort"] = json!(effort);
    }
    if let Some(most) = most {
        body["max_completion_tokens"] = json!(most);
    }
    answered("openai", Endpoint::Chat, &body)
}

fn thought(object: &Value) -> u64 {
    object["usage"]["completion_tokens_details"]["reasoning_tokens"].as_u64().unwrap()
}

#[test]
fn hidden_thoughts_grow_with_effort_and_are_counted() {
    let efforts = ["low", "medium", "high", "xhigh"].map(|effort| thought(&chat("o3", Some(effort), None)));
    assert!(efforts.is_sorted_by(|one, next| one < next) && efforts[0] > 0, "{efforts:?}");
    for (model, effort) in [("gpt-4o", None), ("gpt-5", Some("minimal")), ("gpt-5", Some("none"))] {
        assert_eq!(thought(&chat(model, effort, None)), 0, "{model} {effort:?}");
    }
    let object = chat("gpt-5", None, None);
    let usage = &object["usage"];
    assert!(thought(&object) > 0 && usage["completion_tokens"].as_u64().unwrap() > thought(&object));
    assert_eq!(
        usage["total_tokens"].as_u64().unwrap(),
        usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap()
    );
    assert_eq!(object["choices"][0]["message"].get("reasoning_content"), None);
}

#[test]
fn thoughts_may_use_up_all_that_an_answer_may_have() {
    let object = chat("o3", Some("high"), Some(100));
    let choice = &object["choices"][0];
    assert_eq!((&choice["finish_reason"], &choice["message"]["content"]), (&json!("length"), &json!("")));
    assert_eq!((thought(&object), &object["usage"]["completion_tokens"]), (100, &json!(100)));
    let body =
        json!({"model": "o3", "input": "Otters", "reasoning": {"effort": "high"}, "max_output_tokens": 100});
    let object = answered("openai", Endpoint::Responses, &body);
    assert_eq!(
        (&object["status"], &object["incomplete_details"]["reason"]),
        (&json!("incomplete"), &json!("max_output_tokens"))
    );
    let items = object["output"].as_array().unwrap();
    assert!(items.len() == 1 && items[0]["type"] == "reasoning", "{items:?}");
    assert_eq!(object["usage"]["output_tokens"], 100);
}

#[test]
fn responses_tell_of_thoughts_what_is_asked_for() {
    let of = |reasoning: Value| {
        let body = json!({"model": "gpt-5", "input": "Otters", "reasoning": reasoning});
        let object = answered("openai", Endpoint::Responses, &body);
        assert_eq!(object["output"][1]["type"], "message");
        let counted = object["usage"]["output_tokens_details"]["reasoning_tokens"].as_u64().unwrap();
        assert!(counted > 0 && counted < object["usage"]["output_tokens"].as_u64().unwrap(), "{object}");
        object["output"][0]["summary"].clone()
    };
    assert_eq!(of(Value::Null), json!([]));
    assert_eq!(of(json!({"effort": "low"})), json!([]));
    let told = of(json!({"effort": "low", "summary": "auto"}));
    assert!(told[0]["text"].as_str().unwrap().len() > 20, "{told}");
}

#[test]
fn claude_tells_its_thoughts_and_counts_as_it_says_it_does() {
    let mut body = json!({
        "model": "claude-sonnet-4-5", "max_tokens": 3000, "system": "Be brief.",
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Otters?"}]}],
        "tools": [{"name": "look", "description": "Looks.", "input_schema": {"type": "object"}}],
    });
    let message = answered("anthropic", Endpoint::Messages, &body);
    let block = &message["content"][0];
    assert_eq!(block["type"], "thinking");
    assert!(block["signature"].as_str().is_some_and(|signature| signature.len() > 100));
    assert!(message["usage"]["output_tokens_details"]["thinking_tokens"].as_u64().unwrap() > 5);
    let counted = |body: &Value| {
        let dialect = dialect("anthropic");
        let asked: Asked<'_> = dialect.asked(Endpoint::CountTokens, "", body);
        dialect.computed(&asked).unwrap()["input_tokens"].clone()
    };
    assert_eq!(counted(&body), message["usage"]["input_tokens"]);
    body["thinking"] = Value::Null;
    for choice in [json!({"type": "any"}), json!({"type": "tool", "name": "look"})] {
        body["tool_choice"] = choice;
        let message = answered("anthropic", Endpoint::Messages, &body);
        assert_eq!(
            (&message["stop_reason"], &message["content"][0]["name"]),
            (&json!("tool_use"), &json!("look"))
        );
        assert_eq!(counted(&body), message["usage"]["input_tokens"]);
    }
}
