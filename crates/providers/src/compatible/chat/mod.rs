//! Chat Completions.
//!
//! `conversation` reads a request, `said` makes the object of a neutral answer, `usage` counts. A stream is made of
//! `choice`, the chunks of one choice, which asks `delta` for the pieces of a message and `logprobs` for what belongs
//! to each of them.

mod choice;
mod conversation;
mod delta;
mod logprobs;
mod said;
mod usage;

#[cfg(test)]
mod reassembly;
#[cfg(test)]
mod tests;

pub(super) use conversation::asked;
pub(super) use said::compose;

use super::chunks::{Chunks, Shape};
use serde_json::{Map, Value, json};
use standin_core::dialect::{Asked, Options, Rendered};

const SHAPE: Shape = Shape {
    object: "chat.completion.chunk",
    id: ID,
    content_type: "text/event-stream; charset=utf-8",
    model_last: false,
    counted: usage::counted,
};

/// What made-up ids begin with.
const ID: &str = "chatcmpl-";

pub(super) fn render(object: Value, asked: &Asked<'_>, options: &Options) -> Rendered {
    let mut object = match object {
        Value::Object(object) if !object.contains_key("error") => object,
        other => return Rendered::json(&other),
    };
    if asked.stream {
        return streamed(object, asked, options);
    }
    if !object.contains_key("usage") {
        let usage = usage::counted(&object, asked);
        object.insert("usage".to_owned(), usage);
    }
    Rendered::json(&Value::Object(object))
}

fn streamed(mut object: Map<String, Value>, asked: &Asked<'_>, options: &Options) -> Rendered {
    let mut ids = asked.ids();
    let filters = object.shift_remove("prompt_filter_results");
    let (mut chunks, choices) = Chunks::begin(object, &SHAPE, asked, options, &mut ids);
    if let Some(filters) = filters {
        chunks.lead(&json!({
            "choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": filters,
        }));
    }
    let choices = choices.into_iter().map(|(index, choice)| choice::chunks(index, choice, options, &mut ids));
    chunks.choices(choices.collect());
    chunks.end()
}
