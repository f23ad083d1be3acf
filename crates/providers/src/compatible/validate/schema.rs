//! Schemas of structured answers and of tools. A strict one leaves nothing open.

use super::wording::{blamed, refused};
use serde_json::Value;
use standin_core::dialect::Failure;

/// The schema of an answer, with its name beside it.
pub(super) fn answer(named: &Value, param: &str) -> Result<(), Failure> {
    let name = named["name"].as_str().unwrap_or_default();
    let found =
        if named["schema"].is_object() { fault(&named["schema"], named["strict"] == true) } else { None };
    let Some(fault) = found else { return Ok(()) };
    Err(blamed(format!("Invalid schema for response_format '{name}': {fault}"), param))
}

/// The parameters of a function.
pub(super) fn parameters(function: &Value, param: &str) -> Result<(), Failure> {
    let name = function["name"].as_str().unwrap_or_default();
    let found = function.get("parameters").filter(|schema| schema.is_object());
    let Some(fault) = found.and_then(|schema| fault(schema, function["strict"] == true)) else {
        return Ok(());
    };
    let message = format!("Invalid schema for function '{name}': {fault}");
    Err(refused(message, param, "invalid_function_parameters"))
}

fn fault(schema: &Value, is_strict: bool) -> Option<String> {
    let kind = &schema["type"];
    let is_object = if is_strict {
        kind == "object" || !schema["$ref"].is_null()
    } else {
        kind.is_null() || kind == "object"
    };
    if !is_object {
        let got = kind.as_str().map_or_else(|| "None".to_owned(), str::to_owned);
        return Some(format!("schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{got}\"'."));
    }
    if is_strict { open(schema, &mut Vec::new()) } else { None }
}

/// The first object of a schema that leaves something open, and what.
fn open(schema: &Value, context: &mut Vec<String>) -> Option<String> {
    if is_of_objects(schema) {
        let at = written(context);
        if schema["additionalProperties"] != false {
            return Some(format!(
                "In context={at}, 'additionalProperties' is required to be supplied and to be false."
            ));
        }
        let properties = schema["properties"].as_object();
        let required: Vec<&str> = texts(&schema["required"]);
        let missing = properties.into_iter().flatten().find(|(name, _)| !required.contains(&name.as_str()));
        if let Some((name, _)) = missing {
            return Some(format!(
                "In context={at}, 'required' is required to be supplied and to be an array including every key in \
                 properties. Missing '{name}'."
            ));
        }
    }
    for keyword in ["properties", "$defs", "definitions"] {
        for (name, below) in schema[keyword].as_object().into_iter().flatten() {
            if let Some(fault) = below_of(below, context, [keyword.to_owned(), name.clone()]) {
                return Some(fault);
            }
        }
    }
    if let Some(items) = schema.get("items")
        && let Some(fault) = below_of(items, context, ["items".to_owned()])
    {
        return Some(fault);
    }
    let choices = schema["anyOf"].as_array().into_iter().flatten().enumerate();
    choices.into_iter().find_map(|(at, below)| below_of(below, context, ["anyOf".to_owned(), at.to_string()]))
}

fn below_of<const N: usize>(schema: &Value, context: &mut Vec<String>, steps: [String; N]) -> Option<String> {
    context.extend(steps);
    let fault = open(schema, context);
    context.truncate(context.len() - N);
    fault
}

fn is_of_objects(schema: &Value) -> bool {
    schema["type"] == "object"
        || texts(&schema["type"]).contains(&"object")
        || schema["properties"].is_object()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// `()`, `('items',)`, `('properties', 'a')`.
fn written(context: &[String]) -> String {
    match context {
        [] => "()".to_owned(),
        [only] => format!("('{only}',)"),
        steps => {
            let quoted: Vec<String> = steps.iter().map(|step| format!("'{step}'")).collect();
            format!("({})", quoted.join(", "))
        }
    }
}
