//! The object of a neutral answer.

use super::super::{NAMELESS, likelihoods};
use super::echo::{conversation, echo, merged, service_tier, tools};
use super::{ID_LENGTH, hosted, is_true, list, text, usage};
use serde_json::{Value, json};
use standin_core::dialect::{Alphabet, Asked, CREATED, Ids, Said, ToolCall, Unsayable};

pub(crate) fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    sayable(said, asked)?;
    let mut ids = asked.ids();
    let id = ids.next("resp_", Alphabet::Hex, ID_LENGTH);
    let cut = match said.finish_reason.as_deref() {
        Some("length" | "max_output_tokens") => Some("max_output_tokens"),
        Some("content_filter") => Some("content_filter"),
        _ => None,
    };
    let output = output(said, asked, if cut.is_some() { "incomplete" } else { "completed" }, &mut ids);
    let mut object = object(&id, cut, &output, asked);
    if let Some(model) = said.model.as_deref().or(asked.model.as_deref()) {
        object["model"] = model.into();
    }
    if let Some(conversation) = conversation(asked.body) {
        object["conversation"] = conversation;
    }
    let counted = || {
        let mut usage = usage::of(&object, asked);
        if let Some(unseen) = said.unseen_tokens {
            // What is told of thoughts is not what was thought.
            usage.output_tokens = usage.output_tokens - usage.reasoning_tokens + unseen;
            usage.reasoning_tokens = unseen;
        }
        usage
    };
    object["usage"] = usage::stated(&said.usage.unwrap_or_else(counted));
    Ok(object)
}

fn sayable(said: &Said, asked: &Asked<'_>) -> Result<(), Unsayable> {
    let foreign = [
        (said.embedding.is_some() || said.embeddings.is_some(), "an embedding"),
        (said.flagged.is_some(), "what is flagged"),
        (said.images.is_some(), "images"),
        (said.audio.is_some(), "audio"),
    ];
    match foreign.into_iter().find(|(is_there, _)| *is_there) {
        Some((_, what)) => Err(Unsayable { endpoint: asked.endpoint.name(), what }),
        None => Ok(()),
    }
}

/// Everything in the order of real bodies.
fn object(id: &str, cut: Option<&str>, output: &[Value], asked: &Asked<'_>) -> Value {
    let body = asked.body;
    let nothing = || Value::Null;
    json!({
        "id": id,
        "object": "response",
        "created_at": CREATED,
        "status": if cut.is_some() { "incomplete" } else { "completed" },
        "background": is_true(body, "background"),
        "completed_at": if cut.is_some() { Value::Null } else { CREATED.into() },
        "error": null,
        "frequency_penalty": echo(body, "frequency_penalty", 0.0.into()),
        "incomplete_details": cut.map(|reason| json!({"reason": reason})),
        "instructions": echo(body, "instructions", nothing()),
        "max_output_tokens": echo(body, "max_output_tokens", nothing()),
        "max_tool_calls": echo(body, "max_tool_calls", nothing()),
        "model": NAMELESS,
        "output": output,
        "parallel_tool_calls": echo(body, "parallel_tool_calls", true.into()),
        "presence_penalty": echo(body, "presence_penalty", 0.0.into()),
        "previous_response_id": echo(body, "previous_response_id", nothing()),
        "prompt_cache_key": echo(body, "prompt_cache_key", nothing()),
        "prompt_cache_retention": echo(body, "prompt_cache_retention", nothing()),
        "reasoning": merged(body, "reasoning", json!({"effort": null, "summary": null})),
        "safety_identifier": echo(body, "safety_identifier", nothing()),
        "service_tier": service_tier(body),
        "store": echo(body, "store", true.into()),
        "temperature": echo(body, "temperature", 1.0.into()),
        "text": merged(body, "text", json!({"format": {"type": "text"}, "verbosity": "medium"})),
        "tool_choice": echo(body, "tool_choice", "auto".into()),
        "tools": tools(body),
        "top_logprobs": echo(body, "top_logprobs", 0.into()),
        "top_p": echo(body, "top_p", 1.0.into()),
        "truncation": echo(body, "truncation", "disabled".into()),
        "usage": null,
        "user": echo(body, "user", nothing()),
        "metadata": echo(body, "metadata", json!({})),
    })
}

