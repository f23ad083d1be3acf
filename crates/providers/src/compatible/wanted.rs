//! What a request wants beside its words, at each endpoint that a model answers.

mod hosted;

use super::{choices_asked, rerank, responses, speech};
use serde_json::{Value, json};
use standin_core::dialect::{Asked, Endpoint};
use standin_core::media::Sound;
use standin_core::simulate::{Effort, Reasoning, Tool, ToolChoice, Wanted};

/// Tokens of a legacy completion, where a request does not say how many.
const MOST_COMPLETED: usize = 16;

pub(super) fn wanted(asked: &Asked<'_>) -> Wanted {
    let body = asked.body;
    match asked.endpoint {
        Endpoint::Chat => Wanted {
            tools: tools(body),
            choice: choice(body),
            parallel: body["parallel_tool_calls"] != false,
            most_tokens: tokens(&body["max_completion_tokens"]).or_else(|| tokens(&body["max_tokens"])),
            stop: stop(&body["stop"]),
            schema: format(&body["response_format"]),
            // What is thought is never told here.
            reasoning: reasoning(asked, false),
            choices: choices_asked(asked),
            sound: sound(body),
            ..Wanted::default()
        },
        Endpoint::Responses => Wanted {
            tools: tools(body),
            choice: choice(body),
            parallel: body["parallel_tool_calls"] != false,
            most_tokens: tokens(&body["max_output_tokens"])
                .map(|most| most.saturating_sub(responses::end(asked))),
            schema: format(&body["text"]["format"]),
            reasoning: reasoning(asked, responses::summarises(body)),
            hosted: hosted::declared(list(&body["tools"])),
            ..Wanted::default()
        },
        Endpoint::Completions => Wanted {
            most_tokens: Some(tokens(&body["max_tokens"]).unwrap_or(MOST_COMPLETED)),
            stop: stop(&body["stop"]),
            inputs: inputs(&body["prompt"]),
            choices: choices_asked(asked),
            drafts: tokens(&body["best_of"]).unwrap_or_default(),
            echo: body["echo"] == true,
            ..Wanted::default()
        },
        Endpoint::Embeddings => Wanted {
            inputs: inputs(&body["input"]),
            dimensions: tokens(&body["dimensions"]),
            ..Wanted::default()
        },
        Endpoint::Rerank => Wanted { inputs: rerank::texts(body), ..Wanted::default() },
        _ => Wanted::default(),
    }
}

/// How an answer sounds that is said aloud.
fn sound(body: &Value) -> Option<Sound> {
    let aloud = list(&body["modalities"]).iter().any(|modality| modality == "audio");
    aloud.then(|| speech::sound(body["audio"]["format"].as_str().unwrap_or("wav")))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn tokens(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|tokens| usize::try_from(tokens).ok())
}

