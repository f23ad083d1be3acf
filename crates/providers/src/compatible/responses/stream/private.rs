//! Events of shells and patches, which the official SDKs have no names for: openai-js fails on them, so that they
//! are sent only where somebody asks for them.

use super::super::list;
use super::events::{Events, Place};
use super::parts::pieces;
use serde_json::{Value, json};
use standin_core::dialect::Options;

/// The commands of a shell call, one after the other.
pub(super) fn commands(item: &Value, place: Place<'_>, options: &Options, events: &mut Events) {
    let commands = item.pointer("/action/commands").and_then(Value::as_array).into_iter().flatten();
    for (index, command) in commands.filter_map(Value::as_str).enumerate() {
        let place = place.inside("command_index", index);
        events.send("response.shell_call_command.added", place.with([("command", "".into())]));
        pieces("response.shell_call_command.delta", command, place, options, events);
        events.send("response.shell_call_command.done", place.with([("command", command.into())]));
    }
}

/// What the commands of a shell wrote.
pub(super) fn outputs(item: &Value, place: Place<'_>, events: &mut Events) {
    for (index, output) in list(item, "output").iter().enumerate() {
        let place = place.inside("command_index", index);
        for stream in ["stdout", "stderr"] {
            let Some(written) = output.get(stream).filter(|written| **written != "") else { continue };
            let delta = json!({stream: written});
            events.send("response.shell_call_output_content.delta", place.with([("delta", delta)]));
        }
        let done = place.with([("output", json!([output]))]);
        events.send("response.shell_call_output_content.done", done);
    }
}

/// The diff of a patch.
pub(super) fn diff(item: &Value, place: Place<'_>, options: &Options, events: &mut Events) {
    let Some(diff) = item.pointer("/operation/diff").and_then(Value::as_str) else { return };
    pieces("response.apply_patch_call_operation_diff.delta", diff, place, options, events);
    events.send("response.apply_patch_call_operation_diff.done", place.with([("diff", diff.into())]));
}
