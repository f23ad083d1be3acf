//! Completions and Embeddings beyond their tables. Embeddings word what is wrong in a way of their own.

use super::wording::{blamed, path, told};
use crate::members::{What, Wrong};
use serde_json::Value;
use standin_core::dialect::Failure;
use standin_core::tokens;

/// Inputs that a request may have.
const MOST_INPUTS: usize = 2048;
/// Tokens that an input may have.
const MOST_TOKENS: usize = 8192;
/// Tokens that all inputs of a request may have.
const MOST_TOKENS_OF_ALL: usize = 300_000;
/// How many tokens the models of embeddings know.
const TOKENS: u64 = 100_277;

/// The best are chosen among as many as there are.
pub(super) fn choices(body: &Value) -> Result<(), Failure> {
    let count = |name: &str| body[name].as_u64();
    match (count("best_of"), count("n").unwrap_or(1)) {
        (Some(best), n) if best < n => {
            Err(blamed(format!("'best_of' must be at least 'n': {best} is less than {n}."), "best_of"))
        }
        _ => Ok(()),
    }
}

/// Embeddings: what is said with the input, which a table has looked at, and the input.
pub(super) fn embeddings(body: &Value, options: Result<(), Wrong>) -> Result<(), Failure> {
    options.map_err(|wrong| described(&wrong))?;
    dimensions(body)?;
    input(&body["input"])
}

/// How embeddings word what is wrong: the value, what it is not, and the member.
fn described(wrong: &Wrong) -> Failure {
    let place = path(&wrong.place);
    let message = match &wrong.what {
        What::Below { least, got, .. } => format!("{got} is less than the minimum of {least} - '{place}'"),
        What::Word { known, got } => {
            let known: Vec<String> = known.iter().map(|word| format!("'{word}'")).collect();
            format!("'{got}' is not one of [{}] - '{place}'", known.join(", "))
        }
        _ => return told(wrong),
    };
    blamed(message, "")
}

fn dimensions(body: &Value) -> Result<(), Failure> {
    let Some(asked) = body["dimensions"].as_u64() else { return Ok(()) };
    let most = match body["model"].as_str() {
        Some("text-embedding-3-small") => 1536,
        Some("text-embedding-3-large") => 3072,
        Some("text-embedding-ada-002") => {
            return Err(blamed("This model does not support specifying dimensions.", ""));
        }
        _ => return Ok(()),
    };
    if asked <= most {
        return Ok(());
    }
    let message = format!("Invalid value for 'dimensions' = {asked}. Must be less than or equal to {most}.");
    Err(blamed(message, ""))
}

/// A text, texts, tokens or lists of tokens.
fn input(input: &Value) -> Result<(), Failure> {
    let counts = match input {
        Value::Array(items) if items.is_empty() => return Err(no_input()),
        Value::Array(items) if items.iter().all(Value::is_string) || items.iter().all(Value::is_array) => {
            if items.len() > MOST_INPUTS {
                return Err(blamed(format!("'$.input' is invalid: more than {MOST_INPUTS} inputs."), ""));
            }
            let each = items.iter().enumerate();
            each.map(|(at, item)| counted(item, &format!("input[{at}]"))).collect::<Result<Vec<_>, _>>()?
        }
        one => vec![counted(one, "input")?],
    };
    if let Some(tokens) = counts.iter().find(|count| **count > MOST_TOKENS) {
        let message = format!(
            "This model's maximum context length is {MOST_TOKENS} tokens, however you requested {tokens} tokens. \
             Please reduce your input."
        );
        return Err(blamed(message, ""));
    }
    let all: usize = counts.iter().sum();
    if all > MOST_TOKENS_OF_ALL {
        let message = format!("Requested {all} tokens, max {MOST_TOKENS_OF_ALL} tokens per request");
        return Err(blamed(message, ""));
    }
    Ok(())
}

/// The tokens of an input.
fn counted(input: &Value, place: &str) -> Result<usize, Failure> {
    match input {
        Value::String(text) if text.is_empty() => {
            Err(blamed(format!("Invalid '{place}': input cannot be an empty string."), ""))
        }
        Value::String(text) => Ok(tokens::count(text)),
        Value::Array(ids) if !ids.is_empty() => {
            let is_token = |id: &Value| id.as_u64().is_some_and(|id| id < TOKENS);
            match ids.iter().find(|id| !is_token(id)) {
                Some(id) => Err(blamed(format!("Invalid '{place}': {id} is no token of this model."), "")),
                None => Ok(ids.len()),
            }
        }
        _ => Err(no_input()),
    }
}

fn no_input() -> Failure {
    blamed("'$.input' is invalid: it has to be a text, texts, tokens or lists of tokens.", "")
}
