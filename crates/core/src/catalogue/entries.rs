//! The files of the catalogue, by name.

/// A request, its cassette, and the name of both.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) request: &'static str,
    pub(super) cassette: &'static str,
}

macro_rules! fixture {
    ($($part:expr),*) => {
        concat!("../../../../fixtures/", $($part),*)
    };
}

macro_rules! entry {
    ($name:literal) => {
        Entry {
            name: $name,
            request: include_str!(fixture!("requests/", $name, ".json")),
            cassette: include_str!(fixture!("catalogue/", $name, ".yaml")),
        }
    };
}

/// The files beside the requests that forms send.
const FILES: &[(&str, &[u8])] = &[("tone.wav", include_bytes!(fixture!("requests/tone.wav")))];

/// Sorted by name.
pub(super) const ALL: &[Entry] = &[
    entry!("audio-transcription-basic"),
    entry!("audio-translation-basic"),
    entry!("azure-chat-basic"),
    entry!("chat-audio-to-text"),
    entry!("chat-bad-request"),
    entry!("chat-basic"),
    entry!("chat-detailed-usage"),
    entry!("chat-image-to-text"),
    entry!("chat-json-mode"),
    entry!("chat-multimodal"),
    entry!("chat-multiturn"),
    entry!("chat-no-messages"),
    entry!("chat-openai-agents-python"),
    entry!("chat-parallel-tools"),
    entry!("chat-reasoning"),
    entry!("chat-streaming"),
    entry!("chat-streaming-detailed-usage"),
    entry!("chat-streaming-web-search"),
    entry!("chat-text-to-audio"),
    entry!("chat-text-to-image-tool"),
    entry!("chat-tools"),
    entry!("chat-unknown-model"),
    entry!("chat-web-search"),
    entry!("completion-bad-request"),
    entry!("completion-basic"),
    entry!("completion-streaming"),
    entry!("completion-streaming-usage"),
    entry!("completion-suffix"),
    entry!("completion-text-batch"),
    entry!("completion-token"),
    entry!("completion-token-batch"),
    entry!("completion-unknown-model"),
    entry!("embeddings-bad-request"),
    entry!("embeddings-base64"),
    entry!("embeddings-basic"),
    entry!("embeddings-dimensions"),
    entry!("embeddings-large-text"),
    entry!("embeddings-max-tokens"),
    entry!("embeddings-mixed-batch"),
    entry!("embeddings-tokens"),
    entry!("embeddings-unknown-model"),
    entry!("embeddings-whitespace"),
    entry!("image-generation-basic"),
    entry!("messages-bad-request"),
    entry!("messages-count-tokens"),
    entry!("messages-image"),
    entry!("messages-multi-turn"),
    entry!("messages-parallel-tools"),
    entry!("messages-streaming"),
    entry!("messages-text"),
    entry!("messages-thinking"),
    entry!("messages-tools"),
    entry!("messages-unknown-model"),
    entry!("responses-hosted-tools"),
    entry!("responses-reasoning"),
    entry!("responses-streaming"),
    entry!("responses-structured"),
    entry!("responses-text"),
    entry!("responses-tools"),
];

pub(super) fn find(name: &str) -> Option<&'static Entry> {
    ALL.binary_search_by(|entry| entry.name.cmp(name)).ok().and_then(|at| ALL.get(at))
}

pub(super) fn file(name: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes)
}
