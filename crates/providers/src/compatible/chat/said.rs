//! A neutral answer as a chat completion.

use super::{ID, usage};
use crate::compatible::chunks::object_of;
use crate::compatible::{asked_for, choices_asked, likelihoods};
use serde_json::{Map, Value, json};
use standin_core::dialect::{Alphabet, Asked, CREATED, Ids, Said, ToolCall, Unsayable};

pub(in crate::compatible) fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    sayable(said, asked)?;
    let mut ids = asked.ids();
    let id = ids.next(ID, Alphabet::Base62, 29);
    let each = |index: usize| index.checked_sub(1).and_then(|at| said.others.get(at)).unwrap_or(said);
    let choices = (0..choices_asked(asked)).map(|index| choice(index, each(index), asked, &mut ids));
    let mut object = object_of([
        ("id", id.into()),
        ("object", "chat.completion".into()),
        ("created", CREATED.into()),
        ("model", asked_for(said, asked).into()),
        ("choices", choices.collect()),
    ]);
    let counted = || {
        let mut usage = usage::of(&object, asked);
        let unseen = (0..choices_asked(asked)).filter_map(|index| each(index).unseen_tokens).sum::<u64>();
        usage.reasoning_tokens += unseen;
        usage.output_tokens += unseen;
        usage
    };
    let usage = usage::written(&said.usage.unwrap_or_else(counted));
    object.extend(object_of([
        ("usage", usage),
        ("service_tier", "default".into()),
        ("system_fingerprint", Value::Null),
    ]));
    Ok(object.into())
}

fn choice(index: usize, said: &Said, asked: &Asked<'_>, ids: &mut Ids) -> Value {
    let called = if calls_function(said, asked) { "function_call" } else { "tool_calls" };
    let usual = if said.tool_calls.is_empty() { "stop" } else { called };
    let finish = said.finish_reason.as_deref().unwrap_or(usual);
    let message = message(said, asked, ids);
    let logprobs = (asked.body["logprobs"] == true).then(|| {
        let entries = |text: &Value| {
            let alternatives = likelihoods::alternatives(&asked.body["top_logprobs"]);
            text.as_str().map(|text| likelihoods::entries(text, alternatives))
        };
        json!({"content": entries(&message["content"]), "refusal": entries(&message["refusal"])})
    });
    json!({"index": index, "message": message, "logprobs": logprobs, "finish_reason": finish})
}

/// Whether the client is one of those that declare functions instead of tools, and look for one call of them.
fn calls_function(said: &Said, asked: &Asked<'_>) -> bool {
    let declares = |field: &str| asked.body[field].as_array().is_some_and(|list| !list.is_empty());
    !said.tool_calls.is_empty() && declares("functions") && !declares("tools")
}

fn sayable(said: &Said, asked: &Asked<'_>) -> Result<(), Unsayable> {
    let words = said.text.is_some()
        || said.reasoning.is_some()
        || said.refusal.is_some()
        || said.audio.is_some()
        || !said.tool_calls.is_empty();
    let what = match said {
        _ if words => return Ok(()),
        Said { embedding: Some(_), .. } | Said { embeddings: Some(_), .. } => "an embedding",
        Said { flagged: Some(_), .. } => "what a moderation flags",
        Said { images: Some(_), .. } => "images",
        _ => return Ok(()),
    };
    Err(Unsayable { endpoint: asked.endpoint.name(), what })
}

fn message(said: &Said, asked: &Asked<'_>, ids: &mut Ids) -> Map<String, Value> {
    let elsewhere = said.refusal.is_some() || said.audio.is_some() || !said.tool_calls.is_empty();
    let content = match &said.text {
        // What is heard is in the transcript.
        Some(_) if said.audio.is_some() => Value::Null,
        Some(text) => text.as_str().into(),
        None if elsewhere => Value::Null,
        None => "".into(),
    };
    let mut message = object_of([("role", "assistant".into()), ("content", content)]);
    if let Some(reasoning) = &said.reasoning {
        message.insert("reasoning_content".to_owned(), reasoning.as_str().into());
    }
    match said.tool_calls.first() {
        Some(call) if calls_function(said, asked) => {
            let call = json!({"name": call.name, "arguments": call.arguments_text()});
            message.insert("function_call".to_owned(), call);
        }
        Some(_) => {
            let calls = said.tool_calls.iter().map(|call| tool_call(call, asked, ids));
            message.insert("tool_calls".to_owned(), calls.collect());
        }
        None => {}
    }
    message.extend(object_of([("refusal", said.refusal.clone().into()), ("annotations", json!([]))]));
    if let Some(data) = &said.audio {
        let audio = json!({
            "id": ids.next("audio_", Alphabet::Hex, 24),
            "data": data,
            "expires_at": CREATED + 3600,
            "transcript": said.text.as_deref().unwrap_or_default(),
        });
        message.insert("audio".to_owned(), audio);
    }
    message
}

