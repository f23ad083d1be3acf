//! Images: generations, edits, variations.
//!
//! Answers hold their images in base64, whatever the model: there is no address at which standin keeps files. Who
//! asks for an address of one that nobody wrote gets the image in the address.

mod events;
mod object;
mod placeholder;

#[cfg(test)]
mod tests;

pub(super) use placeholder::placeholder;

use super::{form, input, wordless};
use serde_json::Value;
use standin_core::dialect::{Asked, Endpoint, Rendered, RenderedBody, Said, Unsayable};

pub(super) fn asked(endpoint: Endpoint, body: &Value) -> Asked<'_> {
    let stream = endpoint != Endpoint::ImageVariations && form::flag(body, "stream");
    input::asked(endpoint, body, "prompt", stream)
}

pub(super) fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    wordless::refuse_others(said, asked)?;
    if said.images.is_some() && form::text(asked.body, "response_format") == Some("url") {
        let what = "where an image is, only the image: ask for b64_json, or write the `response`";
        return Err(Unsayable { endpoint: asked.endpoint.name(), what });
    }
    Ok(object::composed(said, asked))
}

/// An object may hold `partial_images`, a list of images in base64, for those who ask for a stream with partial
/// images. It is no part of the answer. Where it is missing, the finished image is also each partial one.
pub(super) fn render(object: &Value, asked: &Asked<'_>) -> Rendered {
    let Value::Object(object) = object else { return Rendered::json(object) };
    if asked.stream {
        let frames = events::events(object, asked);
        return Rendered { content_type: "text/event-stream", body: RenderedBody::Frames(frames) };
    }
    Rendered::json(&Value::Object(object::completed(object, asked)))
}
