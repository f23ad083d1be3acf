//! How many tokens an answer took, as it says itself.

use crate::dialect::Usage;
use crate::headers::Headers;
use crate::stream::Framing;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// The tokens that an answer says it took: in a JSON body, or in the events of a stream, where later events complete
/// or correct earlier ones. `None` where it says nothing of them, and of a body that is compressed.
#[must_use]
pub fn usage_of(content_type: &str, body: &Bytes) -> Option<Usage> {
    let headers: Headers = [("content-type", content_type)].into_iter().collect();
    let mut sum = Numbers::default();
    match Framing::of(&headers, body) {
        Some(framing @ (Framing::Sse | Framing::Lines)) => {
            for frame in framing.split(body) {
                // Most events have none, and need not be read as JSON.
                if let Some(text) = std::str::from_utf8(&frame).ok().filter(|text| text.contains("\"usage\""))
                {
                    let data = if framing == Framing::Sse { data(text) } else { Cow::Borrowed(text) };
                    sum.correct(Numbers::of(&data));
                }
            }
        }
        Some(Framing::Aws) => {}
        None => sum.correct(std::str::from_utf8(body).map(Numbers::of).unwrap_or_default()),
    }
    sum.usage()
}

/// The tokens that an object says it took, before it is made into a stream that may not tell them.
#[must_use]
pub fn usage_in(object: &Value) -> Option<Usage> {
    Numbers::deserialize(object.get("usage")?).ok()?.usage()
}

/// The data of an event, a line each.
fn data(event: &str) -> Cow<'_, str> {
    let mut lines = event.lines().filter_map(|line| {
        let value = line.strip_prefix("data:")?;
        Some(value.strip_prefix(' ').unwrap_or(value))
    });
    let first = lines.next().unwrap_or_default();
    match lines.next() {
        None => Cow::Borrowed(first),
        Some(second) => Cow::Owned([first, second].into_iter().chain(lines).collect::<Vec<_>>().join("\n")),
    }
}

/// Where objects hold their usage: themselves, a finished response in `response`, a begun message in `message`.
/// Nothing else of them is read.
#[derive(Debug, Default, Deserialize)]
struct Holder<'a> {
    #[serde(borrow, default)]
    usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    response: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
}

/// The numbers by the names that vendors give them.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Numbers {
    #[serde(alias = "prompt_tokens")]
    input_tokens: Option<u64>,
    #[serde(alias = "completion_tokens")]
    output_tokens: Option<u64>,
    // Anthropic counts what its cache holds apart.
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    #[serde(alias = "prompt_tokens_details")]
    input_tokens_details: Option<Details>,
    #[serde(alias = "completion_tokens_details")]
    output_tokens_details: Option<Details>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
struct Details {
    cached_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
}

// === impl Numbers ===

impl Numbers {
    /// Those of a JSON text; none where it has none.
    fn of(text: &str) -> Self {
        let holder = |text| serde_json::from_str::<Holder<'_>>(text).unwrap_or_default();
        let whole = holder(text);
        let within = |raw: Option<&RawValue>| {
            raw.and_then(|raw| serde_json::from_str::<Numbers>(raw.get()).ok()).unwrap_or_default()
        };
        let mut numbers = within(whole.usage);
        for part in [whole.response, whole.message].into_iter().flatten() {
            numbers.correct(within(holder(part.get()).usage));
        }
        numbers
    }

    /// Takes over what a later event says.
    fn correct(&mut self, later: Numbers) {
        self.input_tokens = later.input_tokens.or(self.input_tokens);
        self.output_tokens = later.output_tokens.or(self.output_tokens);
        self.cache_read_input_tokens = later.cache_read_input_tokens.or(self.cache_read_input_tokens);
        self.cache_creation_input_tokens =
            later.cache_creation_input_tokens.or(self.cache_creation_input_tokens);
        self.input_tokens_details = later.input_tokens_details.or(self.input_tokens_details);
        self.output_tokens_details = later.output_tokens_details.or(self.output_tokens_details);
    }

