//! What is named by a path below `/v1`.

use standin_core::dialect::{Endpoint, Operation};

/// What a method and a path name; the path begins after the version, as in `/chat/completions`.
pub(crate) fn operation(method: &str, path: &str) -> Option<Operation> {
    (method == "POST" && path == "/chat/completions").then_some(Operation::Answer(Endpoint::Chat))
}
