//! The simulator: an answer to any well-formed request. The same request has the same answer on any machine.
//!
//! It says something in no vendor's words, as a mock does; the dialect does the rest.
//!
//! ```text
//! wanted     what a request asks for beside its words     tool       which tools are called
//! text       plain English, ended by `limits`             schema     values that a JSON Schema allows
//! embedding  texts as vectors
//! ```

mod embedding;
mod limits;
mod moderation;
mod schema;
mod text;
mod tool;
mod wanted;
mod words;

#[cfg(test)]
mod tests;

pub use wanted::{Reasoning, Tool, ToolChoice, Wanted};

use crate::dialect::{Asked, Endpoint, Said, text_of};
use crate::dice::Dice;
use limits::{End, ended};
use schema::Hints;
use serde_json::{Value, json};

/// Numbers of an embedding, where a request does not say how many.
const DIMENSIONS: usize = 1536;
/// The same, of large models.
const DIMENSIONS_LARGE: usize = 3072;
/// More than any model has.
const MOST_DIMENSIONS: usize = 16_384;

/// The answer to a request.
#[must_use]
pub fn simulate(asked: &Asked<'_>, wanted: &Wanted) -> Said {
    let dice = Dice::of(asked.unstreamed().to_string().as_bytes());
    match asked.endpoint {
        Endpoint::Chat | Endpoint::Completions | Endpoint::Responses | Endpoint::Messages => {
            spoken(asked, wanted, &dice)
        }
        Endpoint::Embeddings => embedded(asked, wanted),
        Endpoint::Moderations => {
            let text = asked.last.as_ref().map(|last| last.text.as_ref()).unwrap_or_default();
            Said { flagged: Some(moderation::flagged(text)), ..Said::default() }
        }
        Endpoint::Transcriptions | Endpoint::Translations => {
            Said { text: Some(text::heard(&mut dice.under("heard"))), ..Said::default() }
        }
        // What is shown or heard is the dialect's own small placeholder, and counts are computed.
        Endpoint::Images
        | Endpoint::ImageEdits
        | Endpoint::ImageVariations
        | Endpoint::Speech
        | Endpoint::ResponsesTokens
        | Endpoint::CountTokens => Said::default(),
    }
}

/// Words, thoughts before them, or calls of tools.
fn spoken(asked: &Asked<'_>, wanted: &Wanted, dice: &Dice) -> Said {
    let question = asked.user.as_deref().unwrap_or_default();
    let mut said = Said::default();
    let mut left = wanted.most_tokens;
    if wanted.reasoning == Reasoning::Shown {
        let thought = text::thought(question, &mut dice.under("thought"));
        // Where an answer has to be short, half of it is left for what is said.
        let cut = left.and_then(|most| limits::first_tokens(&thought, most / 2));
        let thought = cut.map_or_else(|| thought.clone(), str::to_owned);
        if let Some(most) = &mut left {
            *most -= crate::tokens::count(&thought).min(*most);
        }
        said.reasoning = Some(thought).filter(|thought| !thought.is_empty());
    }
    said.tool_calls = tool::calls(asked, wanted, dice);
    if !said.tool_calls.is_empty() {
        return said;
    }
    let ended = ended(&words(asked, wanted, question, dice), left, &wanted.stop);
    said.text = Some(ended.text);
    said.finish_reason = match ended.by {
        End::Itself => None,
        End::Tokens => Some("length".to_owned()),
        End::Stop(stop) => {
            said.stop_sequence = Some(stop);
            Some("stop".to_owned())
        }
    };
    said
}

/// What is said, before anything cuts it short.
fn words(asked: &Asked<'_>, wanted: &Wanted, question: &str, dice: &Dice) -> String {
    if let Some(schema) = &wanted.schema {
        let anything = json!({
            "type": "object",
            "properties": {"answer": {"type": "string"}, "confidence": {"type": "number"}},
            "required": ["answer", "confidence"],
        });
        let says_nothing =
            schema.as_object().is_none_or(|keywords| keywords.keys().all(|name| name == "type"));
        let schema = if says_nothing { &anything } else { schema };
        let value = schema::value(schema, &Hints::of(question), &dice.under("structured"));
        return crate::stream::json_text(&value);
    }
    let mut dice = dice.under("words");
    match &asked.last {
        Some(last) if tool::answers_a_call(asked) => {
            text::answer_with(&result(last.value, &last.text), question, &mut dice)
        }
        Some(last) if question.is_empty() => text::answer(&last.text, &mut dice),
        _ => text::answer(question, &mut dice),
    }
}

/// What a tool's result says: Anthropic puts it into a block.
fn result(message: &Value, text: &str) -> String {
    let blocks = message["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    let block = blocks.iter().rev().find(|block| block["type"] == "tool_result");
    block.map_or_else(|| text.to_owned(), |block| text_of(&block["content"]).into_owned())
}

/// A vector for each input.
fn embedded(asked: &Asked<'_>, wanted: &Wanted) -> Said {
    let model = asked.model.as_deref().unwrap_or_default();
    let usual = if model.contains("3-large") { DIMENSIONS_LARGE } else { DIMENSIONS };
    let dimensions = wanted.dimensions.unwrap_or(usual).min(MOST_DIMENSIONS);
    let vectors = wanted.inputs.iter().map(|input| embedding::embedding(input, model, dimensions));
    Said { embeddings: Some(vectors.collect()), ..Said::default() }
}