/// A call, of the kind that the tool was declared as.
fn tool_call(call: &ToolCall, asked: &Asked<'_>, ids: &mut Ids) -> Value {
    let id = call.id.clone().unwrap_or_else(|| ids.next("call_", Alphabet::Base62, 24));
    let tools = asked.body["tools"].as_array().map(Vec::as_slice).unwrap_or_default();
    if tools.iter().any(|tool| tool["custom"]["name"] == call.name) {
        let custom = json!({"name": call.name, "input": call.input_text()});
        return json!({"id": id, "type": "custom", "custom": custom});
    }
    let function = json!({"name": call.name, "arguments": call.arguments_text()});
    json!({"id": id, "type": "function", "function": function})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compatible::chat::asked;
    use standin_core::dialect::Usage;

    #[test]
    fn a_neutral_answer_has_the_vendors_shape() {
        let body = json!({"model": "gpt-4o", "n": 2, "messages": []});
        let usage = Usage { input_tokens: 5, output_tokens: 2, cached_tokens: 1, reasoning_tokens: 0 };
        let said = Said { text: Some("Hi".to_owned()), usage: Some(usage), ..Said::default() };
        let mut object = compose(&said, &asked(&body)).unwrap();
        assert!(object["id"].take().as_str().unwrap().starts_with("chatcmpl-"));
        let choice = |index: usize| {
            json!({
                "index": index,
                "message": {"role": "assistant", "content": "Hi", "refusal": null, "annotations": []},
                "logprobs": null,
                "finish_reason": "stop",
            })
        };
        let expected = json!({
            "id": null, "object": "chat.completion", "created": 1_750_000_000, "model": "gpt-4o",
            "choices": [choice(0), choice(1)],
            "usage": {
                "prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7,
                "prompt_tokens_details": {"cached_tokens": 1, "audio_tokens": 0},
                "completion_tokens_details": {
                    "reasoning_tokens": 0, "audio_tokens": 0,
                    "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
                },
            },
            "service_tier": "default", "system_fingerprint": null,
        });
        assert_eq!(object.to_string(), expected.to_string());
    }

    #[test]
    fn choices_likelihoods_and_thoughts_are_counted() {
        let body = json!({"model": "o3", "n": 3, "logprobs": true, "top_logprobs": 2, "messages": []});
        let of =
            |text: &str| Said { text: Some(text.to_owned()), unseen_tokens: Some(64), ..Said::default() };
        let said = Said { others: vec![of("Hello there!")], ..of("Hi") };
        let object = compose(&said, &asked(&body)).unwrap();
        let content = |at: usize| &object["choices"][at]["message"]["content"];
        assert_eq!(
            (content(0), content(1), content(2)),
            (&json!("Hi"), &json!("Hello there!"), &json!("Hi"))
        );
        assert_eq!(object["usage"]["completion_tokens"], 64 * 3 + 1 + 3 + 1);
        assert_eq!(object["usage"]["completion_tokens_details"]["reasoning_tokens"], 64 * 3);
        let logprobs = &object["choices"][1]["logprobs"];
        assert_eq!(logprobs["refusal"], Value::Null);
        let tokens =
            logprobs["content"].as_array().unwrap().iter().map(|entry| entry["token"].as_str().unwrap());
        assert_eq!(tokens.collect::<Vec<_>>(), ["Hello", " there", "!"]);
        assert_eq!(logprobs["content"][0]["top_logprobs"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_neutral_call_of_a_tool() {
        let body = json!({"model": "gpt-4o"});
        let call = ToolCall { id: None, name: "weather".to_owned(), arguments: json!({"city": "Paris"}) };
        let said = Said { reasoning: Some("Hm".to_owned()), tool_calls: vec![call], ..Said::default() };
        let object = compose(&said, &asked(&body)).unwrap();
        let choice = &object["choices"][0];
        assert_eq!(choice["finish_reason"], "tool_calls");
        assert_eq!(choice["message"]["content"], Value::Null);
        assert_eq!(choice["message"]["reasoning_content"], "Hm");
        let call = &choice["message"]["tool_calls"][0];
        assert_eq!(call["function"], json!({"name": "weather", "arguments": "{\"city\":\"Paris\"}"}));
        assert_eq!(call["id"].as_str().map(str::len), Some(29));
        assert_eq!(object["usage"]["completion_tokens_details"]["reasoning_tokens"], 1);
        let body = json!({"functions": [{"name": "weather"}]});
        let choice = compose(&said, &asked(&body)).unwrap()["choices"][0].clone();
        assert_eq!(choice["finish_reason"], "function_call");
        assert_eq!(
            choice["message"]["function_call"],
            json!({"name": "weather", "arguments": "{\"city\":\"Paris\"}"})
        );
        let body = json!({"tools": [{"type": "custom", "custom": {"name": "weather"}}]});
        let mut written = said.clone();
        written.tool_calls[0].arguments = json!({"input": "Paris"});
        let call =
            compose(&written, &asked(&body)).unwrap()["choices"][0]["message"]["tool_calls"][0].clone();
        assert_eq!(
            (&call["type"], &call["custom"]),
            (&json!("custom"), &json!({"name": "weather", "input": "Paris"}))
        );
        let vector = Said { embedding: Some(vec![0.5]), ..Said::default() };
        assert_eq!(compose(&vector, &asked(&body)).unwrap_err().to_string(), "chat cannot say an embedding");
    }
}
