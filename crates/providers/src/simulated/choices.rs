//! Several choices, prompts and drafts, and how likely their tokens were.

use super::{answered, sent};
use proptest::prelude::*;
use serde_json::{Value, json};
use standin_core::dialect::Endpoint;
use standin_core::tokens::count;
use std::collections::BTreeSet;

fn texts(object: &Value, at: &str) -> Vec<String> {
    let choices = object["choices"].as_array().unwrap();
    choices.iter().map(|choice| choice.pointer(at).and_then(Value::as_str).unwrap().to_owned()).collect()
}

#[test]
fn each_choice_says_something_else_and_all_are_counted() {
    let body =
        json!({"model": "gpt-4o", "n": 4, "messages": [{"role": "user", "content": "Tell me of otters"}]});
    let object = answered("openai", Endpoint::Chat, &body);
    let texts = texts(&object, "/message/content");
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), 4);
    let usage = &object["usage"];
    let completion = texts.iter().map(|text| count(text)).sum::<usize>() as u64;
    // Four words, four tokens around a message and three around all.
    let prompt = (count("Tell me of otters") + 4 + 3) as u64;
    assert_eq!(
        (&usage["completion_tokens"], &usage["prompt_tokens"], &usage["total_tokens"]),
        (&json!(completion), &json!(prompt), &json!(prompt + completion))
    );
}

#[test]
fn structures_and_calls_differ_by_choice_too() {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer", "minimum": 0, "maximum": 99999}}, "required": ["n"]});
    let mut body = json!({"model": "gpt-4o", "n": 3, "messages": [{"role": "user", "content": "How many?"}]});
    body["response_format"] = json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema}});
    let texts_of = texts(&answered("openai", Endpoint::Chat, &body), "/message/content");
    assert_eq!(texts_of.iter().collect::<BTreeSet<_>>().len(), 3, "{texts_of:?}");
    body["response_format"] = Value::Null;
    body["tools"] = json!([{"type": "function", "function": {"name": "count", "parameters": schema}}]);
    body["tool_choice"] = json!("required");
    let calls = texts(&answered("openai", Endpoint::Chat, &body), "/message/tool_calls/0/function/arguments");
    assert_eq!(calls.iter().collect::<BTreeSet<_>>().len(), 3, "{calls:?}");
}

#[test]
fn each_prompt_has_its_completions() {
    let body = json!({
        "model": "babbage-002", "prompt": ["Otters are", "Rivers are"], "n": 2, "best_of": 3, "echo": true,
        "max_tokens": 20, "logprobs": 2, "temperature": 1,
    });
    let object = answered("openai", Endpoint::Completions, &body);
    let texts = texts(&object, "/text");
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), 4, "{texts:?}");
    for (at, (text, choice)) in texts.iter().zip(object["choices"].as_array().unwrap()).enumerate() {
        assert!(text.starts_with(if at < 2 { "Otters are" } else { "Rivers are" }), "{text}");
        assert_eq!((&choice["index"], &choice["finish_reason"]), (&json!(at), &json!("length")));
        let logprobs = &choice["logprobs"];
        let tokens = logprobs["tokens"].as_array().unwrap().iter().map(|token| token.as_str().unwrap());
        assert_eq!(tokens.collect::<String>(), *text);
        assert_eq!((&logprobs["token_logprobs"][0], &logprobs["text_offset"][0]), (&Value::Null, &json!(0)));
    }
    // Two prompts, three drafts of each, twenty tokens in each draft.
    assert_eq!(object["usage"]["completion_tokens"], 120);
    assert_eq!(object["usage"]["prompt_tokens"], count("Otters are") + count("Rivers are"));
    let plain = json!({"model": "babbage-002", "prompt": "Otters are", "logprobs": 0});
    let object = answered("openai", Endpoint::Completions, &plain);
    assert_eq!(object["usage"]["completion_tokens"], 16);
    let logprobs = &object["choices"][0]["logprobs"];
    assert_eq!((&logprobs["text_offset"][0], &logprobs["top_logprobs"]), (&json!(10), &Value::Null));
}

