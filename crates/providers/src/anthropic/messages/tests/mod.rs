mod asking;
mod composed;
mod counting;
mod frames;
mod reassembled;
mod reassembly;
mod threads;
mod whole;

use super::*;
use standin_core::tokens::Split;

/// A request for a message, streamed or not.
fn request(stream: bool) -> Value {
    json!({
        "model": "claude-haiku-4-5",
        "max_tokens": 64,
        "messages": [{"role": "user", "content": "Hello!"}],
        "stream": stream,
    })
}

/// A stream of an object, as a text.
fn streamed(object: Value, split: Option<Split>) -> String {
    let body = request(true);
    let options = Options { split, ..Options::default() };
    let rendered = render(object, &asked(Endpoint::Messages, &body), &options);
    assert_eq!(rendered.content_type, "text/event-stream; charset=utf-8");
    assert!(matches!(rendered.body, RenderedBody::Frames(_)));
    String::from_utf8(rendered.bytes().to_vec()).unwrap()
}

/// The whole answer of an object.
fn whole(object: Value) -> String {
    let body = request(false);
    let rendered = render(object, &asked(Endpoint::Messages, &body), &Options::default());
    assert_eq!(rendered.content_type, "application/json");
    String::from_utf8(rendered.bytes().to_vec()).unwrap()
}
