//! What is asked, alike for every vendor.

use super::{Endpoint, Ids};
use crate::matching::canonical_json;
use crate::tokens::Split;
use serde_json::Value;
use std::borrow::Cow;

/// A request as every dialect understands it, beside its raw body.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The body; of a form, an object of its fields.
    pub body: &'a Value,
    /// The model; where the path names one, that one.
    pub model: Option<Cow<'a, str>>,
    /// The last message, or the input of endpoints without messages.
    pub last: Option<Message<'a>>,
    /// The text of the last message of the user that is not a tool's result.
    pub user: Option<Cow<'a, str>>,
    /// What the system and the developer say, a paragraph each.
    pub system: Cow<'a, str>,
    /// The names of the tools that are declared; a hosted tool's is its type.
    pub tools: Vec<&'a str>,
    /// Turns of the assistant in the conversation. Consecutive items that the assistant made are one.
    pub turns: usize,
    /// Those after the last message of the user.
    pub turns_since_user: usize,
    /// Whether the answer is to be streamed.
    pub stream: bool,
}

/// A message, or an item of an input.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// `user`, `assistant`, `tool`...; `tool` for an item that is a tool's result and has no role.
    pub role: &'a str,
    /// Its text parts, a line each; of a tool's result, the result.
    pub text: Cow<'a, str>,
    /// As it was sent.
    pub value: &'a Value,
    /// The call that it is the result of.
    pub tool_call_id: Option<&'a str>,
}

/// How a stream is made from an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Where texts are cut; `None` is as the vendor's own streams are.
    pub split: Option<Split>,
    /// Whether OpenAI's random padding is sent. SDKs leave it in what they reassemble.
    pub obfuscation: bool,
    /// Whether events are sent that official SDKs do not know and one of them fails on: shell and apply-patch
    /// deltas of Responses.
    pub private_events: bool,
    /// How often a background answer is asked for before it is done.
    pub polls: u32,
}

// === impl Asked ===

impl Asked<'static> {
    /// What a call asks that nobody understands.
    #[must_use]
    pub const fn nothing() -> Self {
        Asked {
            endpoint: Endpoint::Chat,
            body: &Value::Null,
            model: None,
            last: None,
            user: None,
            system: Cow::Borrowed(""),
            tools: Vec::new(),
            turns: 0,
            turns_since_user: 0,
            stream: false,
        }
    }
}

impl Asked<'_> {
    /// Made-up ids of the answer: the same for the same body, whole and streamed.
    #[must_use]
    pub fn ids(&self) -> Ids {
        Ids::of(&self.meaning())
    }

    /// Bytes that are equal for bodies that ask the same: in whatever order their members are, and whether the answer
    /// is to be a stream or whole.
    #[must_use]
    pub fn meaning(&self) -> Vec<u8> {
        let mut asked = self.body.clone();
        if let Value::Object(members) = &mut asked {
            members.retain(|name, _| !matches!(name.as_str(), "stream" | "stream_options"));
        }
        let mut bytes = Vec::new();
        canonical_json(&asked, &mut bytes);
        bytes
    }
}

// === impl Options ===

impl Default for Options {
    fn default() -> Self {
        Options { split: None, obfuscation: false, private_events: false, polls: 1 }
    }
}

impl Options {
    /// The pieces of a text: as it is to be cut, or in groups of so many tokens.
    #[must_use]
    pub fn pieces<'t>(&self, text: &'t str, tokens: usize) -> Vec<&'t str> {
        self.split.unwrap_or(Split::Tokens(tokens)).pieces(text)
    }
}

/// The text of a message's content, which is a string or a list of parts: the `text` of each part, and of a
/// part that holds others, theirs. A line each.
#[must_use]
pub fn text_of(content: &Value) -> Cow<'_, str> {
    match content {
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(parts) => {
            let mut texts = parts.iter().filter_map(part_text).filter(|text| !text.is_empty());
            match (texts.next(), texts.next()) {
                (None, _) => Cow::Borrowed(""),
                (Some(only), None) => only,
                (Some(first), Some(second)) => {
                    let mut all = first.into_owned();
                    for text in std::iter::once(second).chain(texts) {
                        all.push('\n');
                        all.push_str(&text);
                    }
                    Cow::Owned(all)
                }
            }
        }
        _ => Cow::Borrowed(""),
    }
}

fn part_text(part: &Value) -> Option<Cow<'_, str>> {
    match part {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Object(members) => match members.get("text") {
            Some(Value::String(text)) => Some(Cow::Borrowed(text)),
            _ => members.get("content").map(text_of),
        },
        _ => None,
    }
}
