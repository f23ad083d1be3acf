//! The events of hosted tools, literally.

use super::{item_events, item_events_with, same, whole};
use serde_json::{Value, json};
use standin_core::dialect::Options;
use standin_core::tokens::Split;

/// What an item is added as, and what comes before it is done; `id` is `x_1`.
#[track_caller]
fn is_sent(item: &Value, added: &Value, between: &[Value]) {
    let mut expected = vec![json!({"type": "response.output_item.added", "output_index": 0, "item": added})];
    for event in between {
        let mut all = json!({"type": format!("response.{}", event[0].as_str().unwrap()), "item_id": "x_1", "output_index": 0});
        if let Some(more) = event.get(1) {
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        }
        expected.push(all);
    }
    expected.push(json!({"type": "response.output_item.done", "output_index": 0, "item": item}));
    same(&item_events(item, 4), &expected);
}

#[test]
fn a_web_search() {
    is_sent(
        &json!({"id": "x_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}}),
        &json!({"id": "x_1", "type": "web_search_call", "status": "in_progress"}),
        &[
            json!(["web_search_call.in_progress"]),
            json!(["web_search_call.searching"]),
            json!(["web_search_call.completed"]),
        ],
    );
}

#[test]
fn a_file_search() {
    is_sent(
        &json!({"id": "x_1", "type": "file_search_call", "status": "completed", "queries": ["a"], "results": [{"file_id": "f"}]}),
        &json!({"id": "x_1", "type": "file_search_call", "status": "in_progress", "queries": [], "results": null}),
        &[
            json!(["file_search_call.in_progress"]),
            json!(["file_search_call.searching"]),
            json!(["file_search_call.completed"]),
        ],
    );
}

#[test]
fn a_code_interpreter() {
    is_sent(
        &json!({"id": "x_1", "type": "code_interpreter_call", "status": "completed", "code": "print()", "container_id": "cntr_1", "outputs": [{"type": "logs", "logs": "\n"}]}),
        &json!({"id": "x_1", "type": "code_interpreter_call", "status": "in_progress", "code": "", "container_id": "cntr_1", "outputs": null}),
        &[
            json!(["code_interpreter_call.in_progress"]),
            json!(["code_interpreter_call_code.delta", {"delta": "prin"}]),
            json!(["code_interpreter_call_code.delta", {"delta": "t()"}]),
            json!(["code_interpreter_call_code.done", {"code": "print()"}]),
            json!(["code_interpreter_call.interpreting"]),
            json!(["code_interpreter_call.completed"]),
        ],
    );
}

#[test]
fn an_image_with_images_on_the_way() {
    let item = json!({"id": "x_1", "type": "image_generation_call", "status": "completed", "background": "opaque", "output_format": "png", "quality": "low", "result": "iVBO", "size": "1024x1024"});
    let phases = |partials: &[Value]| {
        let before =
            [json!(["image_generation_call.in_progress"]), json!(["image_generation_call.generating"])];
        [&before, partials, &[json!(["image_generation_call.completed"])]].concat()
    };
    is_sent(
        &item,
        &json!({"id": "x_1", "type": "image_generation_call", "status": "in_progress"}),
        &phases(&[]),
    );

    let mut stored = item.clone();
    stored["partial_images"] = json!(["aa", "bb"]);
    let partial = |index: usize, image: &str| json!({"type": "response.image_generation_call.partial_image", "item_id": "x_1", "output_index": 0, "partial_image_index": index, "partial_image_b64": image, "size": "1024x1024", "quality": "low", "background": "opaque", "output_format": "png"});
    let events = item_events(&stored, 4);
    same(&events[3..5], &[partial(0, "aa"), partial(1, "bb")]);
    assert_eq!(events.last().unwrap()["item"], item);
    assert_eq!(whole(&super::response(&json!([stored])), &json!({}))["output"], json!([item]));
}

#[test]
fn lists_of_mcp_tools() {
    let added = json!({"id": "x_1", "type": "mcp_list_tools", "server_label": "s", "tools": []});
    is_sent(
        &json!({"id": "x_1", "type": "mcp_list_tools", "server_label": "s", "tools": [{"name": "t"}], "error": null}),
        &added,
        &[json!(["mcp_list_tools.in_progress"]), json!(["mcp_list_tools.completed"])],
    );
    let mut failed = added.clone();
    failed["error"] = json!("no route");
    is_sent(&failed, &failed, &[json!(["mcp_list_tools.in_progress"]), json!(["mcp_list_tools.failed"])]);
}

#[test]
fn mcp_calls() {
    let item = json!({"id": "x_1", "type": "mcp_call", "status": "completed", "approval_request_id": null, "arguments": "{\"a\":1}", "error": null, "name": "t", "output": "4", "server_label": "s"});
    let added = json!({"id": "x_1", "type": "mcp_call", "status": "in_progress", "approval_request_id": null, "arguments": "", "error": null, "name": "t", "output": null, "server_label": "s"});
    is_sent(
        &item,
        &added,
        &[
            json!(["mcp_call.in_progress"]),
            json!(["mcp_call_arguments.delta", {"delta": "{\"a\""}]),
            json!(["mcp_call_arguments.delta", {"delta": ":1}"}]),
            json!(["mcp_call_arguments.done", {"arguments": "{\"a\":1}"}]),
            json!(["mcp_call.completed"]),
        ],
    );
    let unsplit = item_events_with(&item, &Options::default());
    assert_eq!(unsplit[2]["delta"], "{\"a\":1}");
    let mut failed = item;
    failed["status"] = json!("failed");
    failed["error"] = json!({"type": "mcp_tool_execution_error", "content": []});
    let events = item_events(&failed, 99);
    assert_eq!(events[0]["item"], added);
    assert_eq!(events[4]["type"], "response.mcp_call.failed");
}

#[test]
fn kinds_that_only_begin_and_end() {
    for (item, has_status) in [
        (
            json!({"id": "x_1", "type": "mcp_approval_request", "arguments": "{}", "name": "t", "server_label": "s"}),
            false,
        ),
        (
            json!({"id": "x_1", "type": "local_shell_call", "status": "completed", "call_id": "c", "action": {"type": "exec", "command": ["ls"]}}),
            true,
        ),
        (
            json!({"id": "x_1", "type": "computer_call", "status": "completed", "call_id": "c", "action": {"type": "wait"}, "pending_safety_checks": []}),
            true,
        ),
        (
            json!({"id": "x_1", "type": "tool_search_call", "status": "completed", "arguments": {"q": 1}}),
            true,
        ),
        (json!({"id": "x_1", "type": "tool_search_output", "status": "completed", "tools": []}), true),
        (json!({"id": "x_1", "type": "compaction", "encrypted_content": "g"}), false),
        (json!({"id": "x_1", "type": "program", "code": "1"}), false),
        (json!({"id": "x_1", "type": "telepathy_call", "status": "completed", "content": [1]}), true),
        (json!("not an item"), false),
    ] {
        let mut added = item.clone();
        if has_status {
            added["status"] = json!("in_progress");
        }
        is_sent(&item, &added, &[]);
    }
}

#[test]
fn private_events_are_sent_where_they_are_asked_for() {
    let shell = json!({"id": "x_1", "type": "shell_call", "status": "completed", "call_id": "c", "action": {"commands": ["ls", "pwd"], "timeout_ms": 9}});
    let begun = json!({"id": "x_1", "type": "shell_call", "status": "in_progress", "call_id": "c", "action": {"commands": [], "timeout_ms": 9}});
    is_sent(&shell, &begun, &[]);
    let patch = json!({"id": "x_1", "type": "apply_patch_call", "status": "completed", "call_id": "c", "operation": {"type": "create_file", "diff": "+a", "path": "a"}});
    let begun = json!({"id": "x_1", "type": "apply_patch_call", "status": "in_progress", "call_id": "c", "operation": {"type": "create_file", "diff": "", "path": "a"}});
    is_sent(&patch, &begun, &[]);
    let output = json!({"id": "x_1", "type": "shell_call_output", "status": "completed", "call_id": "c", "output": [{"outcome": {"type": "exit", "exit_code": 0}, "stderr": "", "stdout": "a\n"}]});
    is_sent(&output, &output, &[]);

    let private = Options { private_events: true, split: Some(Split::Whole), ..Options::default() };
    let between = |item: &Value| {
        let events = item_events_with(item, &private);
        events[1..events.len() - 1].to_vec()
    };
    let command = |kind: &str, index: usize, name: &str, text: &str| json!({"type": format!("response.shell_call_command.{kind}"), "item_id": "x_1", "output_index": 0, "command_index": index, name: text});
    same(
        &between(&shell),
        &[
            command("added", 0, "command", ""),
            command("delta", 0, "delta", "ls"),
            command("done", 0, "command", "ls"),
            command("added", 1, "command", ""),
            command("delta", 1, "delta", "pwd"),
            command("done", 1, "command", "pwd"),
        ],
    );
    same(
        &between(&patch),
        &[
            json!({"type": "response.apply_patch_call_operation_diff.delta", "item_id": "x_1", "output_index": 0, "delta": "+a"}),
            json!({"type": "response.apply_patch_call_operation_diff.done", "item_id": "x_1", "output_index": 0, "diff": "+a"}),
        ],
    );
    same(
        &between(&output),
        &[
            json!({"type": "response.shell_call_output_content.delta", "item_id": "x_1", "output_index": 0, "command_index": 0, "delta": {"stdout": "a\n"}}),
            json!({"type": "response.shell_call_output_content.done", "item_id": "x_1", "output_index": 0, "command_index": 0, "output": output["output"]}),
        ],
    );
}
