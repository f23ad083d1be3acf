//! What a method and a path name.

use std::str::FromStr;

/// What is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Something that is answered with an object that somebody writes.
    Answer(Endpoint),
    /// The list of models.
    Models,
    /// One model.
    Model(String),
    /// A model is deleted.
    DeleteModel(String),
    /// A kept answer, by its id.
    Revisit(Revisit, String),
}

/// What is done with a kept answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revisit {
    /// It is sent again.
    Get,
    /// It is forgotten.
    Delete,
    /// It is stopped.
    Cancel,
    /// The items that it answered.
    InputItems,
}

/// An endpoint that is answered with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// OpenAI's Chat Completions.
    Chat,
    /// OpenAI's legacy Completions.
    Completions,
    /// OpenAI's Responses.
    Responses,
    /// The tokens of a Responses request.
    ResponsesTokens,
    /// Embeddings.
    Embeddings,
    /// Images from a text.
    Images,
    /// Images from images and a text.
    ImageEdits,
    /// Images from an image.
    ImageVariations,
    /// Speech from a text.
    Speech,
    /// Text from speech.
    Transcriptions,
    /// English text from speech.
    Translations,
    /// Moderations.
    Moderations,
    /// Documents in the order of what they have to do with a question.
    Rerank,
    /// The text of a document's pages.
    Ocr,
    /// Anthropic's Messages.
    Messages,
    /// The tokens of an Anthropic request.
    CountTokens,
}

/// A name that no endpoint has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not an endpoint: use {}", Endpoint::ALL.map(Endpoint::name).join(", "))]
pub struct UnknownEndpoint {
    /// The name.
    pub name: String,
}

// === impl Endpoint ===

impl Endpoint {
    /// All of them.
    pub const ALL: [Endpoint; 16] = [
        Endpoint::Chat,
        Endpoint::Completions,
        Endpoint::Responses,
        Endpoint::ResponsesTokens,
        Endpoint::Embeddings,
        Endpoint::Images,
        Endpoint::ImageEdits,
        Endpoint::ImageVariations,
        Endpoint::Speech,
        Endpoint::Transcriptions,
        Endpoint::Translations,
        Endpoint::Moderations,
        Endpoint::Rerank,
        Endpoint::Ocr,
        Endpoint::Messages,
        Endpoint::CountTokens,
    ];

    /// Those that a model answers in words, which is where a neutral answer fits.
    pub const WORDS: [Endpoint; 4] =
        [Endpoint::Chat, Endpoint::Completions, Endpoint::Responses, Endpoint::Messages];

    /// Its name in mock files and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Endpoint::Chat => "chat",
            Endpoint::Completions => "completions",
            Endpoint::Responses => "responses",
            Endpoint::ResponsesTokens => "responses_tokens",
            Endpoint::Embeddings => "embeddings",
            Endpoint::Images => "images",
            Endpoint::ImageEdits => "image_edits",
            Endpoint::ImageVariations => "image_variations",
            Endpoint::Speech => "speech",
            Endpoint::Transcriptions => "transcriptions",
            Endpoint::Translations => "translations",
            Endpoint::Moderations => "moderations",
            Endpoint::Rerank => "rerank",
            Endpoint::Ocr => "ocr",
            Endpoint::Messages => "messages",
            Endpoint::CountTokens => "count_tokens",
        }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Endpoint {
    type Err = UnknownEndpoint;

    fn from_str(name: &str) -> Result<Self, UnknownEndpoint> {
        let known = Endpoint::ALL.into_iter().find(|endpoint| endpoint.name() == name);
        known.ok_or_else(|| UnknownEndpoint { name: name.to_owned() })
    }
}
