//! Writing events: a line of JSON each.

use bytes::Bytes;
use serde_json::Value;

/// A JSON text on one line, with what some clients take for the end of a line escaped: httpx and Python's
/// `splitlines` end lines at U+2028, U+2029 and U+0085.
#[must_use]
pub fn json_text(value: &Value) -> String {
    let text = value.to_string();
    if !text.contains(['\u{2028}', '\u{2029}', '\u{85}']) {
        return text;
    }
    // Outside of strings JSON holds none of them.
    text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029").replace('\u{85}', "\\u0085")
}

/// A server-sent event of JSON, with a name where the vendor gives one.
#[must_use]
pub fn sse_event(name: Option<&str>, data: &Value) -> Bytes {
    sse_text(name, &json_text(data))
}

/// A server-sent event of one line of text, such as `[DONE]`.
#[must_use]
pub fn sse_text(name: Option<&str>, data: &str) -> Bytes {
    Bytes::from(match name {
        Some(name) => format!("event: {name}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_one_line_for_every_client() {
        let event = sse_event(Some("x"), &json!({"b": "a\u{2028}b\u{2029}\u{85}\n", "a": 1}));
        let text = "event: x\ndata: {\"b\":\"a\\u2028b\\u2029\\u0085\\n\",\"a\":1}\n\n";
        assert_eq!(event, Bytes::from_static(text.as_bytes()));
    }
}
