//! The eleven kinds of jobs.

/// What a job asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AsyncKind {
    /// Legacy completions.
    Completions,
    /// Chat completions.
    Chat,
    /// Responses, and messages in Anthropic's dialect.
    Responses,
    /// Embeddings.
    Embeddings,
    /// Speech from a text.
    Speech,
    /// Text from speech.
    Transcriptions,
    /// Images from a text.
    ImageGenerations,
    /// Images from images and a text.
    ImageEdits,
    /// Images from an image.
    ImageVariations,
    /// Documents in the order in which they answer a query.
    Rerank,
    /// The text of a document.
    Ocr,
}

// === impl AsyncKind ===

impl AsyncKind {
    /// All of them.
    pub const ALL: [AsyncKind; 11] = [
        AsyncKind::Completions,
        AsyncKind::Chat,
        AsyncKind::Responses,
        AsyncKind::Embeddings,
        AsyncKind::Speech,
        AsyncKind::Transcriptions,
        AsyncKind::ImageGenerations,
        AsyncKind::ImageEdits,
        AsyncKind::ImageVariations,
        AsyncKind::Rerank,
        AsyncKind::Ocr,
    ];

    /// Its stored name, which results and lists tell.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            AsyncKind::Completions => "text_completion",
            AsyncKind::Chat => "chat_completion",
            AsyncKind::Responses => "responses",
            AsyncKind::Embeddings => "embedding",
            AsyncKind::Speech => "speech",
            AsyncKind::Transcriptions => "transcription",
            AsyncKind::ImageGenerations => "image_generation",
            AsyncKind::ImageEdits => "image_edit",
            AsyncKind::ImageVariations => "image_variation",
            AsyncKind::Rerank => "rerank",
            AsyncKind::Ocr => "ocr",
        }
    }

    /// The kind of a stored name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        AsyncKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its segments, after `/v1/async/` and after the `/v1/` of the call that it stands for.
    #[must_use]
    pub const fn segments(self) -> &'static str {
        match self {
            AsyncKind::Completions => "completions",
            AsyncKind::Chat => "chat/completions",
            AsyncKind::Responses => "responses",
            AsyncKind::Embeddings => "embeddings",
            AsyncKind::Speech => "audio/speech",
            AsyncKind::Transcriptions => "audio/transcriptions",
            AsyncKind::ImageGenerations => "images/generations",
            AsyncKind::ImageEdits => "images/edits",
            AsyncKind::ImageVariations => "images/variations",
            AsyncKind::Rerank => "rerank",
            AsyncKind::Ocr => "ocr",
        }
    }

    /// The path of the synchronous call that it stands for.
    #[must_use]
    pub fn synchronous_path(self) -> String {
        format!("/v1/{}", self.segments())
    }

    /// The path that it is submitted to.
    #[must_use]
    pub fn submit_path(self) -> String {
        format!("/v1/async/{}", self.segments())
    }

    /// The path that one of its jobs is polled at.
    #[must_use]
    pub fn poll_path(self, id: &str) -> String {
        format!("/v1/async/{}/{id}", self.segments())
    }

    /// Whether its requests are forms rather than JSON.
    #[must_use]
    pub const fn takes_forms(self) -> bool {
        matches!(self, AsyncKind::Transcriptions | AsyncKind::ImageEdits | AsyncKind::ImageVariations)
    }
}

impl std::fmt::Display for AsyncKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
