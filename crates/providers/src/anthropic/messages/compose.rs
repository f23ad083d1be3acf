//! The message of a neutral answer.

use super::{searched, stream, usage};
use serde_json::{Value, json};
use standin_core::dialect::{Alphabet, Asked, Ids, Said, ToolCall, Unsayable};

pub(super) fn message(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    sayable(said, asked.endpoint.name())?;
    let mut ids = asked.ids();
    let id = ids.next("msg_01", Alphabet::Base62, 22);
    let content = Value::Array(blocks(said, &mut ids));
    let stop_reason = match said.finish_reason.as_deref() {
        Some("stop") if said.stop_sequence.is_some() => "stop_sequence",
        Some("stop") => "end_turn",
        Some("length") => "max_tokens",
        Some("tool_calls") => "tool_use",
        Some("content_filter") => "refusal",
        Some(own) => own,
        None if said.refusal.is_some() => "refusal",
        None if said.stop_sequence.is_some() => "stop_sequence",
        None => stream::usual_stop_reason(Some(&content)),
    };
    let stop_details = match stop_reason {
        "refusal" => json!({"type": "refusal", "category": null, "explanation": said.refusal}),
        _ => Value::Null,
    };
    let stop_sequence = match stop_reason {
        "stop_sequence" => {
            let stated = said.stop_sequence.as_deref().map(Value::from);
            stated.unwrap_or_else(|| asked.body["stop_sequences"][0].clone())
        }
        _ => Value::Null,
    };
    let mut usage = match &said.usage {
        Some(stated) => usage::stated(stated),
        None => usage::counted(Some(&content), asked),
    };
    if let Some(requests) = searched::requests(said) {
        usage["server_tool_use"] = requests;
    }
    Ok(json!({
        "id": id,
        "type": "message",
        "role": "assistant",
        "model": said.model.as_deref().or(asked.model.as_deref()).unwrap_or("claude"),
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": stop_sequence,
        "stop_details": stop_details,
        "usage": usage,
    }))
}

fn sayable(said: &Said, endpoint: &'static str) -> Result<(), Unsayable> {
    let unsayable = [
        (said.embedding.is_some() || said.embeddings.is_some(), "an embedding"),
        (said.flagged.is_some(), "what is flagged"),
        (said.images.is_some(), "images"),
        (said.audio.is_some(), "audio"),
    ];
    match unsayable.into_iter().find(|(is_said, _)| *is_said) {
        Some((_, what)) => Err(Unsayable { endpoint, what }),
        None => Ok(()),
    }
}

fn blocks(said: &Said, ids: &mut Ids) -> Vec<Value> {
    let thinking = said.reasoning.iter().map(|reasoning| {
        // The letters are also base64's, and their number is one that needs no padding.
        let signature = ids.next("EqoB", Alphabet::Base62, 168);
        json!({"type": "thinking", "thinking": reasoning, "signature": signature})
    });
    let mut blocks = thinking.collect::<Vec<_>>();
    blocks.extend(searched::blocks(said, ids));
    let texts = said.text.iter().chain(&said.refusal);
    blocks.extend(texts.map(|text| searched::text(text, said, ids)));
    blocks.extend(said.tool_calls.iter().map(|call| {
        let made_up = ids.next("toolu_01", Alphabet::Base62, 22);
        let id = call.id.as_deref().unwrap_or(&made_up);
        json!({"type": "tool_use", "id": id, "name": call.name, "input": input(call)})
    }));
    blocks
}

/// Arguments that are a text are JSON that somebody wrote out; where they are not, they stay a text.
fn input(call: &ToolCall) -> Value {
    match &call.arguments {
        Value::Null => json!({}),
        Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| call.arguments.clone()),
        other => other.clone(),
    }
}
