//! The bytes of a response: whole, begun in the background, or as a stream.

use super::stream::{Streamed, begun, frames, published};
use super::{is_true, lacking};
use serde_json::Value;
use standin_core::dialect::{Asked, Options, Rendered, RenderedBody};

pub(crate) fn render(object: Value, asked: &Asked<'_>, options: &Options) -> Rendered {
    let object = lacking::filled(object, asked);
    if !object.is_object() {
        return Rendered::json(&object);
    }
    let background = is_true(asked.body, "background");
    if asked.stream {
        let unpadded = asked.body.pointer("/stream_options/include_obfuscation") == Some(&Value::Bool(false));
        let obfuscation = options.obfuscation && !unpadded;
        return stream(&object, background, &Options { obfuscation, ..*options }, None);
    }
    let object = published(object);
    Rendered::json(&if background { begun(&object, "queued") } else { object })
}

/// The events of an object; those after a number, where one is given.
pub(super) fn stream(object: &Value, background: bool, options: &Options, after: Option<usize>) -> Rendered {
    let mut frames = frames(&Streamed { object, background, options });
    // Numbers are places: they begin with 0 and leave none out.
    let seen = after.map_or(0, |after| after.saturating_add(1).min(frames.len()));
    frames.drain(..seen);
    Rendered { content_type: "text/event-stream; charset=utf-8", body: RenderedBody::Frames(frames) }
}
