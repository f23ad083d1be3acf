//! Tokens used: counted as OpenAI's current models are known to count.

use super::super::pictures;
use super::{input, list, text};
use serde_json::{Value, json};
use standin_core::dialect::{Asked, Usage, text_of};
use standin_core::tokens::count;

/// Around each message, and around each declared tool.
const MESSAGE: usize = 4;
const TOOL: usize = 8;

/// The tokens of a request.
pub(super) fn input(asked: &Asked<'_>) -> u64 {
    let instructions = match asked.body.get("instructions") {
        Some(Value::String(said)) => MESSAGE + count(said),
        Some(Value::Array(items)) => items.iter().map(item).sum(),
        _ => 0,
    };
    let items = match asked.body.get("input") {
        Some(Value::String(said)) => MESSAGE + count(said),
        _ => list(asked.body, "input").iter().map(item).sum(),
    };
    let tools: usize = list(asked.body, "tools").iter().map(|tool| TOOL + count(&tool.to_string())).sum();
    let reasons = model(asked).is_some_and(reasons);
    (instructions + items + tools + if reasons { 2 } else { 3 }) as u64
}

/// The usage of an answer that says nothing of it.
pub(super) fn counted(object: &Value, asked: &Asked<'_>) -> Value {
    stated(&of(object, asked))
}

/// The tokens of a request and its answer.
pub(super) fn of(object: &Value, asked: &Asked<'_>) -> Usage {
    let (mut words, mut reasoning) = (0, 0);
    for item in list(object, "output") {
        let thought = text(item, "type") == Some("reasoning");
        *(if thought { &mut reasoning } else { &mut words }) += made(item);
    }
    Usage {
        input_tokens: input(asked),
        output_tokens: (words + reasoning + end(asked)) as u64,
        cached_tokens: 0,
        reasoning_tokens: reasoning as u64,
    }
}

/// The tokens that end an answer of some models.
pub(in crate::compatible) fn end(asked: &Asked<'_>) -> usize {
    if model(asked).is_some_and(|model| model.starts_with("gpt-5")) { 6 } else { 0 }
}

/// A usage in OpenAI's words.
pub(super) fn stated(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens.saturating_add(usage.output_tokens),
    })
}

fn model<'a>(asked: &'a Asked<'_>) -> Option<&'a str> {
    asked.model.as_deref()
}

/// Models that reason begin an answer with a token less.
fn reasons(model: &str) -> bool {
    let series = model.strip_prefix('o').and_then(|rest| rest.chars().next());
    model.starts_with("gpt-5") || series.is_some_and(|digit| digit.is_ascii_digit())
}

/// An item of an input.
fn item(item: &Value) -> usize {
    let images = list(item, "content").iter().filter(|part| text(part, "type") == Some("input_image"));
    let images = images.map(|part| pictures::tokens(text(part, "image_url"), text(part, "detail")));
    let said = if input::role(item) == "assistant" { made(item) } else { count(&input::said(item)) };
    MESSAGE + said + images.sum::<usize>()
}

/// What a model made: its words, its thoughts, or what it calls a tool with.
fn made(item: &Value) -> usize {
    let lists = ["content", "summary"].into_iter().filter_map(|member| item.get(member));
    let refusals = list(item, "content").iter().filter_map(|part| text(part, "refusal"));
    let members = ["name", "arguments", "input", "code"].into_iter().filter_map(|member| text(item, member));
    lists.map(|said| count(&text_of(said))).sum::<usize>() + refusals.chain(members).map(count).sum::<usize>()
}