/// One text, or a list of them.
fn stop(value: &Value) -> Vec<String> {
    match value {
        Value::String(stop) => vec![stop.clone()],
        stops => list(stops).iter().filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

/// The tools that the caller runs: functions and custom tools, and functions as older clients declare them.
fn tools(body: &Value) -> Vec<Tool> {
    let mut tools = Vec::new();
    declared(list(&body["tools"]), &mut tools);
    tools.extend(list(&body["functions"]).iter().filter_map(function));
    tools
}

fn declared(list_of_tools: &[Value], tools: &mut Vec<Tool>) {
    for tool in list_of_tools {
        match tool["type"].as_str() {
            // Chat puts what it is into a member of that name, Responses beside it.
            Some("function") => tools.extend(function(tool.get("function").unwrap_or(tool))),
            Some("custom") => tools.extend(custom(tool.get("custom").unwrap_or(tool))),
            Some("namespace") => declared(list(&tool["tools"]), tools),
            _ => {}
        }
    }
}

fn function(function: &Value) -> Option<Tool> {
    let schema = Some(&function["parameters"]).filter(|schema| !schema.is_null());
    Some(Tool {
        name: function["name"].as_str()?.to_owned(),
        description: text(&function["description"]),
        schema: schema.cloned().unwrap_or_else(|| json!({})),
    })
}

fn custom(custom: &Value) -> Option<Tool> {
    let name = custom["name"].as_str()?.to_owned();
    // A grammar stands in the format, in Chat in a member of its name.
    let format = &custom["format"];
    let grammar = format.get("grammar").unwrap_or(format);
    let schema = match (grammar["syntax"].as_str(), &grammar["definition"]) {
        (Some("regex"), Value::String(pattern)) => {
            let input = json!({"type": "string", "pattern": format!("^(?:{pattern})$")});
            json!({"type": "object", "properties": {"input": input}, "required": ["input"]})
        }
        _ => Value::Null,
    };
    Some(Tool { name, description: text(&custom["description"]), schema })
}

fn choice(body: &Value) -> ToolChoice {
    let said = body.get("tool_choice").or_else(|| body.get("function_call")).unwrap_or(&Value::Null);
    match said.as_str() {
        Some("none") => return ToolChoice::None,
        Some("required" | "any") => return ToolChoice::Required,
        _ => {}
    }
    // Chat names the tool in a member, Responses and older clients beside its type.
    let named = ["function", "custom"].into_iter().find_map(|kind| said[kind]["name"].as_str());
    let named = named.or_else(|| said["name"].as_str().filter(|_| said["type"] != "mcp"));
    match named {
        Some(name) => ToolChoice::Named(name.to_owned()),
        None if said["type"] == "allowed_tools" && mode(said) == "required" => ToolChoice::Required,
        None => hosted::chosen(said, list(&body["tools"])).map_or(ToolChoice::Auto, ToolChoice::Hosted),
    }
}

fn mode(allowed: &Value) -> &Value {
    allowed.get("mode").unwrap_or(&allowed["allowed_tools"]["mode"])
}

/// The schema of a structured answer. Chat puts it into a member, Responses beside the type.
fn format(format: &Value) -> Option<Value> {
    match format["type"].as_str()? {
        "json_object" => Some(json!({})),
        "json_schema" => {
            let schema = format["json_schema"].get("schema").or_else(|| format.get("schema"));
            Some(schema.cloned().unwrap_or_else(|| json!({})))
        }
        _ => None,
    }
}

/// Whether the model thinks first, how hard, and what it tells of that. Models of the o-series and of gpt-5 do,
/// and those that are told how hard.
fn reasoning(asked: &Asked<'_>, told: bool) -> Reasoning {
    let Some(effort) = effort(asked) else { return Reasoning::None };
    if told { Reasoning::Summarised(effort) } else { Reasoning::Hidden(effort) }
}

fn effort(asked: &Asked<'_>) -> Option<Effort> {
    let body = asked.body;
    let effort = body["reasoning_effort"].as_str().or_else(|| body["reasoning"]["effort"].as_str());
    match effort {
        Some("none" | "minimal") => None,
        Some("low") => Some(Effort::Low),
        Some("high") => Some(Effort::High),
        Some("xhigh" | "max") => Some(Effort::Highest),
        Some(_) => Some(Effort::Medium),
        None => (reasons(asked.model.as_deref()) || body["reasoning"].is_object()).then_some(Effort::Medium),
    }
}

/// Whether a model thinks first without being told to.
fn reasons(model: Option<&str>) -> bool {
    let model = model.unwrap_or_default();
    let of_o_series =
        model.strip_prefix('o').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    of_o_series || model.starts_with("gpt-5") && !model.contains("-chat")
}

/// What is to be embedded or completed: a list of numbers is the tokens of one text.
fn inputs(input: &Value) -> Vec<Value> {
    match input {
        Value::Array(items) if !items.is_empty() && !items.iter().any(Value::is_number) => items.clone(),
        one => vec![one.clone()],
    }
}

#[cfg(test)]
mod tests;
