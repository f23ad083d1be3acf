//! Events, written out.

use super::*;

/// A message as the vendor's own are.
fn message(content: &Value, stop_reason: &str) -> Value {
    json!({
        "id": "msg_01AbC",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-4-5-20251001",
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "usage": {"input_tokens": 10, "output_tokens": 7},
    })
}

const START: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_01AbC","type":"message","role":"assistant","model":"claude-haiku-4-5-20251001","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":10,"output_tokens":1}}}

"#;

/// What lies between the start of the message and its end.
fn blocks(content: &Value) -> String {
    let stream = streamed(message(content, "end_turn"), None);
    let end = r#"event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":10,"output_tokens":7}}

event: message_stop
data: {"type":"message_stop"}

"#;
    let blocks = stream.strip_prefix(START).and_then(|rest| rest.strip_suffix(end));
    blocks.unwrap_or_else(|| panic!("{stream}")).to_owned()
}

#[test]
fn a_text_comes_five_tokens_at_a_time() {
    let blocks = blocks(&json!([{"type": "text", "text": "Hello there! How can I help you?"}]));
    assert_eq!(
        blocks,
        r#"event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello there! How can"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" I help you?"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

"#
    );
}

#[test]
fn thinking_is_signed_once_and_what_is_redacted_comes_whole() {
    let signature = "EqoB".repeat(40);
    let blocks = blocks(&json!([
        {"type": "thinking", "thinking": "Two and two is four.", "signature": signature},
        {"type": "redacted_thinking", "data": "EmwKAhgB"},
    ]));
    assert_eq!(
        blocks,
        r#"event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Two and two is four"}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"."}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"SIGNATURE"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"EmwKAhgB"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

"#
        .replace("SIGNATURE", &signature)
    );
}

#[test]
fn the_first_piece_of_an_input_is_empty_and_of_an_empty_input_the_only_one() {
    let blocks = blocks(&json!([
        {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Paris", "days": 2}, "caller": {"type": "direct"}},
        {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}},
    ]));
    assert_eq!(
        blocks,
        r#"event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_1","name":"weather","input":{},"caller":{"type":"direct"}}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"city\":\"Paris\",\""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"days\":2}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"toolu_2","name":"now","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

"#
    );
}

#[test]
fn a_search_is_called_answered_and_cited() {
    let blocks = blocks(&json!([
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
        {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"type": "web_search_result", "url": "https://x.example", "title": "X", "encrypted_content": "E", "page_age": null}]},
        {"type": "text", "text": "So it is.", "citations": [{"type": "web_search_result_location", "url": "https://x.example"}, {"type": "char_location", "document_index": 0}]},
    ]));
    assert_eq!(
        blocks,
        r#"event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"query\":\"x\"}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","url":"https://x.example","title":"X","encrypted_content":"E","page_age":null}]}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"text","text":"","citations":[]}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"So it is."}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"web_search_result_location","url":"https://x.example"}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"char_location","document_index":0}}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

"#
    );
}

#[test]
fn a_compaction_is_one_delta() {
    let blocks =
        blocks(&json!([{"type": "compaction", "content": "Said so far.", "encrypted_content": "E"}]));
    assert_eq!(
        blocks,
        r#"event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"compaction","content":null,"encrypted_content":null}}

event: ping
data: {"type":"ping"}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"compaction_delta","content":"Said so far.","encrypted_content":"E"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

"#
    );
}

#[test]
fn blocks_of_other_kinds_come_whole() {
    for block in [
        json!({"type": "container_upload", "file_id": "file_1"}),
        json!({"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_1", "content": {"type": "code_execution_result", "stdout": "4\n", "return_code": 0}}),
        json!({"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": false, "content": [{"type": "text", "text": "a long text that is not cut"}]}),
        json!({"type": "fallback", "to": {"model": "claude-x"}}),
        json!({"type": "of_tomorrow", "text": "whole", "input": {"a": 1}}),
        json!({"text": "of no type"}),
        json!("no object"),
    ] {
        let expected = format!(
            "event: content_block_start\ndata: {{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{block}}}\n\n\
             event: ping\ndata: {{\"type\":\"ping\"}}\n\n\
             event: content_block_stop\ndata: {{\"type\":\"content_block_stop\",\"index\":0}}\n\n"
        );
        assert_eq!(blocks(&json!([block])), expected);
    }
}

