//! A block of content as a stream sends it: how it starts, and what is added to it.

use serde_json::{Map, Value, json};
use standin_core::dialect::Options;

/// Tokens in a delta of Anthropic's own streams.
const TOKENS: usize = 5;

/// The block that a stream starts with, and the deltas that make it whole. Only a few kinds grow; all others
/// are whole from the start.
pub(super) fn taken_apart(block: Value, options: &Options) -> (Value, Vec<Value>) {
    let Value::Object(mut members) = block else { return (block, Vec::new()) };
    let deltas = match members.get("type").and_then(Value::as_str) {
        Some("text") => text(&mut members, options),
        Some("thinking") => thinking(&mut members, options),
        Some("tool_use" | "server_tool_use" | "mcp_tool_use") => input(&mut members, options),
        Some("compaction") => compaction(&mut members),
        _ => Vec::new(),
    };
    (Value::Object(members), deltas)
}

fn text(members: &mut Map<String, Value>, options: &Options) -> Vec<Value> {
    let text = emptied(members, "text");
    let mut deltas = options
        .pieces(&text, TOKENS)
        .into_iter()
        .map(|piece| json!({"type": "text_delta", "text": piece}))
        .collect::<Vec<_>>();
    if let Some(Value::Array(citations)) = members.get_mut("citations") {
        let each = citations.drain(..);
        deltas.extend(each.map(|citation| json!({"type": "citations_delta", "citation": citation})));
    }
    deltas
}

/// The signature is sent in one delta: SDKs keep the last one only.
fn thinking(members: &mut Map<String, Value>, options: &Options) -> Vec<Value> {
    let is_signed = members.get("signature").is_some_and(Value::is_string);
    let (thinking, signature) = (emptied(members, "thinking"), emptied(members, "signature"));
    let mut deltas = options
        .pieces(&thinking, TOKENS)
        .into_iter()
        .map(|piece| json!({"type": "thinking_delta", "thinking": piece}))
        .collect::<Vec<_>>();
    if is_signed {
        deltas.push(json!({"type": "signature_delta", "signature": signature}));
    }
    deltas
}

/// The first piece is empty, as the vendor's is; for an empty input it is the only one.
fn input(members: &mut Map<String, Value>, options: &Options) -> Vec<Value> {
    let nothing = json!({});
    let input = members.insert("input".to_owned(), nothing.clone()).unwrap_or_else(|| nothing.clone());
    let json = if input == nothing { String::new() } else { input.to_string() };
    let pieces = std::iter::once("").chain(options.pieces(&json, TOKENS));
    pieces.map(|piece| json!({"type": "input_json_delta", "partial_json": piece})).collect()
}

/// One delta holds the summary and, where there is one, what is encrypted beside it; a compaction that failed
/// has a null for a summary.
fn compaction(members: &mut Map<String, Value>) -> Vec<Value> {
    if !members.contains_key("content") {
        return Vec::new();
    }
    let mut delta = Map::new();
    delta.insert("type".to_owned(), json!("compaction_delta"));
    for key in ["content", "encrypted_content"] {
        if let Some(value) = members.get_mut(key) {
            delta.insert(key.to_owned(), value.take());
        }
    }
    vec![Value::Object(delta)]
}

/// Takes a text out and leaves an empty one, also where there was none, because SDKs add to it. What is not a
/// text stays.
fn emptied(members: &mut Map<String, Value>, key: &str) -> String {
    match members.entry(key).or_insert_with(|| json!("")) {
        Value::String(text) => std::mem::take(text),
        _ => String::new(),
    }
}
