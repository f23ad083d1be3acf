//! Messages: what a request asks, what a neutral answer becomes, and what is sent of an object.

mod asked;
mod block;
mod compose;
mod count;
mod interruption;
mod searched;
mod stream;
mod threads;
mod usage;
mod wanted;

pub(super) use asked::asked;
pub(super) use interruption::interruption;
pub(super) use threads::{continues, kept, lost, resumed};
pub(super) use wanted::wanted;

use serde_json::{Value, json};
use standin_core::dialect::{Asked, Endpoint, Options, Rendered, RenderedBody, Said, Unsayable};
use standin_core::stream::sse_event;

pub(super) fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    match asked.endpoint {
        Endpoint::Messages => compose::message(said, asked),
        other => Err(Unsayable { endpoint: other.name(), what: "a neutral answer" }),
    }
}

/// An object of another endpoint, and an error, is never a stream.
pub(super) fn render(mut object: Value, asked: &Asked<'_>, options: &Options) -> Rendered {
    let is_message = asked.endpoint == Endpoint::Messages && object["type"] != "error";
    if is_message && asked.stream {
        let events = stream::events(object, asked, options);
        let frames = events.iter().map(|event| sse_event(event["type"].as_str(), event)).collect();
        return Rendered {
            content_type: "text/event-stream; charset=utf-8",
            body: RenderedBody::Frames(frames),
        };
    }
    if let Value::Object(message) = &mut object
        && is_message
        && !message.contains_key("usage")
    {
        let counted = usage::counted(message.get("content"), asked);
        message.insert("usage".to_owned(), counted);
    }
    Rendered::json(&object)
}

/// What `POST /v1/messages/count_tokens` answers.
pub(super) fn computed(asked: &Asked<'_>) -> Option<Value> {
    (asked.endpoint == Endpoint::CountTokens)
        .then(|| json!({"input_tokens": count::request_tokens(asked.body)}))
}

#[cfg(test)]
mod tests;
