//! What the items of a Responses input say together.

use super::wording::blamed;
use serde_json::Value;
use standin_core::dialect::{Failure, text_of};

fn items(body: &Value) -> &[Value] {
    body["input"].as_array().map_or(&[], Vec::as_slice)
}

/// A tool's result is one of a call that is in the input, and every call has one. What is continued may hold the
/// other one.
pub(super) fn calls(body: &Value) -> Result<(), Failure> {
    let is_continued =
        ["previous_response_id", "conversation", "prompt"].iter().any(|name| !body[*name].is_null());
    let refers = items(body).iter().any(|item| item["type"] == "item_reference");
    if is_continued || refers {
        return Ok(());
    }
    let ids = |kind: &'static str| {
        let of_kind = items(body).iter().filter(move |item| item["type"] == kind);
        of_kind.filter_map(|item| item["call_id"].as_str())
    };
    let (calls, results) = ("function_call", "function_call_output");
    if let Some(id) = ids(results).find(|id| !ids(calls).any(|call| call == *id)) {
        return Err(blamed(
            format!("No tool call found for function call output with call_id {id}."),
            "input",
        ));
    }
    if let Some(id) = ids(calls).find(|id| !ids(results).any(|result| result == *id)) {
        return Err(blamed(format!("No tool output found for function call {id}."), "input"));
    }
    Ok(())
}

/// Who wants any JSON has to say so in words too.
pub(super) fn speaks_of_json(body: &Value) -> Result<(), Failure> {
    let says = |text: &str| text.to_lowercase().contains("json");
    let in_items = items(body).iter().any(|item| says(&text_of(&item["content"])));
    let in_text = ["input", "instructions"].iter().any(|name| body[*name].as_str().is_some_and(says));
    // What is continued may speak of it.
    let elsewhere =
        ["previous_response_id", "conversation", "prompt"].iter().any(|name| !body[*name].is_null());
    if body["text"]["format"]["type"] != "json_object" || in_items || in_text || elsewhere {
        return Ok(());
    }
    let message =
        "The input must contain the word 'json' in some form, to use 'text.format' of type 'json_object'.";
    Err(blamed(message, "input"))
}
