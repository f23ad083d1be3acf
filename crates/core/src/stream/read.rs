//! Reading events that were written, one at a time.

use serde_json::Value;

/// The JSON that a server-sent event carries; `None` where it carries none.
#[must_use]
pub fn sse_json(event: &[u8]) -> Option<Value> {
    let mut data = String::new();
    for line in std::str::from_utf8(event).ok()?.split(['\r', '\n']) {
        if let Some(more) = line.strip_prefix("data:") {
            data.push_str(more);
            data.push('\n');
        }
    }
    serde_json::from_str(&data).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_is_its_data() {
        for (event, data) in [
            ("data: {\"a\":1}\n\n", Some(json!({"a": 1}))),
            ("event: x\r\ndata:{\"a\":\r\ndata: 1}\r\n\r\n", Some(json!({"a": 1}))),
            ("data: [DONE]\n\n", None),
            (": note\n\n", None),
        ] {
            assert_eq!(sse_json(event.as_bytes()), data, "{event}");
        }
    }
}
