//! Whatever is asked and whatever is written: something is answered, and what is streamed is a stream.

use crate::{all, claiming};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use standin_core::dialect::{
    Dialect, Endpoint, Failure, Ids, Options, RenderedBody, Revisit, Said, ToolCall,
};
use standin_core::shape::Interruption;
use standin_core::stream::{Framing, sse_event, sse_json};
use standin_core::tokens::Split;
use standin_core::{Call, Headers};

/// Names that dialects look at, so that shapes go wrong where it matters.
const NAMES: [&str; 67] = [
    "item",
    "response",
    "part",
    "output_index",
    "content_index",
    "sequence_number",
    "content_block",
    "id",
    "object",
    "type",
    "model",
    "choices",
    "message",
    "delta",
    "content",
    "role",
    "tool_calls",
    "function",
    "arguments",
    "name",
    "index",
    "finish_reason",
    "logprobs",
    "refusal",
    "annotations",
    "audio",
    "usage",
    "output",
    "status",
    "summary",
    "text",
    "input",
    "messages",
    "tools",
    "system",
    "instructions",
    "data",
    "embedding",
    "b64_json",
    "partial_images",
    "segments",
    "words",
    "start",
    "end",
    "code",
    "outputs",
    "queries",
    "results",
    "action",
    "operation",
    "diff",
    "commands",
    "thinking",
    "signature",
    "citations",
    "stop_reason",
    "container",
    "context_management",
    "error",
    "prompt",
    "n",
    "stream",
    "stream_options",
    "dimensions",
    "encoding_format",
    "response_format",
    "background",
];

/// Values that dialects look at.
const TEXTS: [&str; 48] = [
    "response.created",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.function_call_arguments.delta",
    "message_start",
    "content_block_start",
    "content_block_delta",
    "",
    "a 👩‍👩‍👧‍👦 b",
    "message",
    "reasoning",
    "function_call",
    "custom_tool_call",
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
    "mcp_call",
    "mcp_list_tools",
    "mcp_approval_request",
    "computer_call",
    "shell_call",
    "apply_patch_call",
    "output_text",
    "refusal",
    "reasoning_text",
    "summary_text",
    "text",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "tool_result",
    "server_tool_use",
    "web_search_tool_result",
    "compaction",
    "completed",
    "failed",
    "incomplete",
    "queued",
    "user",
    "assistant",
    "tool",
    "base64",
    "srt",
    "diarized_json",
    "sse",
    "QUJD",
];

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        prop_oneof![Just(-1.0), Just(0.0), Just(3.0), Just(1e300), any::<f64>()]
            .prop_map(|number| json!(number)),
        any::<i64>().prop_map(|number| json!(number)),
        proptest::sample::select(&TEXTS[..]).prop_map(|text| json!(text)),
        any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(6, 48, 6, |inner| {
        let member = (proptest::sample::select(&NAMES[..]), inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::Array),
            proptest::collection::vec(member, 0..8).prop_map(|members| {
                Value::Object(
                    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>(),
                )
            }),
        ]
    })
}

fn said() -> impl Strategy<Value = Said> {
    let text = || proptest::option::of(any::<String>());
    let calls = proptest::collection::vec((text(), any::<String>(), tree()), 0..3);
    (text(), text(), text(), calls, text()).prop_map(|(text, reasoning, refusal, calls, finish_reason)| {
        Said {
            text,
            reasoning,
            refusal,
            finish_reason,
            tool_calls: calls
                .into_iter()
                .map(|(id, name, arguments)| ToolCall { id, name, arguments })
                .collect(),
            ..Said::default()
        }
    })
}

fn dialects() -> impl Iterator<Item = &'static dyn Dialect> {
    all().filter_map(standin_core::Provider::dialect)
}

/// Every event is whole, and holds JSON or the mark of the end.
fn check(dialect: &dyn Dialect, object: &Value, body: &Value, endpoint: Endpoint) {
    let asked = dialect.asked(endpoint, "/openai/deployments/d/chat/completions", body);
    let options = Options { split: Some(Split::Characters(3)), private_events: true, ..Options::default() };
    let rendered = dialect.render(object.clone(), &asked, &options);
    if let RenderedBody::Frames(frames) = &rendered.body
        && rendered.content_type.starts_with("text/event-stream")
    {
        for frame in frames {
            let text = std::str::from_utf8(frame).unwrap();
            let event = text.strip_suffix("\n\n").unwrap();
            let data = event.lines().last().unwrap().strip_prefix("data: ").unwrap();
            assert!(data == "[DONE]" || serde_json::from_str::<Value>(data).is_ok(), "{text}");
            assert!(event.lines().count() <= 2, "{text}");
        }
    }
    let _ = dialect.fields(200, Some(&asked), &mut Ids::new(1));
    let _ = dialect.computed(&asked);
    for content_type in ["application/json", "multipart/form-data; boundary=x"] {
        let headers = Headers::from_iter([("content-type", content_type)]);
        let _ = dialect.validate(&headers, &asked);
    }
    if let Some(mut kept) = dialect.kept(object, &asked, &options) {
        for revisit in [Revisit::Get, Revisit::InputItems, Revisit::Cancel, Revisit::Delete, Revisit::Get] {
            let query = Some("stream=true&starting_after=1&limit=0&after=x&order=asc");
            let _ = dialect.revisit(revisit, "id", Some(&mut kept), query);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_object_is_rendered(object in tree(), body in tree(), stream in any::<bool>()) {
        let mut body = body;
        if let (Value::Object(members), true) = (&mut body, stream) {
            members.insert("stream".to_owned(), json!(true));
        }
        for dialect in dialects() {
            for endpoint in Endpoint::ALL {
                check(dialect, &object, &body, endpoint);
            }
        }
    }

    #[test]
    fn any_stream_breaks_off(events in proptest::collection::vec(tree(), 0..5), code in tree(), kind in any::<Option<String>>()) {
        let frames: Vec<_> = events.iter().map(|event| sse_event(None, event)).collect();
        let failure = Failure { kind, ..Failure::of(500).coded(code) };
        for dialect in dialects() {
            for endpoint in Endpoint::ALL {
                for how in [Interruption::Error, Interruption::Failed, Interruption::Incomplete] {
                    if let Some(said) = dialect.interruption(endpoint, how, &failure, &frames) {
                        for event in Framing::Sse.split(&said) {
                            prop_assert!(event.ends_with(b"data: [DONE]\n\n") || sse_json(&event).is_some());
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn anything_said_is_composed_or_refused(said in said(), body in tree()) {
        for dialect in dialects() {
            for endpoint in Endpoint::ALL {
                let asked = dialect.asked(endpoint, "/v1/x", &body);
                if let Ok(object) = dialect.compose(&said, &asked) {
                    check(dialect, &object, &body, endpoint);
                }
            }
        }
    }

    #[test]
    fn any_address_is_named_or_not(method in "(GET|POST|DELETE|PUT)", path in "(/v1|/openai)?(/[a-z_./%0-9]{0,12}){0,5}", body in any::<Vec<u8>>()) {
        let call = Call {
            method: method.clone(), path: path.clone(), query: None, host: None,
            headers: Headers::from_iter([("anthropic-version", "x")]), body: body.into(),
        };
        for dialect in dialects() {
            let _ = dialect.operation(&method, &path);
            let _ = dialect.admits(&call);
        }
        let _ = claiming(&path, &call.headers);
    }
}
