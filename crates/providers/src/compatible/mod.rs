//! OpenAI's API, as OpenAI itself and those who offer the same speak it. A room that several providers share;
//! it names none of them.
//!
//! A module for each endpoint, with the same three functions in it: `asked` reads a request, `compose` makes the
//! object of a neutral answer, `render` makes bytes or events of an object.

mod batches;
mod chat;
mod chunks;
mod completions;
mod embeddings;
mod error;
mod fields;
mod form;
mod images;
mod input;
mod interruption;
mod likelihoods;
mod limits;
mod models;
mod moderations;
mod ocr;
mod pictures;
mod rerank;
mod responses;
mod route;
mod speech;
mod spoken;
mod text_logprobs;
mod transcriptions;
mod validate;
mod vector;
mod vendor;
mod wanted;
mod wordless;

#[cfg(test)]
mod tests;

pub(crate) use batches::Batches;
pub(crate) use error::{failure, no_key};
pub(crate) use fields::{has_bearer, has_field, rate_limits};
pub(crate) use route::operation;
pub(crate) use validate::Models;
pub(crate) use vendor::{Compatible, Vendor};

use serde_json::Value;
use standin_core::dialect::{Asked, Endpoint, Failure, Options, Rendered, Said, Unsayable};

/// The model of an answer, where nobody names one.
const NAMELESS: &str = "standin";

/// Whether a body is taken at all.
fn accepts(endpoint: Endpoint, body: &Value) -> Result<(), Failure> {
    match endpoint {
        Endpoint::Embeddings => embeddings::accepts(body),
        Endpoint::Responses => responses::accepts(body),
        _ => Ok(()),
    }
}

/// What a body asks of an endpoint.
fn asked(endpoint: Endpoint, body: &Value) -> Asked<'_> {
    match endpoint {
        Endpoint::Chat => chat::asked(body),
        Endpoint::Completions => completions::asked(body),
        Endpoint::Responses | Endpoint::ResponsesTokens => responses::asked(endpoint, body),
        Endpoint::Embeddings => embeddings::asked(body),
        Endpoint::Images | Endpoint::ImageEdits | Endpoint::ImageVariations => images::asked(endpoint, body),
        Endpoint::Speech => speech::asked(body),
        Endpoint::Transcriptions | Endpoint::Translations => transcriptions::asked(endpoint, body),
        Endpoint::Rerank => rerank::asked(body),
        Endpoint::Ocr => ocr::asked(body),
        Endpoint::Moderations | Endpoint::Messages | Endpoint::CountTokens => {
            moderations::asked(endpoint, body)
        }
    }
}

/// The object of a neutral answer.
fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    match asked.endpoint {
        Endpoint::Chat => chat::compose(said, asked),
        Endpoint::Completions => completions::compose(said, asked),
        Endpoint::Responses => responses::compose(said, asked),
        Endpoint::Embeddings => embeddings::compose(said, asked),
        Endpoint::Images | Endpoint::ImageEdits | Endpoint::ImageVariations => images::compose(said, asked),
        Endpoint::Speech => speech::compose(said, asked),
        Endpoint::Transcriptions | Endpoint::Translations => transcriptions::compose(said, asked),
        Endpoint::Moderations => moderations::compose(said, asked),
        Endpoint::Rerank => rerank::compose(said, asked),
        Endpoint::Ocr => ocr::compose(said, asked),
        Endpoint::ResponsesTokens | Endpoint::Messages | Endpoint::CountTokens => {
            Err(Unsayable { endpoint: asked.endpoint.name(), what: "a neutral answer" })
        }
    }
}

/// The bytes or the events of an object.
fn render(object: Value, asked: &Asked<'_>, options: &Options) -> Rendered {
    match asked.endpoint {
        Endpoint::Chat => chat::render(object, asked, options),
        Endpoint::Completions => completions::render(object, asked, options),
        Endpoint::Responses => responses::render(object, asked, options),
        Endpoint::Embeddings => embeddings::render(object, asked),
        Endpoint::Images | Endpoint::ImageEdits | Endpoint::ImageVariations => images::render(&object, asked),
        Endpoint::Speech => speech::render(&object, asked),
        Endpoint::Transcriptions | Endpoint::Translations => transcriptions::render(&object, asked, options),
        Endpoint::Moderations
        | Endpoint::Rerank
        | Endpoint::Ocr
        | Endpoint::ResponsesTokens
        | Endpoint::Messages
        | Endpoint::CountTokens => Rendered::json(&object),
    }
}

/// The model that answers: the one that is said, or the one that is asked for.
fn asked_for<'a>(said: &'a Said, asked: &'a Asked<'_>) -> &'a str {
    asked_or(said, asked, NAMELESS)
}

/// The same, with another one where neither is named.
fn asked_or<'a>(said: &'a Said, asked: &'a Asked<'_>, otherwise: &'a str) -> &'a str {
    said.model.as_deref().or(asked.model.as_deref()).unwrap_or(otherwise)
}

/// How many choices are asked for: `n`, as far as OpenAI goes.
fn choices_asked(asked: &Asked<'_>) -> usize {
    asked.body["n"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(1).clamp(1, 128)
}