    fn usage(self) -> Option<Usage> {
        self.input_tokens.or(self.output_tokens)?;
        let read = self.cache_read_input_tokens.unwrap_or_default();
        let cached = self.input_tokens_details.and_then(|details| details.cached_tokens);
        let reasoning = self.output_tokens_details.and_then(|details| details.reasoning_tokens);
        let input = self.input_tokens.unwrap_or_default();
        Some(Usage {
            input_tokens: input
                .saturating_add(read)
                .saturating_add(self.cache_creation_input_tokens.unwrap_or_default()),
            output_tokens: self.output_tokens.unwrap_or_default(),
            cached_tokens: cached.unwrap_or(read),
            reasoning_tokens: reasoning.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn tokens(content_type: &str, body: &str) -> Option<(u64, u64)> {
        let usage = usage_of(content_type, &Bytes::copy_from_slice(body.as_bytes()))?;
        Some((usage.input_tokens, usage.output_tokens))
    }

    #[test]
    fn a_whole_body_says_it_by_either_name() {
        for (body, expected) in [
            (r#"{"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}"#, Some((9, 12))),
            (r#"{"usage":{"input_tokens":3,"output_tokens":5,"cache_read_input_tokens":7}}"#, Some((10, 5))),
            (r#"{"data":[],"usage":{"prompt_tokens":4,"total_tokens":4}}"#, Some((4, 0))),
            (r#"{"usage":{"type":"duration","seconds":3}}"#, None),
            (r#"{"usage":null}"#, None),
            (r#"{"usage":"much","message":"no"}"#, None),
            (r#"{"choices":[{"message":{"content":"\"usage\":{\"input_tokens\":1}"}}]}"#, None),
            ("not json", None),
            ("", None),
        ] {
            assert_eq!(tokens("application/json; charset=utf-8", body), expected, "{body}");
        }
    }

    #[test]
    fn the_parts_are_told_apart() {
        let body = r#"{"usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},
            "output_tokens":20,"output_tokens_details":{"reasoning_tokens":16}}}"#;
        let usage = usage_of("application/json", &Bytes::from_static(body.as_bytes())).unwrap();
        assert_eq!((usage.cached_tokens, usage.reasoning_tokens), (4, 16));
    }

    #[test]
    fn the_events_of_a_stream_say_it_together() {
        let chat = "data: {\"choices\":[{}],\"usage\":null}\n\n\
                    data: {\"choices\":[],\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":2}}\n\n\
                    data: [DONE]\n\n";
        let responses = "event: response.created\ndata: {\"response\":{\"usage\":null}}\n\n\
                         event: response.completed\ndata: {\"response\":{\"usage\":{\"input_tokens\":5,\n\
                         data: \"output_tokens\":6}}}\n\n";
        let messages = "event: message_start\n\
                        data: {\"message\":{\"usage\":{\"input_tokens\":11,\"output_tokens\":1}}}\n\n\
                        event: content_block_delta\ndata: {\"delta\":{\"text\":\"\\\"usage\\\"\"}}\n\n\
                        event: message_delta\ndata: {\"usage\":{\"output_tokens\":40}}\n\n";
        for (body, expected) in [(chat, (8, 2)), (responses, (5, 6)), (messages, (11, 40))] {
            assert_eq!(tokens("text/event-stream; charset=utf-8", body), Some(expected), "{body}");
            // Whatever ends the lines.
            let crlf = body.replace('\n', "\r\n");
            assert_eq!(tokens("text/event-stream", &crlf), Some(expected), "{crlf}");
        }
        assert_eq!(tokens("text/event-stream", "data: hi\n\n"), None);
        assert_eq!(tokens("application/x-ndjson", "{}\n{\"usage\":{\"input_tokens\":1}}\n"), Some((1, 0)));
    }

    #[test]
    fn an_object_says_it_before_it_is_streamed() {
        let usage = usage_in(&json!({"usage": {"prompt_tokens": 9, "completion_tokens": 12}})).unwrap();
        assert_eq!((usage.input_tokens, usage.output_tokens), (9, 12));
        for nothing in [json!({}), json!({"usage": null}), json!({"usage": {"seconds": 3}}), json!([1])] {
            assert_eq!(usage_in(&nothing), None, "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(
            content_type in "(text/event-stream|application/json|application/x-ndjson)?",
            body in r#"((data: ?)?\{"(usage|response|message)":(\{"usage":)?[0-9a-z"{}\[\],:]{0,12}\}{0,3}\n{0,2}){0,4}"#,
            bytes in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let _ = usage_of(&content_type, &[body.as_bytes(), &bytes].concat().into());
        }
    }
}