#[test]
fn what_the_end_tells_is_null_at_the_start() {
    let stream = streamed(
        json!({
            "id": "msg_1", "type": "message", "role": "assistant", "model": "m",
            "container": {"id": "container_1", "expires_at": "2026-01-01T00:00:00Z"},
            "content": [],
            "stop_reason": "refusal", "stop_sequence": null,
            "stop_details": {"type": "refusal", "category": "bio", "explanation": null},
            "usage": {
                "input_tokens": 10, "cache_creation_input_tokens": 2, "cache_read_input_tokens": 3,
                "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 0},
                "output_tokens": 40, "service_tier": "standard", "inference_geo": "us", "speed": "fast",
                "output_tokens_details": {"thinking_tokens": 12},
                "server_tool_use": {"web_search_requests": 1, "web_fetch_requests": 0},
                "iterations": [{"type": "message", "output_tokens": 40}],
            },
            "context_management": {"applied_edits": []},
            "diagnostics": {"x": 1},
        }),
        None,
    );
    assert_eq!(
        stream,
        r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","container":null,"content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"usage":{"input_tokens":10,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"cache_creation":{"ephemeral_5m_input_tokens":2,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard","inference_geo":"us","speed":"fast"},"diagnostics":{"x":1}}}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"refusal","stop_sequence":null,"stop_details":{"type":"refusal","category":"bio","explanation":null},"container":{"id":"container_1","expires_at":"2026-01-01T00:00:00Z"}},"usage":{"input_tokens":10,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":40,"output_tokens_details":{"thinking_tokens":12},"server_tool_use":{"web_search_requests":1,"web_fetch_requests":0},"iterations":[{"type":"message","output_tokens":40}]},"context_management":{"applied_edits":[]}}

event: message_stop
data: {"type":"message_stop"}

"#
    );
}

#[test]
fn pieces_are_cut_as_it_is_asked_and_stay_on_one_line() {
    let text = json!([{"type": "text", "text": "a\u{2028}👩\n"}, {"type": "tool_use", "id": "1", "name": "n", "input": {"e": "\"\\😀"}}]);
    let stream = streamed(message(&text, "tool_use"), Some(Split::Characters(1)));
    let deltas = stream.lines().filter_map(|line| line.rsplit_once(r#"_delta","#)).map(|(_, rest)| rest);
    assert_eq!(
        deltas.collect::<Vec<_>>(),
        [
            r#""text":"a"}}"#,
            r#""text":"\u2028"}}"#,
            r#""text":"👩"}}"#,
            r#""text":"\n"}}"#,
            r#""partial_json":""}}"#,
            r#""partial_json":"{"}}"#,
            r#""partial_json":"\""}}"#,
            r#""partial_json":"e"}}"#,
            r#""partial_json":"\""}}"#,
            r#""partial_json":":"}}"#,
            r#""partial_json":"\""}}"#,
            r#""partial_json":"\\"}}"#,
            r#""partial_json":"\""}}"#,
            r#""partial_json":"\\"}}"#,
            r#""partial_json":"\\"}}"#,
            r#""partial_json":"😀"}}"#,
            r#""partial_json":"\""}}"#,
            r#""partial_json":"}"}}"#,
            r#""delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":10,"output_tokens":7}}"#,
        ]
    );
}

#[test]
fn what_is_not_written_is_made_up() {
    let tool = json!({"content": [{"type": "text", "text": 5}, {"type": "thinking"}, {"type": "tool_use"}], "usage": {"speed": "fast"}});
    let stream = streamed(tool, None);
    let expected = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_01ID","type":"message","role":"assistant","model":"claude-haiku-4-5","content":[],"usage":{"speed":"fast","output_tokens":1},"stop_reason":null,"stop_sequence":null}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":5}}

event: ping
data: {"type":"ping"}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":1}}

event: message_stop
data: {"type":"message_stop"}

"#;
    let (_, made_up) = stream.split_once("msg_01").unwrap();
    let id = &made_up[..22];
    assert!(id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
    assert_eq!(stream.replace(id, "ID"), expected);
}

#[test]
fn a_text_for_a_content_is_a_block_and_no_object_is_an_empty_message() {
    let stream = streamed(json!({"id": "msg_1", "content": "Hi"}), None);
    assert!(stream.contains(r#""delta":{"type":"text_delta","text":"Hi"}"#), "{stream}");
    assert!(stream.contains(r#""usage":{"input_tokens":9,"#), "{stream}");
    for odd in [json!(null), json!("x"), json!([1])] {
        let stream = streamed(odd, None);
        assert!(stream.starts_with("event: message_start\ndata: {"), "{stream}");
        assert!(stream.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"), "{stream}");
    }
}
