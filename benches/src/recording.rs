//! What is replayed: recordings of chat completions, and how a cassette spells them.

use crate::exchange::Request;
use serde_json::{Value, json};
use std::fmt::Write;

/// One recorded call.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    pub(crate) request: String,
    pub(crate) media: &'static str,
    pub(crate) response: String,
}

pub(crate) const URL: &str = "https://api.openai.com/v1/chat/completions";
/// Words to make bodies of a given length from.
const PROSE: &str =
    "The quick answer is that a recorded reply costs nothing, comes at once and is the same every time. ";

// === impl Recording ===

impl Recording {
    /// A question and an answer of about 400 bytes. Each number makes a different pair.
    pub(crate) fn small(number: usize) -> Self {
        let response = json!({
            "id": format!("chatcmpl-{number:08}"),
            "object": "chat.completion",
            "created": 1_750_000_000,
            "model": "gpt-5-nano-2025-08-07",
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": format!("This is answer {number}. {PROSE}")},
                "finish_reason": "stop",
            }],
            "usage": {"prompt_tokens": 12, "completion_tokens": 24, "total_tokens": 36},
        });
        let question = format!("What is the answer to question number {number}?");
        Recording {
            request: asked(&question, false),
            media: "application/json",
            response: response.to_string(),
        }
    }

    /// A stream of events of about 150 bytes, the last one `[DONE]`.
    pub(crate) fn streamed(events: usize) -> Self {
        let mut response = String::new();
        for number in 1..events {
            let event = json!({
                "id": "chatcmpl-00000001",
                "object": "chat.completion.chunk",
                "created": 1_750_000_000,
                "model": "gpt-5-nano",
                "choices": [{"index": 0, "delta": {"content": format!(" t{number}")}}],
            });
            let _ = write!(response, "data: {event}\n\n");
        }
        response.push_str("data: [DONE]\n\n");
        Recording { request: asked("Count to forty.", true), media: "text/event-stream", response }
    }

    /// A request and an answer of about so many bytes each.
    pub(crate) fn sized(number: usize, request: usize, response: usize) -> Self {
        let mut recording = Recording::small(number);
        let question = format!("{number}: {}", prose(request.saturating_sub(recording.request.len())));
        let answer = prose(response.saturating_sub(recording.response.len()));
        recording.request = asked(&question, false);
        recording.response = recording.response.replace(PROSE, &answer);
        recording
    }

    /// The call that it answers.
    pub(crate) fn call(&self) -> Request {
        Request::chat(self.request.clone())
    }

    /// An interaction as vcrpy writes it, but for JSON's spelling of strings, which is YAML too.
    pub(crate) fn write(&self, out: &mut String) {
        let (request, response) = (Value::from(self.request.as_str()), Value::from(self.response.as_str()));
        let _ = write!(
            out,
            "- request:
    body: {request}
    headers:
      content-type:
      - application/json
      host:
      - api.openai.com
    method: POST
    uri: {URL}
  response:
    body:
      string: {response}
    headers:
      Content-Type:
      - {}
      openai-processing-ms:
      - '412'
      openai-version:
      - '2020-10-01'
      x-request-id:
      - req_0123456789abcdef0123456789abcdef
    status:
      code: 200
      message: OK
",
            self.media
        );
    }
}

/// About so many bytes of text.
pub(crate) fn prose(length: usize) -> String {
    PROSE.repeat(length.div_ceil(PROSE.len()))
}

fn asked(question: &str, stream: bool) -> String {
    json!({"model": "gpt-5-nano", "messages": [{"role": "user", "content": question}], "stream": stream})
        .to_string()
}
