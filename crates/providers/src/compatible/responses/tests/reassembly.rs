//! Any response, streamed and put together again, is that response.

use super::accumulate::accumulate;
use super::{events_from, json_of, rendered, response};
use proptest::prelude::*;
use serde_json::{Value, json};
use standin_core::dialect::Options;
use standin_core::tokens::Split;

type Item = BoxedStrategy<Value>;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z ]{0,40}",
        Just("Grüße 👩‍👩‍👧‍👦 \u{2028}\n\u{85}".to_owned()),
        Just(String::new())
    ]
}

fn ending() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("completed"), Just("incomplete"), Just("failed")]
}

fn null_or<T: std::fmt::Debug + Into<Value> + 'static>(
    inner: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), inner.prop_map(Into::into)]
}

fn output_text() -> Item {
    let annotations =
        prop::collection::vec(text().prop_map(|url| json!({"type": "url_citation", "url": url})), 0..3);
    let words =
        prop_oneof![text(), prop::collection::vec("[a-z]{0,4}", 0..5).prop_map(|words| words.concat())];
    let logprobs = prop::option::of(any::<bool>());
    (words, annotations, logprobs)
        .prop_map(|(text, annotations, logprobs)| {
            let mut part = json!({"type": "output_text", "annotations": annotations, "text": text});
            if let Some(scored) = logprobs {
                // An entry for each character, as if each were a token.
                let entries = text.chars().filter(|_| scored);
                part["logprobs"] = entries
                    .map(|token| json!({"token": token, "logprob": -1.0, "top_logprobs": []}))
                    .collect();
            }
            part
        })
        .boxed()
}

fn message() -> Item {
    let part = prop_oneof![
        4 => output_text(),
        1 => text().prop_map(|text| json!({"type": "refusal", "refusal": text})),
        1 => text().prop_map(|text| json!({"type": "output_audio", "transcript": text})),
    ];
    (prop::collection::vec(part, 0..3), ending())
        .prop_map(|(parts, status)| json!({"type": "message", "status": status, "content": parts, "role": "assistant", "phase": null}))
        .boxed()
}

fn reasoning() -> Item {
    let summary = text().prop_map(|text| json!({"type": "summary_text", "text": text}));
    let raw = text().prop_map(|text| json!({"type": "reasoning_text", "text": text}));
    (prop::collection::vec(summary, 0..3), null_or(prop::collection::vec(raw, 0..3)), null_or(text()))
        .prop_map(|(summary, content, encrypted)| {
            json!({"type": "reasoning", "summary": summary, "content": content, "encrypted_content": encrypted})
        })
        .boxed()
}

fn calls() -> Item {
    let arguments = || text().prop_map(|text| json!({"a": text}).to_string());
    prop_oneof![
        arguments().prop_map(|text| json!({"type": "function_call", "status": "completed", "arguments": text, "call_id": "c", "name": "f"})),
        (text(), any::<bool>()).prop_map(|(text, status)| {
            let mut item = json!({"type": "custom_tool_call", "call_id": "c", "input": text, "name": "f"});
            if status {
                item["status"] = json!("completed");
            }
            item
        }),
        (arguments(), null_or(text()), ending()).prop_map(|(text, error, status)| {
            json!({"type": "mcp_call", "status": status, "arguments": text, "error": error, "name": "f", "output": "o", "server_label": "s"})
        }),
        null_or(text()).prop_map(|error| json!({"type": "mcp_list_tools", "server_label": "s", "tools": [{"name": "t"}], "error": error})),
    ]
    .boxed()
}

