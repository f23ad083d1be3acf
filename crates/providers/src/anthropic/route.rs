//! Which requests are Anthropic's, and what they name.

use standin_core::Headers;
use standin_core::dialect::{Endpoint, Operation};

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

pub(super) fn operation(method: &str, path: &str) -> Option<Operation> {
    match (method, path) {
        ("POST", "/v1/messages") => Some(Operation::Answer(Endpoint::Messages)),
        ("POST", "/v1/messages/count_tokens") => Some(Operation::Answer(Endpoint::CountTokens)),
        ("GET", "/v1/models") => Some(Operation::Models),
        ("GET", other) => {
            let id = other.strip_prefix("/v1/models/").filter(|id| !id.is_empty() && !id.contains('/'))?;
            Some(Operation::Model(id.to_owned()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_what_is_asked() {
        let answer = |endpoint| Some(Operation::Answer(endpoint));
        for (method, path, named) in [
            ("POST", "/v1/messages", answer(Endpoint::Messages)),
            ("POST", "/v1/messages/count_tokens", answer(Endpoint::CountTokens)),
            ("GET", "/v1/models", Some(Operation::Models)),
            ("GET", "/v1/models/claude-x", Some(Operation::Model("claude-x".to_owned()))),
            ("GET", "/v1/models/", None),
            ("GET", "/v1/models/a/b", None),
            ("DELETE", "/v1/models/claude-x", None),
            ("GET", "/v1/messages", None),
            ("POST", "/v1/messages/batches", None),
        ] {
            assert_eq!(operation(method, path), named, "{method} {path}");
        }
    }
}
