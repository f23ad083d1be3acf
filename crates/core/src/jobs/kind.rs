//! Kinds of jobs.

use std::fmt::{Display, Formatter};
use std::str::FromStr;

/// The endpoint that a job's call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JobKind {
    /// A text that is gone on with.
    TextCompletion,
    /// An answer in a conversation.
    ChatCompletion,
    /// An answer of the Responses API.
    Responses,
    /// Vectors of texts.
    Embedding,
    /// A text, spoken.
    Speech,
    /// Speech, written down.
    Transcription,
    /// An image from a text.
    ImageGeneration,
    /// An image, changed.
    ImageEdit,
    /// An image like another.
    ImageVariation,
    /// Documents in the order of their relevance.
    Rerank,
    /// The text of a document's pages.
    Ocr,
}

/// A name that no kind of jobs has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a type of job: use one of {all}", all = JobKind::ALL.map(JobKind::name).join(", "))]
pub struct UnknownKind(pub String);

// === impl JobKind ===

impl JobKind {
    /// All of them.
    pub const ALL: [JobKind; 11] = [
        JobKind::TextCompletion,
        JobKind::ChatCompletion,
        JobKind::Responses,
        JobKind::Embedding,
        JobKind::Speech,
        JobKind::Transcription,
        JobKind::ImageGeneration,
        JobKind::ImageEdit,
        JobKind::ImageVariation,
        JobKind::Rerank,
        JobKind::Ocr,
    ];

    /// The name that is stored and shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            JobKind::TextCompletion => "text_completion",
            JobKind::ChatCompletion => "chat_completion",
            JobKind::Responses => "responses",
            JobKind::Embedding => "embedding",
            JobKind::Speech => "speech",
            JobKind::Transcription => "transcription",
            JobKind::ImageGeneration => "image_generation",
            JobKind::ImageEdit => "image_edit",
            JobKind::ImageVariation => "image_variation",
            JobKind::Rerank => "rerank",
            JobKind::Ocr => "ocr",
        }
    }
}

impl Display for JobKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for JobKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        JobKind::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| UnknownKind(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for kind in JobKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        let told = "Chat".parse::<JobKind>().unwrap_err().to_string();
        assert!(told.starts_with("`Chat` is not a type of job: use one of text_completion, "), "{told}");
    }
}
