//! What images, speech and transcriptions have no place for.

use standin_core::dialect::{Asked, Endpoint, Said, Unsayable};

/// Lets through what can be shown, heard or written down, each at its own endpoint.
///
/// # Errors
/// When something else is to be said. A text is refused nowhere: next to an image it is the revised prompt, and
/// it is what made-up speech says.
pub(super) fn refuse_others(said: &Said, asked: &Asked<'_>) -> Result<(), Unsayable> {
    let images =
        matches!(asked.endpoint, Endpoint::Images | Endpoint::ImageEdits | Endpoint::ImageVariations);
    let elsewhere = [
        (!said.tool_calls.is_empty(), "calls of tools"),
        (said.refusal.is_some(), "a refusal"),
        (said.reasoning.is_some(), "reasoning"),
        (said.embedding.is_some() || said.embeddings.is_some(), "an embedding"),
        (said.flagged.is_some(), "what a moderation flags"),
        (said.images.is_some() && !images, "images"),
        (said.audio.is_some() && asked.endpoint != Endpoint::Speech, "audio"),
    ];
    match elsewhere.into_iter().find(|(there, _)| *there) {
        Some((_, what)) => Err(Unsayable { endpoint: asked.endpoint.name(), what }),
        None => Ok(()),
    }
}
