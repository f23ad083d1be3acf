//! The simulator: an answer to any well-formed request. The same request has the same answer on any machine.
//!
//! It says something in no vendor's words, as a mock does; the dialect does the rest.
//!
//! ```text
//! wanted     what a request asks for beside its words     tool, hosted  which tools are called
//! spoken     answers in words, choice by choice           schema        values that a JSON Schema allows
//! text       plain English, ended by `limits`             logprobs      how likely each token was
//! embedding  texts as vectors                             ranking       what texts have to do with a question
//! ```

mod embedding;
mod hosted;
mod limits;
mod logprobs;
mod moderation;
mod ranking;
mod schema;
mod spoken;
mod text;
mod tool;
mod wanted;
mod words;

#[cfg(test)]
mod tests;

pub use logprobs::{Likely, likelihoods};
pub use wanted::{Effort, Hosted, Reasoning, Tool, ToolChoice, Wanted};

use crate::dialect::{Asked, Endpoint, Said};
use crate::dice::Dice;
use crate::tokens;
use serde_json::Value;
use std::borrow::Cow;

/// Numbers of an embedding, where a request does not say how many.
const DIMENSIONS: usize = 1536;
/// The same, of large models.
const DIMENSIONS_LARGE: usize = 3072;
/// More than any model has.
const MOST_DIMENSIONS: usize = 16_384;

/// The answer to a request.
#[must_use]
pub fn simulate(asked: &Asked<'_>, wanted: &Wanted) -> Said {
    let dice = Dice::of(&asked.meaning());
    match asked.endpoint {
        Endpoint::Chat | Endpoint::Responses | Endpoint::Messages => spoken::spoken(asked, wanted, &dice),
        Endpoint::Completions => spoken::completed(wanted, &dice),
        Endpoint::Embeddings => embedded(asked, wanted),
        Endpoint::Moderations => {
            let text = asked.last.as_ref().map(|last| last.text.as_ref()).unwrap_or_default();
            Said { flagged: Some(moderation::flagged(text)), ..Said::default() }
        }
        Endpoint::Transcriptions | Endpoint::Translations => {
            Said { text: Some(text::heard(&mut dice.under("heard"))), ..Said::default() }
        }
        Endpoint::Rerank => ranked(asked, wanted),
        Endpoint::Ocr => Said { pages: Some(read(&dice)), ..Said::default() },
        // What is shown or heard is the dialect's own small placeholder, and counts are computed.
        Endpoint::Images
        | Endpoint::ImageEdits
        | Endpoint::ImageVariations
        | Endpoint::Speech
        | Endpoint::ResponsesTokens
        | Endpoint::CountTokens => Said::default(),
    }
}

/// A vector for each input.
fn embedded(asked: &Asked<'_>, wanted: &Wanted) -> Said {
    let model = asked.model.as_deref().unwrap_or_default();
    let usual = if model.contains("3-large") { DIMENSIONS_LARGE } else { DIMENSIONS };
    let dimensions = wanted.dimensions.unwrap_or(usual).min(MOST_DIMENSIONS);
    let vectors = wanted.inputs.iter().map(|input| match text_of_input(input) {
        Some(text) => embedding::embedding(&text, model, dimensions),
        None => embedding::embedding(&input.to_string(), model, dimensions),
    });
    Said { embeddings: Some(vectors.collect()), ..Said::default() }
}

/// How much each document has to do with the query.
fn ranked(asked: &Asked<'_>, wanted: &Wanted) -> Said {
    let query = asked.user.as_deref().unwrap_or_default();
    let texts = wanted.inputs.iter().map(|document| document.as_str().unwrap_or_default());
    Said { scores: Some(texts.map(|text| ranking::relevance(query, text)).collect()), ..Said::default() }
}

/// The pages of a document that nobody opens.
fn read(dice: &Dice) -> Vec<String> {
    let mut pages = dice.under("pages");
    (0..1 + pages.below(3)).map(|at| text::page(&mut dice.under(&format!("page {at}")))).collect()
}

/// The text of an input, which may be a list of tokens that its client counted.
fn text_of_input(input: &Value) -> Option<Cow<'_, str>> {
    let as_token = |token: &Value| token.as_u64().and_then(|token| u32::try_from(token).ok());
    match input {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Array(numbers) => {
            let numbers = numbers.iter().map(as_token).collect::<Option<Vec<_>>>()?;
            tokens::text_of_tokens(&numbers).map(Cow::Owned)
        }
        _ => None,
    }
}