fn output(said: &Said, asked: &Asked<'_>, status: &str, ids: &mut Ids) -> Vec<Value> {
    let mut output = Vec::new();
    if said.reasoning.is_some() || said.unseen_tokens.is_some() {
        output.push(reasoning(said.reasoning.as_deref(), asked, ids));
    }
    let called = hosted::called(&said.hosted, asked, ids);
    let mut parts = Vec::new();
    if let Some(text) = said.text.as_ref().filter(|_| !called.waits) {
        parts.push(output_text(text, &called.annotations(text), asked));
    }
    output.extend(called.items);
    if let Some(refusal) = &said.refusal {
        parts.push(json!({"type": "refusal", "refusal": refusal}));
    }
    if parts.is_empty() && output.is_empty() && said.tool_calls.is_empty() {
        parts.push(output_text("", &[], asked));
    }
    if !parts.is_empty() {
        output.push(json!({
            "id": ids.next("msg_", Alphabet::Hex, ID_LENGTH),
            "type": "message",
            "status": status,
            "content": parts,
            "role": "assistant",
        }));
    }
    output.extend(said.tool_calls.iter().map(|call| tool_call(call, asked, status, ids)));
    output
}

fn output_text(text: &str, annotations: &[Value], asked: &Asked<'_>) -> Value {
    let wanted = list(asked.body, "include").iter().any(|what| what == "message.output_text.logprobs");
    let alternatives = likelihoods::alternatives(&asked.body["top_logprobs"]);
    let logprobs = if wanted { likelihoods::entries(text, alternatives) } else { Vec::new() };
    json!({"type": "output_text", "annotations": annotations, "logprobs": logprobs, "text": text})
}

/// What was thought; of thoughts that are not told, that there were some.
fn reasoning(thought: Option<&str>, asked: &Asked<'_>, ids: &mut Ids) -> Value {
    let mut item = json!({"id": ids.next("rs_", Alphabet::Hex, ID_LENGTH), "type": "reasoning"});
    // Who keeps nothing at the provider asks for it, and sends it back with the next call.
    if list(asked.body, "include").iter().any(|what| what == "reasoning.encrypted_content") {
        item["encrypted_content"] = ids.next("gAAAAAB", Alphabet::Base62, 120).into();
    }
    item["summary"] =
        thought.iter().map(|thought| json!({"type": "summary_text", "text": thought})).collect();
    item
}

fn tool_call(call: &ToolCall, asked: &Asked<'_>, status: &str, ids: &mut Ids) -> Value {
    let call_id = call.id.clone();
    let call_id = call_id.unwrap_or_else(|| ids.next("call_", Alphabet::Base62, 24));
    let (custom, namespace) = declared(&call.name, list(asked.body, "tools")).unwrap_or_default();
    let mut item = if custom {
        json!({
            "id": ids.next("ctc_", Alphabet::Hex, ID_LENGTH),
            "type": "custom_tool_call",
            "status": status,
            "call_id": call_id,
            "input": call.input_text(),
            "name": call.name,
        })
    } else {
        json!({
            "id": ids.next("fc_", Alphabet::Hex, ID_LENGTH),
            "type": "function_call",
            "status": status,
            "arguments": call.arguments_text(),
            "call_id": call_id,
            "name": call.name,
        })
    };
    if let Some(namespace) = namespace {
        item["namespace"] = namespace.into();
    }
    item
}

/// Whether the tool of a name is a custom one, and the namespace that it is in.
fn declared<'a>(name: &str, tools: &'a [Value]) -> Option<(bool, Option<&'a str>)> {
    tools.iter().find_map(|tool| match text(tool, "type") {
        Some("namespace") => {
            let (custom, _) = declared(name, list(tool, "tools"))?;
            Some((custom, text(tool, "name")))
        }
        kind => (text(tool, "name") == Some(name)).then_some((kind == Some("custom"), None)),
    })
}
