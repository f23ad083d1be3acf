//! A neutral answer as a chat completion.

use super::{ID, usage};
use crate::compatible::chunks::object_of;
use crate::compatible::{asked_for, choices_asked};
use serde_json::{Map, Value, json};
use standin_core::dialect::{Alphabet, Asked, CREATED, Ids, Said, Unsayable};

pub(in crate::compatible) fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    sayable(said, asked)?;
    let mut ids = asked.ids();
    let id = ids.next(ID, Alphabet::Base62, 29);
    let finish = said.finish_reason.as_deref().unwrap_or(if said.tool_calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    });
    let choices = (0..choices_asked(asked)).map(|index| {
        let message = message(said, &mut ids);
        json!({"index": index, "message": message, "logprobs": null, "finish_reason": finish})
    });
    let mut object = object_of([
        ("id", id.into()),
        ("object", "chat.completion".into()),
        ("created", CREATED.into()),
        ("model", asked_for(said, asked).into()),
        ("choices", choices.collect()),
    ]);
    let usage = said.usage.as_ref().map_or_else(|| usage::counted(&object, asked), usage::written);
    object.extend(object_of([
        ("usage", usage),
        ("service_tier", "default".into()),
        ("system_fingerprint", Value::Null),
    ]));
    Ok(object.into())
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

fn message(said: &Said, ids: &mut Ids) -> Map<String, Value> {
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
    if !said.tool_calls.is_empty() {
        let calls = said.tool_calls.iter().map(|call| {
            let id = call.id.clone().unwrap_or_else(|| ids.next("call_", Alphabet::Base62, 24));
            json!({
                "id": id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments_text()},
            })
        });
        message.insert("tool_calls".to_owned(), calls.collect());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compatible::chat::asked;
    use standin_core::dialect::{ToolCall, Usage};

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
        let vector = Said { embedding: Some(vec![0.5]), ..Said::default() };
        assert_eq!(compose(&vector, &asked(&body)).unwrap_err().to_string(), "chat cannot say an embedding");
    }
}
