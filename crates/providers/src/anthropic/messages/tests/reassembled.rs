//! Whatever is written is what SDKs put together, however it is cut.

use super::reassembly::reassemble;
use super::*;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::Map;

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z ,.]{0,40}",
        any::<String>(),
        Just("line\u{2028}s\u{85}\r\n\t👩‍👩‍👧‍👦\u{1f600}\"\\ü".to_owned()),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1000..1000).prop_map(|n| json!(f64::from(n) / 8.0)),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(any_text(), inner, 0..4).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Value> {
    btree_map(any_text(), any_json(), 0..4).prop_map(|members| members.into_iter().collect())
}

fn any_block() -> impl Strategy<Value = Value> {
    let tool = prop_oneof![Just("tool_use"), Just("server_tool_use"), Just("mcp_tool_use")];
    let other = prop_oneof![
        Just("web_search_tool_result"),
        Just("web_fetch_tool_result"),
        Just("code_execution_tool_result"),
        Just("bash_code_execution_tool_result"),
        Just("text_editor_code_execution_tool_result"),
        Just("tool_search_tool_result"),
        Just("advisor_tool_result"),
        Just("mcp_tool_result"),
        Just("of_tomorrow"),
    ];
    let block = prop_oneof![
        any_text().prop_map(|text| json!({"type": "text", "text": text})),
        any_text().prop_map(|text| json!({"type": "text", "text": text, "citations": null})),
        (vec(any_object(), 0..3), any_text())
            .prop_map(|(citations, text)| json!({"citations": citations, "type": "text", "text": text})),
        (any_text(), any_text()).prop_map(
            |(thinking, signature)| json!({"type": "thinking", "thinking": thinking, "signature": signature})
        ),
        any_text().prop_map(|data| json!({"type": "redacted_thinking", "data": data})),
        (tool, any_object())
            .prop_map(|(kind, input)| json!({"type": kind, "id": "toolu_1", "name": "n", "input": input})),
        (other, any_json()).prop_map(|(kind, content)| json!({"type": kind, "tool_use_id": "srvtoolu_1", "content": content})),
        option::of(any_text()).prop_map(|content| json!({"type": "compaction", "content": content})),
        (option::of(any_text()), option::of(any_text())).prop_map(
            |(content, encrypted)| json!({"type": "compaction", "content": content, "encrypted_content": encrypted})
        ),
        Just(json!({"type": "container_upload", "file_id": "file_1"})),
        Just(json!({"type": "fallback", "from": {"model": "a"}, "to": {"model": "b"}})),
    ];
    (block, option::of(any_json())).prop_map(|(mut block, unknown)| {
        if let Some(unknown) = unknown {
            block["of_tomorrow"] = unknown;
        }
        block
    })
}

/// Members that may be there, each of them or not.
fn some_of(members: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Map<String, Value>> {
    members.into_iter().fold(Just(Map::new()).boxed(), |all, (key, value)| {
        (all, option::of(value))
            .prop_map(move |(mut all, value)| {
                all.extend(value.map(|value| (key.to_owned(), value)));
                all
            })
            .boxed()
    })
}

fn or_null(value: Value) -> BoxedStrategy<Value> {
    prop_oneof![Just(Value::Null), Just(value)].boxed()
}

fn any_usage() -> impl Strategy<Value = Map<String, Value>> {
    let optional = some_of(vec![
        ("cache_creation_input_tokens", or_null(json!(5))),
        ("cache_read_input_tokens", or_null(json!(0))),
        ("cache_creation", or_null(json!({"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 0}))),
        ("service_tier", or_null(json!("standard"))),
        ("inference_geo", or_null(json!("us"))),
        ("speed", or_null(json!("fast"))),
        ("output_tokens_details", or_null(json!({"thinking_tokens": 3}))),
        ("server_tool_use", or_null(json!({"web_search_requests": 1, "web_fetch_requests": 0}))),
        ("iterations", or_null(json!([{"type": "message", "input_tokens": 1, "output_tokens": 2}]))),
        ("of_tomorrow", any_json().boxed()),
    ]);
    (0u32..5000, 0u32..5000, optional).prop_map(|(input, output, optional)| {
        let mut usage = Map::new();
        usage.insert("input_tokens".to_owned(), json!(input));
        usage.extend(optional);
        usage.insert("output_tokens".to_owned(), json!(output));
        usage
    })
}

fn any_message() -> impl Strategy<Value = Value> {
    let reason = prop_oneof![
        Just("end_turn"),
        Just("max_tokens"),
        Just("stop_sequence"),
        Just("tool_use"),
        Just("pause_turn"),
        Just("refusal"),
        Just("of_tomorrow"),
    ];
    let optional = some_of(vec![
        ("stop_details", or_null(json!({"type": "refusal", "category": null, "explanation": "no"}))),
        (
            "container",
            or_null(json!({"id": "container_1", "expires_at": "2026-01-01T00:00:00Z", "skills": null})),
        ),
        ("context_management", or_null(json!({"applied_edits": []}))),
        ("diagnostics", or_null(json!({"cache_miss_reason": null}))),
        ("input_transformations", or_null(json!([]))),
        ("of_tomorrow", any_json().boxed()),
    ]);
    let head = (option::of(any_text()), reason, any_usage(), optional);
    (vec(any_block(), 0..6), head).prop_map(|(content, (stop_sequence, reason, usage, optional))| {
        let mut message = json!({
            "id": "msg_01AbC",
            "type": "message",
            "role": "assistant",
            "model": "claude-x",
            "content": content,
            "stop_reason": reason,
            "stop_sequence": stop_sequence,
            "usage": usage,
        });
        message.as_object_mut().unwrap().extend(optional);
        message
    })
}

fn any_split() -> impl Strategy<Value = Option<Split>> {
    option::of(prop_oneof![
        (1usize..9).prop_map(Split::Tokens),
        (1usize..30).prop_map(Split::Characters),
        Just(Split::Whole),
    ])
}

proptest! {
    #[test]
    fn what_is_put_together_is_what_was_written(message in any_message(), split in any_split()) {
        prop_assert_eq!(reassemble(&streamed(message.clone(), split)), message);
    }

    #[test]
    fn nothing_written_is_too_odd_for_a_stream(object in any_object(), content in vec(any_json(), 0..3), odd in any_json()) {
        let mut object = object;
        object["content"] = json!([{"type": "text", "text": odd, "citations": odd}, {"type": "thinking", "thinking": odd}, {"type": "tool_use", "input": odd}, content]);
        for key in ["usage", "stop_reason", "container", "id"] {
            let mut object = object.clone();
            object[key] = odd.clone();
            let stream = streamed(object, None);
            let stops = stream.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
            prop_assert!(stops, "{}", stream);
        }
    }
}
