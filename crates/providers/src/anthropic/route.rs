//! Which requests are Anthropic's.

use standin_core::Headers;

/// The paths that only Anthropic has, and any call that states its version.
pub(super) fn claims(path: &str, headers: &Headers) -> bool {
    path == "/v1/messages"
        || path.starts_with("/v1/messages/")
        || path == "/v1/complete"
        || headers.get("anthropic-version").is_some()
}

pub(super) fn owns(host: &str) -> bool {
    host == "api.anthropic.com"
}
