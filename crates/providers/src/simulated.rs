//! Simulated answers through the dialects: something is said to every request, in the vendor's shape.

mod choices;
mod hosted;
mod media;
mod thoughts;

use crate::all;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};
use standin_core::dialect::{Dialect, Endpoint, Options};
use standin_core::simulate::simulate;

fn dialect(name: &str) -> &'static dyn Dialect {
    all().find(|provider| provider.name() == name).and_then(standin_core::Provider::dialect).unwrap()
}

fn answered(provider: &str, endpoint: Endpoint, body: &Value) -> Value {
    object_and_bytes(provider, endpoint, body).0
}

/// What is sent where the answer is asked for so.
fn sent(provider: &str, endpoint: Endpoint, body: &Value) -> Bytes {
    object_and_bytes(provider, endpoint, body).1
}

fn object_and_bytes(provider: &str, endpoint: Endpoint, body: &Value) -> (Value, Bytes) {
    let dialect = dialect(provider);
    let asked = dialect.asked(endpoint, "/openai/deployments/d/x", body);
    let said = simulate(&asked, &dialect.wanted(&asked));
    assert_eq!(said, simulate(&asked, &dialect.wanted(&asked)));
    let object = dialect.compose(&said, &asked).unwrap();
    let rendered = dialect.render(object.clone(), &asked, &Options::default());
    let bytes = rendered.bytes();
    assert!(!bytes.is_empty());
    (object, bytes)
}

#[test]
fn the_order_of_members_means_nothing() {
    let one: Value =
        serde_json::from_str(r#"{"model":"m","messages":[{"role":"user","content":"hello"}],"seed":1}"#)
            .unwrap();
    let other: Value =
        serde_json::from_str(r#"{"seed":1.0,"messages":[{"content":"hello","role":"user"}],"model":"m"}"#)
            .unwrap();
    let third = json!({"model": "m", "messages": [{"role": "user", "content": "hello"}], "seed": 2});
    for (provider, endpoint) in [("openai", Endpoint::Chat), ("anthropic", Endpoint::Messages)] {
        let said = answered(provider, endpoint, &one);
        assert_eq!(said, answered(provider, endpoint, &other), "{provider}");
        assert_ne!(said, answered(provider, endpoint, &third), "{provider}");
    }
}

#[test]
fn every_endpoint_answers() {
    for provider in all() {
        let Some(dialect) = provider.dialect() else { continue };
        for endpoint in dialect.endpoints() {
            for body in [
                json!({"model": "m", "input": "hello", "prompt": "hello", "messages": [{"role": "user", "content": "hello"}]}),
                json!({}),
            ] {
                let asked = dialect.asked(*endpoint, "/openai/deployments/d/x", &body);
                if dialect.computed(&asked).is_none() {
                    answered(provider.name(), *endpoint, &body);
                }
            }
        }
    }
}

#[test]
fn a_tool_is_called_until_its_result_is_there() {
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    let mut body = json!({
        "model": "gpt-4o", "messages": [{"role": "user", "content": "How is the weather in Paris?"}],
        "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": schema}}],
    });
    let call = answered("openai", Endpoint::Chat, &body)["choices"][0].clone();
    assert_eq!(call["finish_reason"], "tool_calls");
    let function = &call["message"]["tool_calls"][0]["function"];
    assert_eq!(*function, json!({"name": "get_weather", "arguments": "{\"city\":\"Paris\"}"}));
    let result = json!({"role": "tool", "tool_call_id": "call_1", "content": "sunny, 21 degrees"});
    body["messages"].as_array_mut().unwrap().extend([call["message"].clone(), result]);
    let said = answered("openai", Endpoint::Chat, &body)["choices"][0].clone();
    assert_eq!(said["finish_reason"], "stop");
    assert!(said["message"]["content"].as_str().unwrap().contains("sunny, 21 degrees"));

    let mut body = json!({
        "model": "claude", "max_tokens": 500, "messages": [{"role": "user", "content": "How is the weather in Paris?"}],
        "tools": [{"name": "get_weather", "input_schema": schema}],
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    });
    let message = answered("anthropic", Endpoint::Messages, &body);
    assert_eq!(
        (&message["stop_reason"], &message["content"][0]["type"]),
        (&json!("tool_use"), &json!("thinking"))
    );
    assert_eq!(message["content"][1]["input"], json!({"city": "Paris"}));
    let result = json!({"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "sunny"}]});
    let turns = [
        json!({"role": "assistant", "content": message["content"]}),
        json!({"role": "user", "content": [result]}),
    ];
    body["messages"].as_array_mut().unwrap().extend(turns);
    let message = answered("anthropic", Endpoint::Messages, &body);
    assert_eq!(message["stop_reason"], "end_turn");
    assert!(message["content"][1]["text"].as_str().unwrap().contains("sunny"));
}

#[test]
fn each_input_has_its_own_embedding() {
    let body =
        json!({"model": "text-embedding-3-small", "input": ["a cat", "a dog", "a cat"], "dimensions": 16});
    let object = answered("openai", Endpoint::Embeddings, &body);
    let vector = |at: usize| &object["data"][at]["embedding"];
    assert_eq!(vector(0).as_array().unwrap().len(), 16);
    assert_eq!(vector(0), vector(2));
    assert_ne!(vector(0), vector(1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_answer_is_longer_than_it_may_be(
        question in "[a-zA-Z ]{0,40}", most in 7u64..60, model in prop::sample::select(vec!["gpt-4o", "gpt-5", "o3"])
    ) {
        let body = json!({
            "model": model, "max_tokens": most, "max_output_tokens": most, "input": question,
            "messages": [{"role": "user", "content": question}],
        });
        let used = |provider, endpoint, tokens: &str| {
            answered(provider, endpoint, &body)["usage"][tokens].as_u64().unwrap()
        };
        prop_assert!(used("openai", Endpoint::Chat, "completion_tokens") <= most);
        prop_assert!(used("openai", Endpoint::Responses, "output_tokens") <= most);
        prop_assert!(used("anthropic", Endpoint::Messages, "output_tokens") <= most);
    }
}

#[test]
fn the_sequence_that_stopped_a_message_is_named() {
    let body = json!({
        "model": "claude", "max_tokens": 500, "messages": [{"role": "user", "content": "Explain tides"}],
        "stop_sequences": ["never said", " "],
    });
    let message = answered("anthropic", Endpoint::Messages, &body);
    assert_eq!((&message["stop_reason"], &message["stop_sequence"]), (&json!("stop_sequence"), &json!(" ")));
    assert!(!message["content"][0]["text"].as_str().unwrap().contains(' '));
}
