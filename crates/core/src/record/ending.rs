//! Whether a body is whole.

use super::End;
use crate::headers::Headers;
use crate::stream::{Framing, aws};
use bytes::Bytes;
use memchr::memmem;
use serde_json::Value;

/// What ends a stream of a provider, beside the transport's own end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing: the last frame has to be whole.
    Frame,
    /// A frame with this text, `[DONE]`.
    Text(&'static str),
    /// An event of one of these types.
    Event(&'static [&'static str]),
}

/// Whether a body is whole; what is missing where it is not.
pub(super) fn check(
    framing: Option<Framing>,
    headers: &Headers,
    body: &Bytes,
    ending: Ending,
    end: &End,
) -> Result<(), String> {
    let Some(framing) = framing else { return whole(headers, body, end) };
    let frames = framing.split(body);
    match framing {
        Framing::Sse => events(&frames, ending),
        Framing::Lines => lines(&frames),
        Framing::Aws => messages(&frames),
    }
}

/// A body of one piece is whole when the transport says so. Without its word, JSON proves itself.
fn whole(headers: &Headers, body: &[u8], end: &End) -> Result<(), String> {
    if *end == End::Proven {
        return Ok(());
    }
    let json = headers.media_type().is_some_and(|media| media.ends_with("json"));
    if json && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() {
        return Ok(());
    }
    Err("it has neither a length nor an end of its own".to_owned())
}

fn events(frames: &[Bytes], ending: Ending) -> Result<(), String> {
    let Some(last) = frames.last() else { return Err("the stream has no event".to_owned()) };
    if Framing::Sse.first_len(last).is_none() {
        return Err("its last event has no blank line behind it".to_owned());
    }
    let mut ended = ending == Ending::Frame;
    // Each is read and let go: a long stream is many times its size when all of it is taken apart.
    for frame in frames {
        let event = Event::read(frame);
        if event.is_error() {
            return Err(format!("the stream tells of an error: {}", event.data));
        }
        ended |= match ending {
            Ending::Frame => true,
            Ending::Text(text) => event.data == text,
            Ending::Event(kinds) => kinds.contains(&event.kind.as_str()),
        };
    }
    if ended {
        return Ok(());
    }
    Err(match ending {
        Ending::Frame => "the stream has no event".to_owned(),
        Ending::Text(text) => format!("the stream has no `data: {text}`"),
        Ending::Event(kinds) => format!("the stream has no event {}", kinds.join(" or ")),
    })
}

/// One server-sent event, as far as its end is concerned.
struct Event {
    /// The `event` field or, without one, the `type` of the data.
    kind: String,
    data: String,
    json: Option<Value>,
}

impl Event {
    fn read(frame: &[u8]) -> Self {
        let text = String::from_utf8_lossy(frame);
        let field = |name: &str| {
            let lines =
                text.split(['\r', '\n']).filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            lines.map(|value| value.strip_prefix(' ').unwrap_or(value)).collect::<Vec<_>>()
        };
        let data = field("data").join("\n");
        let json: Option<Value> = serde_json::from_str(&data).ok();
        let named = field("event").last().map(|kind| (*kind).to_owned());
        let typed = || json.as_ref()?.get("type")?.as_str().map(str::to_owned);
        Event { kind: named.or_else(typed).unwrap_or_default(), data, json }
    }

    /// OpenAI sends `{"error": {...}}`, Anthropic and the Responses API an event `error`.
    fn is_error(&self) -> bool {
        let told = |json: &Value| {
            let error = json.get("error").is_some_and(|error| !error.is_null());
            // A failed response is a response, and says so in an event of its own.
            error && json.get("object").is_none() && json.get("response").is_none()
        };
        self.kind == "error" || self.json.as_ref().is_some_and(told)
    }
}

/// Ollama marks its last line with `"done": true`; others end with their last line.
fn lines(frames: &[Bytes]) -> Result<(), String> {
    let written = frames.iter().rfind(|frame| !frame.trim_ascii().is_empty());
    let Some(last) = written else { return Err("the stream has no line".to_owned()) };
    let value: Value =
        serde_json::from_slice(last).map_err(|error| format!("its last line is not JSON: {error}"))?;
    match value.get("done") {
        Some(Value::Bool(false)) => Err("its last line says `\"done\": false`".to_owned()),
        _ if value.get("error").is_some_and(|error| !error.is_null()) => {
            Err(format!("the stream tells of an error: {}", value["error"]))
        }
        _ => Ok(()),
    }
}

fn messages(frames: &[Bytes]) -> Result<(), String> {
    let Some(last) = frames.last() else { return Err("the stream has no message".to_owned()) };
    if Framing::Aws.first_len(last).is_none() {
        return Err("its last message is cut".to_owned());
    }
    if let Some(at) = frames.iter().position(|frame| !aws::is_intact(frame)) {
        return Err(format!("the checksum of message {at} is wrong"));
    }
    let failed = |frame: &Bytes| {
        [&b":exception-type"[..], b":error-code"].iter().any(|name| memmem::find(frame, name).is_some())
    };
    if frames.iter().any(failed) {
        return Err("the stream tells of an exception".to_owned());
    }
    Ok(())
}
