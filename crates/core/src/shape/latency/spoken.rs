//! The text that a frame of a stream carries, whatever the vendor.
//!
//! What is new in a frame stands in a member `delta`, as a text or as an object; legacy completions and their
//! like have it in `choices[].text`. Texts elsewhere repeat what was sent before, or are names and ids.

use crate::tokens;
use serde_json::Value;

/// Members of a delta that are what the model says.
const SAID: [&str; 10] = [
    "arguments",
    "content",
    "input",
    "partial_json",
    "reasoning",
    "reasoning_content",
    "refusal",
    "text",
    "thinking",
    "transcript",
];

/// The tokens of a frame's text; 0 for a frame without any, and for one that is not JSON.
pub(super) fn tokens(frame: &[u8]) -> usize {
    let Ok(frame) = std::str::from_utf8(frame) else { return 0 };
    let data: Vec<&str> = frame.lines().filter_map(|line| line.strip_prefix("data:")).collect();
    let payload = if data.is_empty() { frame.to_owned() } else { data.join("\n") };
    // Ends at what is no JSON, such as `[DONE]`.
    let values = serde_json::Deserializer::from_str(&payload).into_iter::<Value>();
    values.map_while(Result::ok).map(|value| new_in(&value)).sum()
}

/// The tokens of what is new in an event, wherever in it.
fn new_in(value: &Value) -> usize {
    match value {
        Value::Object(members) => {
            // Bytes of sound are no text.
            if members.get("type").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("audio.delta")) {
                return 0;
            }
            let inside = members.iter().map(|(name, value)| match name.as_str() {
                "delta" => value.as_str().map_or_else(|| said(value), tokens::count),
                "choices" => completed(value) + new_in(value),
                _ => new_in(value),
            });
            inside.sum()
        }
        Value::Array(items) => items.iter().map(new_in).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// The tokens of the texts of legacy completions.
fn completed(choices: &Value) -> usize {
    let choices = choices.as_array().map(Vec::as_slice).unwrap_or_default();
    choices.iter().filter_map(|choice| choice.get("text")?.as_str()).map(tokens::count).sum()
}

/// The tokens of what a delta says, at any depth.
fn said(delta: &Value) -> usize {
    match delta {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) if SAID.contains(&name.as_str()) => tokens::count(text),
                _ => said(value),
            })
            .sum(),
        Value::Array(items) => items.iter().map(said).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn what_is_new_is_counted() {
        for (frame, expected) in [
            (r#"data: {"choices":[{"index":0,"delta":{"content":"Hello there!"}}]}"#, 3),
            (r#"data: {"choices":[{"index":0,"delta":{"reasoning_content":"Hello there!"}}]}"#, 3),
            (
                r#"data: {"choices":[{"delta":{"tool_calls":[{"id":"call_1","function":{"arguments":"{\"location\":\"Paris\"}"}}]}}]}"#,
                5,
            ),
            (r#"data: {"choices":[{"index":0,"text":"Hello there!","finish_reason":null}]}"#, 3),
            (
                "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hello there!\"}\n\n",
                3,
            ),
            (
                "event: content_block_delta\r\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"Hello there!\"}}\r\n\r\n",
                3,
            ),
            (
                r#"data: {"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"location\":\"Paris\"}"}}"#,
                5,
            ),
            ("{\"delta\":{\"text\":\"Hello there!\"}}\n", 3),
            ("data: {\"delta\":\ndata: \"Hello there!\"}\n\n", 3),
        ] {
            assert_eq!(tokens(frame.as_bytes()), expected, "{frame}");
        }
    }

    #[test]
    fn what_says_nothing_new_takes_no_time() {
        for frame in [
            "data: [DONE]\n\n",
            ": a comment\n\n",
            "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"},\"finish_reason\":\"stop\"}]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"content\":null}}]}\n\n",
            "data: {\"type\":\"response.output_text.done\",\"text\":\"Hello there!\"}\n\n",
            "data: {\"type\":\"response.completed\",\"response\":{\"output\":[{\"content\":[{\"text\":\"Hello\"}]}]}}\n\n",
            "data: {\"type\":\"response.audio.delta\",\"delta\":\"UklGRiQAAABXQVZF\"}\n\n",
            "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}}\n\n",
            "data: {\"delta\":{\"type\":\"signature_delta\",\"signature\":\"EqQBCgIYAhIM1gbcDa9GJwZA\"}}\n\n",
            "data: {\"delta\":\"cut off",
            "",
        ] {
            assert_eq!(tokens(frame.as_bytes()), 0, "{frame}");
        }
        assert_eq!(tokens(b"\xff\xfe{\"delta\":\"x\"}"), 0);
    }
}
