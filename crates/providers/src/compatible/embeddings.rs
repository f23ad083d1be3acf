//! Embeddings.

use super::asked_for;
use super::chunks::object_of;
use super::input::{self, input_tokens, inputs};
use super::vector::Vector;
use serde_json::{Value, json};
use standin_core::dialect::{Asked, Endpoint, Failure, Rendered, Said, Unsayable};

pub(super) fn asked(body: &Value) -> Asked<'_> {
    input::asked(Endpoint::Embeddings, body, "input", false)
}

/// The least that a request has to say.
pub(super) fn accepts(body: &Value) -> Result<(), Failure> {
    match body["dimensions"].as_i64() {
        Some(dimensions) if dimensions < 1 => {
            Err(Failure::of(400).saying(format!("{dimensions} is less than the minimum of 1 - 'dimensions'")))
        }
        _ => Ok(()),
    }
}

pub(super) fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    let Some(embedding) = &said.embedding else {
        return Err(Unsayable { endpoint: asked.endpoint.name(), what: "an answer without an embedding" });
    };
    let data = (0..inputs(&asked.body["input"]))
        .map(|index| json!({"object": "embedding", "index": index, "embedding": embedding}));
    let usage = said.usage.map_or_else(|| counted(asked), |usage| usage_of(usage.input_tokens));
    let object = object_of([
        ("object", "list".into()),
        ("data", data.collect()),
        ("model", asked_for(said, asked).into()),
        ("usage", usage),
    ]);
    Ok(object.into())
}

/// The object with its vectors in the form and the length that were asked for. SDKs ask for base64 and one of
/// them reads nothing else.
pub(super) fn render(mut object: Value, asked: &Asked<'_>) -> Rendered {
    let Some(members) = object.as_object_mut().filter(|members| !members.contains_key("error")) else {
        return Rendered::json(&object);
    };
    let packed = asked.body["encoding_format"] == "base64";
    let dimensions = asked.body["dimensions"].as_u64().and_then(|most| usize::try_from(most).ok());
    if let Some(data) = members.get_mut("data").and_then(Value::as_array_mut) {
        for embedding in data.iter_mut().filter_map(|item| item.get_mut("embedding")) {
            if let Some(form) = in_form(embedding, packed, dimensions) {
                *embedding = form;
            }
        }
    }
    if !members.contains_key("usage") {
        members.insert("usage".to_owned(), counted(asked));
    }
    Rendered::json(&object)
}

/// The embedding as it was asked for, where it is not so already.
fn in_form(embedding: &Value, packed: bool, dimensions: Option<usize>) -> Option<Value> {
    let vector = Vector::read(embedding)?;
    let cut = dimensions.and_then(|most| vector.cut(most));
    if cut.is_none() && embedding.is_string() == packed {
        return None;
    }
    let vector = cut.unwrap_or(vector);
    Some(if packed { vector.packed() } else { vector.numbers() })
}

fn counted(asked: &Asked<'_>) -> Value {
    usage_of(input_tokens(&asked.body["input"]) as u64)
}

fn usage_of(tokens: u64) -> Value {
    json!({"prompt_tokens": tokens, "total_tokens": tokens})
}
