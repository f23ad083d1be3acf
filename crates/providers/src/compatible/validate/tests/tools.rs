//! Tools, their calls and their schemas.

use super::{chat, judged, refuses, said, with};
use serde_json::{Value, json};
use standin_core::dialect::Endpoint::{Chat, Responses};

fn tool(function: Value) -> Value {
    json!({"tools": [{"type": "function", "function": with(json!({"name": "f"}), function)}]})
}

#[test]
fn tools_have_names_and_schemas() {
    let long = "n".repeat(65);
    for (function, param, code) in [
        (json!({"name": "a b"}), "tools[0].function.name", "invalid_value"),
        (json!({"name": ""}), "tools[0].function.name", "empty_string"),
        (json!({"name": long}), "tools[0].function.name", "string_above_max_length"),
        (json!({"parameters": []}), "tools[0].function.parameters", "invalid_type"),
        (
            json!({"parameters": {"type": "array"}}),
            "tools[0].function.parameters",
            "invalid_function_parameters",
        ),
        (
            json!({"strict": true, "parameters": {"type": "object", "properties": {}}}),
            "tools[0].function.parameters",
            "invalid_function_parameters",
        ),
    ] {
        let (_, told) = said(Chat, &chat(tool(function.clone())));
        assert_eq!((&told[1], &told[2]), (&json!(param), &json!(code)), "{function}");
    }
    for changes in [
        tool(json!({"parameters": {"type": "object", "properties": {"a": {"type": "string"}}}})),
        tool(json!({"parameters": {}})),
        with(tool(json!({})), json!({"tool_choice": {"type": "function", "function": {"name": "f"}}})),
        with(tool(json!({})), json!({"tool_choice": "required", "parallel_tool_calls": true})),
    ] {
        assert_eq!(judged(Chat, &chat(changes.clone())), Ok(()), "{changes}");
    }
    let other = json!({"tool_choice": {"type": "function", "function": {"name": "g"}}});
    assert_eq!(said(Chat, &chat(with(tool(json!({})), other))).1[1], json!("tool_choice"));
    for name in ["tool_choice", "parallel_tool_calls"] {
        let value = if name == "tool_choice" { json!("auto") } else { json!(false) };
        let message =
            format!("Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified.");
        refuses(Chat, &chat(json!({name: value})), &message, json!(name), Value::Null);
    }
    let nested = json!({"model": "gpt-4o", "input": "x", "tools": tool(json!({}))["tools"]});
    let message = "Missing required parameter: 'tools[0].name'.";
    refuses(Responses, &nested, message, json!("tools[0].name"), json!("missing_required_parameter"));
}

#[test]
fn a_strict_schema_leaves_nothing_open() {
    let format = |schema: Value, strict: bool| {
        let named = json!({"name": "math", "schema": schema, "strict": strict});
        chat(json!({"response_format": {"type": "json_schema", "json_schema": named}}))
    };
    let closed = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let open = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
    let step = |inner: &Value| closed(json!({"steps": {"type": "array", "items": inner}}), json!(["steps"]));
    let text = |place: &str, fault: &str| {
        format!("Invalid schema for response_format 'math': In context={place}, {fault}")
    };
    let more = "'additionalProperties' is required to be supplied and to be false.";
    for (schema, message) in [
        (open.clone(), text("()", more)),
        (step(&open), text("('properties', 'steps', 'items')", more)),
        (
            closed(json!({"a": {"type": "string"}, "b": open}), json!(["a", "b"])),
            text("('properties', 'b')", more),
        ),
        (
            with(closed(json!({}), json!([])), json!({"$defs": {"s": open}})),
            text("('$defs', 's')", more),
        ),
        (
            closed(json!({"a": {"type": "string"}, "b": {"type": "null"}}), json!(["a"])),
            text(
                "()",
                "'required' is required to be supplied and to be an array including every key in properties. Missing \
                 'b'.",
            ),
        ),
        (
            json!({"type": "array", "items": {}}),
            "Invalid schema for response_format 'math': schema must be a JSON Schema of 'type: \"object\"', got 'type: \
             \"array\"'."
                .to_owned(),
        ),
    ] {
        refuses(Chat, &format(schema.clone(), true), &message, json!("response_format"), Value::Null);
    }
    assert_eq!(
        judged(Chat, &format(step(&closed(json!({"a": {"type": "string"}}), json!(["a"]))), true)),
        Ok(())
    );
    assert_eq!(judged(Chat, &format(open.clone(), false)), Ok(()), "what is not strict may be open");
    let responses = json!({"model": "gpt-4o", "input": "x", "text": {"format": {"type": "json_schema", "name": "math", "strict": true, "schema": open}}});
    assert_eq!(said(Responses, &responses).1[1], json!("text.format.schema"));
}

#[test]
fn results_follow_calls() {
    let user = json!({"role": "user", "content": "x"});
    let call = |ids: &[&str]| {
        let calls = ids
            .iter()
            .map(|id| json!({"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}}));
        json!({"role": "assistant", "content": null, "tool_calls": calls.collect::<Vec<_>>()})
    };
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "done"});
    let asked = |messages: &[&Value]| chat(json!({"messages": messages}));
    let (both, a, b) = (call(&["a", "b"]), result("a"), result("b"));
    assert_eq!(judged(Chat, &asked(&[&user, &both, &b, &a])), Ok(()));
    assert_eq!(judged(Chat, &asked(&[&user, &both, &b, &a, &user])), Ok(()));
    for (messages, at, word) in [
        (vec![&user, &a], 1, "preceding"),
        (vec![&user, &both, &a], 3, ": b"),
        (vec![&user, &both, &a, &user], 3, ": b"),
        (vec![&user, &both, &a, &b, &user, &a], 5, "preceding"),
    ] {
        let (_, told) = said(Chat, &asked(&messages));
        assert_eq!(told[1], json!(format!("messages.[{at}].role")));
        assert!(told[0].as_str().unwrap().contains(word), "{told}");
    }
    let output = json!({"type": "function_call_output", "call_id": "c", "output": "done"});
    let call = json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"});
    let responses = |input: Value| json!({"model": "gpt-4o", "input": input});
    assert_eq!(judged(Responses, &responses(json!([call, output]))), Ok(()));
    let lost = "No tool call found for function call output with call_id c.";
    refuses(Responses, &responses(json!([output])), lost, json!("input"), Value::Null);
    let lost = "No tool output found for function call c.";
    refuses(Responses, &responses(json!([call])), lost, json!("input"), Value::Null);
    let continued = with(responses(json!([output])), json!({"previous_response_id": "resp_1"}));
    assert_eq!(judged(Responses, &continued), Ok(()), "the call is in what is continued");
}
