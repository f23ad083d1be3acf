//! The object of an answer with images.

use super::placeholder::{media_type, placeholder};
use crate::compatible::{form, input};
use serde_json::{Map, Value, json};
use standin_core::dialect::{Asked, CREATED, Endpoint, Said, Usage};
use standin_core::tokens;

/// What is said of an image beside the image, in the order in which a whole answer says it.
const SETTINGS: [(&str, &str); 4] =
    [("background", "opaque"), ("output_format", "png"), ("quality", "high"), ("size", "1024x1024")];

/// The tokens of an image that is edited: a small one at low fidelity, as its size is not looked at.
const TOKENS_OF_AN_INPUT: usize = 194;

pub(super) fn composed(said: &Said, asked: &Asked<'_>) -> Value {
    let images = said.images.as_deref().unwrap_or_default();
    let wanted = form::count(asked.body, "n", 1, 10).unwrap_or(1);
    let data: Vec<Value> = (0..wanted)
        .map(|at| {
            let mut item = if images.is_empty() {
                made_up(at, asked)
            } else {
                json!({"b64_json": images[at % images.len()]})
            };
            if let Some(text) = &said.text {
                item["revised_prompt"] = json!(text);
            }
            item
        })
        .collect();
    let mut object = Map::new();
    object.insert("created".to_owned(), json!(CREATED));
    object.insert("data".to_owned(), Value::Array(data));
    if says_more(asked) {
        for (name, _) in SETTINGS {
            object.insert(name.to_owned(), setting(name, asked));
        }
        let usage = said.usage.map_or_else(|| counted(&object, asked), |usage| written(usage, asked));
        object.insert("usage".to_owned(), usage);
    }
    Value::Object(object)
}

/// An image that nobody wrote.
fn made_up(at: usize, asked: &Asked<'_>) -> Value {
    let said = |name: &str| form::text(asked.body, name).unwrap_or_default();
    let image = placeholder(said("output_format"), said("size"), asked, at);
    if said("response_format") == "url" {
        return json!({"url": format!("data:{};base64,{image}", media_type(said("output_format")))});
    }
    json!({"b64_json": image})
}

/// A written object with what clients always find in it.
pub(super) fn completed(object: &Map<String, Value>, asked: &Asked<'_>) -> Map<String, Value> {
    let mut object = object.clone();
    object.shift_remove("partial_images");
    object.entry("created").or_insert(json!(CREATED));
    if says_more(asked) && !object.contains_key("usage") {
        let usage = counted(&object, asked);
        object.insert("usage".to_owned(), usage);
    }
    object
}

/// What an image was made with: as it was asked for, or the vendor's choice where it was left to it.
pub(super) fn setting(name: &str, asked: &Asked<'_>) -> Value {
    let chosen = SETTINGS.into_iter().find(|(setting, _)| *setting == name).map(|(_, chosen)| chosen);
    json!(form::text(asked.body, name).filter(|text| *text != "auto").or(chosen))
}

/// The tokens of an answer that says nothing of them.
pub(super) fn counted(object: &Map<String, Value>, asked: &Asked<'_>) -> Value {
    let said = |name: &str| object.get(name).cloned().unwrap_or_else(|| setting(name, asked));
    let images = object.get("data").and_then(Value::as_array).map_or(0, Vec::len);
    let output = images * tokens_of(&said("quality"), &said("size"));
    let (text, input) = (tokens::count(input::words(asked)), inputs(asked) * TOKENS_OF_AN_INPUT);
    usage(text, input, output)
}

/// Whether the model is one of those that answer with the settings and the tokens of an image; all do but the
/// oldest family.
fn says_more(asked: &Asked<'_>) -> bool {
    asked.endpoint != Endpoint::ImageVariations
        && !asked.model.as_deref().is_some_and(|model| model.starts_with("dall-e"))
}

fn written(said: Usage, asked: &Asked<'_>) -> Value {
    let as_usize = |tokens: u64| usize::try_from(tokens).unwrap_or(usize::MAX);
    let input = as_usize(said.input_tokens);
    let text = if inputs(asked) == 0 { input } else { input.min(tokens::count(input::words(asked))) };
    usage(text, input - text, as_usize(said.output_tokens))
}

fn usage(text: usize, image: usize, output: usize) -> Value {
    json!({
        "input_tokens": text.saturating_add(image),
        "input_tokens_details": {"text_tokens": text, "image_tokens": image},
        "output_tokens": output,
        "total_tokens": text.saturating_add(image).saturating_add(output),
    })
}

/// Images that were sent along.
fn inputs(asked: &Asked<'_>) -> usize {
    match asked.body.get("image").or_else(|| asked.body.get("images")) {
        Some(Value::Array(images)) => images.len(),
        Some(Value::Null) | None => 0,
        Some(_) => 1,
    }
}

/// The tokens of an image by its quality and shape.
fn tokens_of(quality: &Value, size: &Value) -> usize {
    let square =
        size.as_str().and_then(|size| size.split_once('x')).is_none_or(|(width, height)| width == height);
    match (quality.as_str(), square) {
        (Some("low"), true) => 272,
        (Some("low"), false) => 408,
        (Some("medium"), true) => 1056,
        (Some("medium"), false) => 1584,
        (_, true) => 4160,
        (_, false) => 6240,
    }
}
