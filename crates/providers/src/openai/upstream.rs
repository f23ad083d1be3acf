//! OpenAI's own API, or the one that `OPENAI_BASE_URL` names.

use standin_core::Call;
use standin_core::record::Ending;
use standin_core::upstream::{Base, Credential, Unreachable, Upstream, Variables};

pub(super) const KEY: &str = "OPENAI_API_KEY";
pub(super) const BASE: &str = "OPENAI_BASE_URL";
const DEFAULT: &str = "https://api.openai.com/v1";

pub(super) fn upstream(call: &Call, variables: &Variables) -> Result<Upstream, Unreachable> {
    let base = Base::read(BASE, variables.get(BASE).unwrap_or(DEFAULT))?;
    let target = call.target();
    // The base URL ends in its version, as the path begins with one.
    let target = base.target(call, target.strip_prefix("/v1").unwrap_or(&target))?;
    Ok(Upstream { origin: base.origin(), target, credential: Some(Credential::bearer(KEY)) })
}

/// Chat and completions end with a text, the others with an event of their own (OpenAI API reference,
/// streaming).
pub(super) fn ending(path: &str) -> Ending {
    if path.ends_with("/completions") {
        Ending::Text("[DONE]")
    } else if path.ends_with("/responses") || path.contains("/responses/") {
        Ending::Event(&["response.completed", "response.failed", "response.incomplete", "response.cancelled"])
    } else if path.contains("/images/") {
        Ending::Event(&["image_generation.completed", "image_edit.completed"])
    } else if path.ends_with("/audio/transcriptions") {
        Ending::Event(&["transcript.text.done"])
    } else if path.ends_with("/audio/speech") {
        Ending::Event(&["speech.audio.done"])
    } else {
        Ending::Frame
    }
}
