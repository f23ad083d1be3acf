//! Which tools an answer calls.

use super::ranking::alike;
use super::schema::{self, Hints, words_of_name};
use super::wanted::{Tool, ToolChoice, Wanted};
use super::words::telling;
use crate::dialect::{Asked, ToolCall};
use crate::dice::Dice;
use serde_json::{Value, json};

/// The most tools that are called at once.
const MOST: usize = 4;
/// Words in names of tools that say nothing of what they are about.
const DOING: [&str; 24] = [
    "get", "set", "list", "find", "fetch", "search", "lookup", "look", "create", "make", "add", "update",
    "delete", "remove", "run", "call", "query", "read", "write", "send", "tool", "function", "current",
    "show",
];

/// The calls that answer a request; none where it is answered in words.
pub(super) fn calls(asked: &Asked<'_>, wanted: &Wanted, dice: &Dice) -> Vec<ToolCall> {
    let question = asked.user.as_deref().unwrap_or_default();
    let called = match &wanted.choice {
        ToolChoice::None | ToolChoice::Hosted(_) => Vec::new(),
        ToolChoice::Named(name) => wanted.tools.iter().filter(|tool| tool.name == *name).take(1).collect(),
        ToolChoice::Auto if answers_a_call(asked) => Vec::new(),
        ToolChoice::Auto => fitting(question, wanted),
        ToolChoice::Required => {
            let fitting = fitting(question, wanted);
            if fitting.is_empty() { wanted.tools.first().into_iter().collect() } else { fitting }
        }
    };
    let hints = Hints::of(question);
    called
        .into_iter()
        .map(|tool| ToolCall {
            id: None,
            name: tool.name.clone(),
            arguments: arguments(tool, &hints, &dice.under(&tool.name)),
        })
        .collect()
}

/// Whether the last thing said is a tool's result, so that the conversation waits for none.
pub(super) fn answers_a_call(asked: &Asked<'_>) -> bool {
    asked
        .last
        .as_ref()
        .is_some_and(|last| last.tool_call_id.is_some() || matches!(last.role, "tool" | "function"))
}

/// The tool that shares most words with a question. Where several may be called, all whose names it speaks of.
fn fitting<'w>(question: &str, wanted: &'w Wanted) -> Vec<&'w Tool> {
    let question = telling(question);
    let scored =
        wanted.tools.iter().map(|tool| (score(tool, &question), tool)).filter(|(score, _)| *score > 0);
    let scored = scored.collect::<Vec<_>>();
    let spoken_of = scored.iter().filter(|(_, tool)| is_spoken_of(tool, &question)).map(|(_, tool)| *tool);
    let spoken_of = spoken_of.take(if wanted.parallel { MOST } else { 1 }).collect::<Vec<_>>();
    if wanted.parallel && spoken_of.len() > 1 {
        return spoken_of;
    }
    // Of equals, the first one that is declared.
    let best = scored.iter().rev().max_by_key(|(score, _)| *score).map(|(_, tool)| *tool);
    best.into_iter().collect()
}

/// Words that a question and a tool have in common; those of its name count more.
fn score(tool: &Tool, question: &[String]) -> usize {
    let shared = |words: &[String]| words.iter().filter(|word| is_among(word, question)).count();
    3 * shared(&subjects(tool)) + shared(&telling(&tool.description))
}

fn is_spoken_of(tool: &Tool, question: &[String]) -> bool {
    let subjects = subjects(tool);
    !subjects.is_empty() && subjects.iter().all(|word| is_among(word, question))
}

/// What a tool's name is about.
fn subjects(tool: &Tool) -> Vec<String> {
    let mut words = words_of_name(&tool.name);
    words.retain(|word| word.len() > 2 && !DOING.contains(&word.as_str()));
    words
}

/// Whether a word is among others, in the singular or in the plural.
fn is_among(word: &str, others: &[String]) -> bool {
    others.iter().any(|other| alike(word, other))
}

fn arguments(tool: &Tool, hints: &Hints, dice: &Dice) -> Value {
    let mut schema = tool.schema.clone();
    match &mut schema {
        // A tool that takes a text.
        Value::Null => {
            let schema =
                json!({"type": "object", "properties": {"input": {"type": "string"}}, "required": ["input"]});
            return schema::value(&schema, hints, dice);
        }
        // Arguments are an object, whether a schema says so or not.
        Value::Object(keywords) if keywords.is_empty() => return json!({}),
        _ => {}
    }
    let arguments = schema::value(&schema, hints, dice);
    if arguments.is_object() { arguments } else { json!({}) }
}
