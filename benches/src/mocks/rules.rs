//! Files of mocks, as a program would generate them.

use crate::exchange::Request;
use crate::recording::prose;
use crate::{Bench, Failure};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Events of a stream, `[DONE]` included.
pub(super) const EVENTS: usize = 40;
/// Those that carry no text: the role, the finish reason and `[DONE]`.
const BESIDE_TEXT: usize = 3;
/// Characters of an event.
const PIECE: usize = 4;

/// Words of needles. The prose of long prompts is made of them too, so that an automaton is led astray.
const WORDS: [&str; 12] = [
    "quick", "answer", "recorded", "reply", "costs", "nothing", "comes", "once", "same", "every", "time",
    "that",
];

/// How a mock tells its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    Contains,
    Exact,
}

/// A file of mocks that differ in what they look for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) test: Test,
    pub(super) size: usize,
    /// Bytes of a prompt, about.
    pub(super) prompt: usize,
    pub(super) stream: bool,
}

// === impl Test ===

impl Test {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Test::Contains => "contains",
            Test::Exact => "exact",
        }
    }
}

// === impl Rules ===

impl Rules {
    /// Writes the file: the list of mockllm, which is where files of thousands come from.
    pub(super) fn write(self, bench: &Bench) -> Result<PathBuf, Failure> {
        let mocks: Vec<Value> = (0..self.size).map(|number| self.mock(number)).collect();
        let name = format!("mocks-{}-{}-{}.json", self.test.name(), self.size, self.prompt);
        let path = bench.scratch.join(name);
        std::fs::write(&path, json!({"openai": mocks}).to_string())?;
        Ok(path)
    }

    /// The call that the last mock answers.
    pub(super) fn call(self) -> Request {
        let content = self.content(self.size - 1);
        let body = json!({
            "model": "gpt-5-nano",
            "messages": [{"role": "user", "content": content}],
            "stream": self.stream,
        });
        Request::chat(body.to_string())
    }

    fn mock(self, number: usize) -> Value {
        let wanted = match self.test {
            Test::Contains => needle(number),
            Test::Exact => self.content(number),
        };
        json!({
            "name": format!("number {number}"),
            "match": {"match_type": self.test.name(), "message": {"role": "user", "content": wanted}},
            "response": response(&if self.stream { streamed() } else { prose(100) }),
            "stream": {"split": format!("characters*{PIECE}")},
        })
    }

    /// A prompt with the needle of one mock in its middle.
    fn content(self, number: usize) -> String {
        let around = self.prompt / 2;
        let (mut before, mut after) = (prose(around), prose(around));
        before.truncate(around);
        after.truncate(around);
        format!("{before}: {}? {after}", needle(number))
    }
}

/// A text that no other number has in it.
fn needle(number: usize) -> String {
    let first = WORDS[number % WORDS.len()];
    let second = WORDS[number / WORDS.len() % WORDS.len()];
    format!("{first} {second} number {number:05}")
}

fn streamed() -> String {
    let mut text = prose((EVENTS - BESIDE_TEXT) * PIECE);
    text.truncate((EVENTS - BESIDE_TEXT) * PIECE);
    text
}

/// An answer of about 400 bytes that lacks nothing.
fn response(content: &str) -> Value {
    json!({
        "id": "chatcmpl-00000001",
        "object": "chat.completion",
        "created": 1_750_000_000,
        "model": "gpt-5-nano-2025-08-07",
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": content},
            "finish_reason": "stop",
        }],
        "usage": {"prompt_tokens": 12, "completion_tokens": 24, "total_tokens": 36},
    })
}
