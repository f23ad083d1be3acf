//! Transcriptions and translations.

mod captions;
mod events;
mod object;

#[cfg(test)]
mod tests;

use super::{form, input, wordless};
use bytes::Bytes;
use object::Format;
use serde_json::{Map, Value, json};
use standin_core::dialect::{Asked, Endpoint, Options, Rendered, RenderedBody, Said, Unsayable};

/// A stream is promised to whoever asks for one. The vendor ignores the wish for one of its models; a client
/// that reads a stream would take that for an empty answer.
pub(super) fn asked(endpoint: Endpoint, body: &Value) -> Asked<'_> {
    let stream = endpoint == Endpoint::Transcriptions && form::flag(body, "stream");
    input::asked(endpoint, body, "prompt", stream)
}

pub(super) fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    wordless::refuse_others(said, asked)?;
    let Some(text) = &said.text else {
        return Err(Unsayable { endpoint: asked.endpoint.name(), what: "nothing: it needs a `text`" });
    };
    Ok(Value::Object(object::composed(text, said.usage, asked)))
}

/// A text in place of an object is the body itself where a text is asked for, and what was heard where an
/// object is.
pub(super) fn render(object: &Value, asked: &Asked<'_>, options: &Options) -> Rendered {
    let heard;
    let members = match object {
        Value::Object(members) => members,
        Value::String(text) if !asked.stream && Format::of(asked).is_text() => return plain(text.clone()),
        Value::String(text) => {
            heard = Map::from_iter([("text".to_owned(), json!(text))]);
            &heard
        }
        other => return Rendered::json(other),
    };
    if asked.stream {
        let frames = events::events(&object::completed(members, asked), options);
        return Rendered { content_type: "text/event-stream", body: RenderedBody::Frames(frames) };
    }
    match Format::of(asked) {
        Format::Text => plain(object::text(members).to_owned()),
        Format::Srt => plain(captions::srt(members)),
        Format::Vtt => plain(captions::vtt(members)),
        Format::Json | Format::Verbose | Format::Diarized => {
            Rendered::json(&Value::Object(object::completed(members, asked)))
        }
    }
}

fn plain(text: String) -> Rendered {
    Rendered { content_type: "text/plain; charset=utf-8", body: RenderedBody::Whole(Bytes::from(text)) }
}