fn hosted() -> Item {
    prop_oneof![
        ending().prop_map(|status| json!({"type": "web_search_call", "status": status, "action": {"type": "search"}})),
        text().prop_map(|query| json!({"type": "file_search_call", "status": "completed", "queries": [query], "results": [{}]})),
        (null_or(text()), ending()).prop_map(|(code, status)| {
            json!({"type": "code_interpreter_call", "status": status, "code": code, "container_id": "c", "outputs": []})
        }),
        prop::collection::vec("[a-z]{4}", 0..3).prop_map(|partials| {
            json!({"type": "image_generation_call", "status": "completed", "result": "iVBO", "partial_images": partials, "size": "1x1"})
        }),
        Just(json!({"type": "mcp_approval_request", "arguments": "{}", "name": "n", "server_label": "s"})),
        Just(json!({"type": "computer_call", "status": "completed", "call_id": "c", "action": {}, "pending_safety_checks": []})),
        Just(json!({"type": "local_shell_call", "status": "completed", "call_id": "c", "action": {"command": []}})),
        text().prop_map(|text| json!({"type": "shell_call", "status": "completed", "call_id": "c", "action": {"commands": [text]}})),
        text().prop_map(|text| json!({"type": "shell_call_output", "status": "completed", "call_id": "c", "output": [{"stdout": text}]})),
        text().prop_map(|text| json!({"type": "apply_patch_call", "status": "completed", "call_id": "c", "operation": {"diff": text}})),
        Just(json!({"type": "compaction", "encrypted_content": "g"})),
        Just(json!({"type": "program", "code": "1"})),
        text().prop_map(|text| json!({"type": "telepathy_call", "status": "completed", "content": [{"type": "output_text", "text": text}]})),
    ]
    .boxed()
}

fn object() -> impl Strategy<Value = Value> {
    let item = prop_oneof![3 => message(), 2 => reasoning(), 3 => calls(), 3 => hosted()];
    (prop::collection::vec(item, 0..6), ending(), any::<bool>()).prop_map(|(items, status, background)| {
        let numbered = items.into_iter().enumerate().map(|(index, mut item)| {
            item["id"] = format!("item_{index}").into();
            item
        });
        let mut object = response(&numbered.collect());
        object["status"] = status.into();
        object["background"] = background.into();
        if status == "failed" && background {
            object["error"] = json!({"code": "server_error", "message": "Oh no."});
        }
        object["something_new"] = json!({"kept": [null]});
        object
    })
}

fn options() -> impl Strategy<Value = Options> {
    let split = prop_oneof![
        Just(None),
        Just(Some(Split::Whole)),
        (1usize..5).prop_map(|most| Some(Split::Tokens(most))),
        (1usize..5).prop_map(|most| Some(Split::Characters(most))),
    ];
    (split, any::<bool>()).prop_map(|(split, obfuscation)| Options {
        split,
        obfuscation,
        ..Options::default()
    })
}

/// The object as it is to arrive: without what is written for its stream alone.
fn arriving(mut object: Value) -> Value {
    for item in object["output"].as_array_mut().unwrap() {
        item.as_object_mut().unwrap().shift_remove("partial_images");
    }
    object
}

/// Kinds of which every member arrives before they are done.
fn has_all_in_deltas(item: &Value) -> bool {
    matches!(item["type"].as_str().unwrap(), "message" | "reasoning" | "function_call" | "custom_tool_call")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn streamed_and_put_together_it_is_the_object(object in object(), options in options()) {
        let body = json!({"model": "m", "input": "Hi", "stream": true});
        let events = events_from(&rendered(&object, &body, &options), 0);
        let read = accumulate(&events);
        let object = arriving(object);

        prop_assert_eq!(read.last.to_string(), object.to_string());
        prop_assert_eq!(&Value::Array(read.done.clone()), &object["output"]);

        // What SDKs show while the stream goes on comes to the same, but for how it ended.
        for (shown, item) in read.by_deltas["output"].as_array().unwrap().iter().zip(&read.done) {
            let mut shown = shown.clone();
            match item.get("status") {
                Some(status) => shown["status"] = status.clone(),
                None => prop_assert!(shown.get("status").is_none()),
            }
            if has_all_in_deltas(item) {
                prop_assert_eq!(&shown, item);
            } else {
                prop_assert_eq!(&shown["type"], &item["type"]);
                prop_assert_eq!(&shown["id"], &item["id"]);
            }
        }

        let body = json!({"model": "m", "input": "Hi"});
        prop_assert_eq!(json_of(&rendered(&object, &body, &options)).to_string(), object.to_string());
    }
}