#[test]
fn a_prompt_of_tokens_is_the_prompt_of_its_text() {
    // "tiktoken is great!" in the vocabulary of the models that take such a prompt.
    let body = json!({"model": "davinci-002", "prompt": [83, 1609, 5963, 374, 2294, 0], "max_tokens": 40, "echo": true});
    let object = answered("openai", Endpoint::Completions, &body);
    assert!(texts(&object, "/text")[0].starts_with("tiktoken is great!"), "{object}");
}

#[test]
fn an_embedding_of_tokens_is_that_of_their_text() {
    let embed = |input: Value| {
        let body = json!({"model": "text-embedding-3-small", "input": input, "dimensions": 64});
        answered("openai", Endpoint::Embeddings, &body)["data"][0]["embedding"].clone()
    };
    let text = embed(json!("tiktoken is great!"));
    assert_eq!(text, embed(json!([83, 1609, 5963, 374, 2294, 0])));
    assert_eq!(text, embed(json!([[83, 1609, 5963, 374, 2294, 0]])));
    assert_ne!(text, embed(json!([83, 1609])));
}

/// The entries of all chunks of a stream of chats, in order.
fn streamed_entries(stream: &[u8]) -> Vec<Value> {
    let stream = std::str::from_utf8(stream).unwrap();
    let chunks =
        stream.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|line| *line != "[DONE]");
    let entries = |chunk: &str| {
        let chunk: Value = serde_json::from_str(chunk).unwrap();
        let choice = &chunk["choices"][0];
        let entries = choice["logprobs"]["content"].as_array().cloned().unwrap_or_default();
        // Each entry is beside its own text.
        let tokens = entries.iter().map(|entry| entry["token"].as_str().unwrap()).collect::<String>();
        assert_eq!(tokens, choice["delta"]["content"].as_str().unwrap_or_default());
        entries
    };
    chunks.flat_map(entries).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn tokens_are_as_likely_whole_as_streamed(question in "[a-zA-Z ]{0,40}", most in 0u64..=20) {
        let mut body = json!({
            "model": "gpt-4o", "logprobs": true, "top_logprobs": most,
            "messages": [{"role": "user", "content": question}],
        });
        let object = answered("openai", Endpoint::Chat, &body);
        let choice = &object["choices"][0];
        let entries = choice["logprobs"]["content"].as_array().unwrap();
        let bytes = entries.iter().flat_map(|entry| entry["bytes"].as_array().unwrap());
        let bytes = bytes.map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()).collect::<Vec<_>>();
        prop_assert_eq!(String::from_utf8(bytes).unwrap(), choice["message"]["content"].as_str().unwrap());
        prop_assert_eq!(entries.len() as u64, object["usage"]["completion_tokens"].as_u64().unwrap());
        prop_assert!(entries.iter().all(|entry| entry["top_logprobs"].as_array().unwrap().len() as u64 == most));
        body["stream"] = json!(true);
        prop_assert_eq!(&streamed_entries(&sent("openai", Endpoint::Chat, &body)), entries);
    }
}

#[test]
fn responses_have_likelihoods_where_they_are_included() {
    let body = json!({
        "model": "gpt-4o", "input": "Otters", "include": ["message.output_text.logprobs"], "top_logprobs": 3,
    });
    let object = answered("openai", Endpoint::Responses, &body);
    let part = &object["output"][0]["content"][0];
    let tokens = part["logprobs"].as_array().unwrap().iter().map(|entry| entry["token"].as_str().unwrap());
    assert_eq!(tokens.collect::<String>(), part["text"].as_str().unwrap());
    assert_eq!(part["logprobs"][0]["top_logprobs"].as_array().unwrap().len(), 3);
}
