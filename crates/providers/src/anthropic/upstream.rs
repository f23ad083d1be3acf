//! Anthropic's own API, or the one that `ANTHROPIC_BASE_URL` names.

use standin_core::Call;
use standin_core::record::Ending;
use standin_core::upstream::{Base, Credential, Unreachable, Upstream, Variables};

pub(super) const KEY: &str = "ANTHROPIC_API_KEY";
pub(super) const BASE: &str = "ANTHROPIC_BASE_URL";
const DEFAULT: &str = "https://api.anthropic.com";

/// `x-api-key` whatever the client used: it takes keys of every kind.
pub(super) fn upstream(call: &Call, variables: &Variables) -> Result<Upstream, Unreachable> {
    let base = Base::read(BASE, variables.get(BASE).unwrap_or(DEFAULT))?;
    let target = base.target(call, &call.target())?;
    Ok(Upstream { origin: base.origin(), target, credential: Some(Credential::header(KEY, "x-api-key")) })
}

/// Messages end with an event, the old completions with their last frame.
pub(super) fn ending(path: &str) -> Ending {
    if path.ends_with("/messages") { Ending::Event(&["message_stop"]) } else { Ending::Frame }
}
