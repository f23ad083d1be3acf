//! Puts a message together from the bytes of a stream, as Anthropic's SDKs do, and is stricter than they are
//! about the order of events.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The events of a stream; each has the name that it says it is.
fn events(stream: &str) -> Vec<Value> {
    let frames = stream.strip_suffix("\n\n").expect("the last event is closed").split("\n\n");
    frames
        .map(|frame| {
            let (name, data) = frame.split_once('\n').expect("two lines");
            let name = name.strip_prefix("event: ").expect("a name");
            let data = data.strip_prefix("data: ").expect("data");
            assert!(!data.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']), "{data}");
            let data: Value = serde_json::from_str(data).expect("JSON");
            assert_eq!(data["type"], name);
            data
        })
        .collect()
}

#[derive(Default)]
struct Accumulator {
    message: Option<Map<String, Value>>,
    blocks: Vec<Value>,
    open: Option<usize>,
    jsons: BTreeMap<usize, String>,
    signatures: usize,
    pings: usize,
    told: bool,
}

pub(super) fn reassemble(stream: &str) -> Value {
    let mut all = Accumulator::default();
    let mut events = events(stream);
    assert_eq!(events.pop(), Some(json!({"type": "message_stop"})));
    for event in events {
        all.take(&event);
    }
    assert!(all.told && all.open.is_none());
    assert_eq!(all.pings, usize::from(!all.blocks.is_empty()));
    let mut message = all.message.unwrap();
    message["content"] = Value::Array(all.blocks);
    Value::Object(message)
}

impl Accumulator {
    fn take(&mut self, event: &Value) {
        assert!(!self.told, "nothing but the stop follows the end: {event}");
        let index = || usize::try_from(event["index"].as_u64().unwrap()).unwrap();
        match event["type"].as_str().unwrap() {
            "message_start" => {
                assert!(self.message.is_none());
                let message = event["message"].as_object().unwrap();
                assert_eq!(message["content"], json!([]));
                assert!(message["stop_reason"].is_null() && message["stop_sequence"].is_null());
                assert!(message["usage"]["output_tokens"].as_u64().unwrap() <= 1);
                self.message = Some(message.clone());
            }
            "ping" => {
                assert_eq!((self.blocks.len(), self.open), (1, Some(0)));
                self.pings += 1;
            }
            "content_block_start" => {
                assert_eq!((self.open, self.blocks.len()), (None, index()));
                self.open = Some(index());
                self.signatures = 0;
                self.blocks.push(event["content_block"].clone());
            }
            "content_block_delta" => {
                assert_eq!(self.open, Some(index()));
                self.grow(index(), &event["delta"]);
            }
            "content_block_stop" => {
                assert_eq!(self.open.take(), Some(index()));
                if let Some(json) = self.jsons.remove(&index()).filter(|json| !json.is_empty()) {
                    self.blocks[index()]["input"] = serde_json::from_str(&json).unwrap();
                }
            }
            "message_delta" => self.end(event),
            other => panic!("an event that SDKs do not know: {other}"),
        }
    }

    fn grow(&mut self, index: usize, delta: &Value) {
        let block = &mut self.blocks[index];
        let kind = block["type"].as_str().unwrap().to_owned();
        match (delta["type"].as_str().unwrap(), kind.as_str()) {
            ("text_delta", "text") => append(&mut block["text"], &delta["text"]),
            ("thinking_delta", "thinking") => append(&mut block["thinking"], &delta["thinking"]),
            ("signature_delta", "thinking") => {
                self.signatures += 1;
                assert_eq!(self.signatures, 1);
                block["signature"] = delta["signature"].clone();
            }
            ("citations_delta", "text") => {
                block["citations"]
                    .as_array_mut()
                    .expect("a list from the start")
                    .push(delta["citation"].clone());
            }
            ("input_json_delta", "tool_use" | "server_tool_use" | "mcp_tool_use") => {
                assert_eq!(block["input"], json!({}));
                let piece = delta["partial_json"].as_str().unwrap();
                assert_eq!(
                    piece.is_empty(),
                    !self.jsons.contains_key(&index),
                    "the first is empty, no other"
                );
                self.jsons.entry(index).or_default().push_str(piece);
            }
            ("compaction_delta", "compaction") => {
                block["content"] = delta["content"].clone();
                if let Some(encrypted) = delta.get("encrypted_content") {
                    block["encrypted_content"] = encrypted.clone();
                }
            }
            (delta, block) => panic!("{delta} in {block}"),
        }
    }

    fn end(&mut self, event: &Value) {
        self.told = true;
        let message = self.message.as_mut().unwrap();
        let delta = &event["delta"];
        message.insert("stop_reason".to_owned(), delta["stop_reason"].clone());
        message.insert("stop_sequence".to_owned(), delta["stop_sequence"].clone());
        if let Some(details) = delta.get("stop_details") {
            message.insert("stop_details".to_owned(), details.clone());
        }
        for (key, place) in [("container", delta), ("context_management", event)] {
            if !place[key].is_null() {
                message.insert(key.to_owned(), place[key].clone());
            }
        }
        let totals = event["usage"].as_object().unwrap();
        let usage = message["usage"].as_object_mut().unwrap();
        usage["output_tokens"] = totals["output_tokens"].clone();
        for (key, value) in totals.iter().filter(|(_, value)| !value.is_null()) {
            assert!(
                [
                    "input_tokens",
                    "cache_creation_input_tokens",
                    "cache_read_input_tokens",
                    "output_tokens",
                    "server_tool_use",
                    "output_tokens_details",
                    "iterations",
                ]
                .contains(&key.as_str()),
                "SDKs do not take {key} from the end"
            );
            usage.insert(key.clone(), value.clone());
        }
    }
}

fn append(text: &mut Value, piece: &Value) {
    let piece = piece.as_str().unwrap();
    assert!(!piece.is_empty());
    let Value::String(text) = text else { panic!("{text} cannot grow") };
    text.push_str(piece);
}
