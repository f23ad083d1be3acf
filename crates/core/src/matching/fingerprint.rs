//! A credential's fingerprint: enough to tell keys apart, not enough to use one.

use crate::headers::Headers;
use sha2::{Digest, Sha256};

/// The request header under which LiteLLM's cassettes, and standin's, keep a fingerprint.
pub const FINGERPRINT_HEADER: &str = "x-litellm-key-fp";

/// Headers that carry a credential, in the order in which they are hashed.
const CREDENTIAL_HEADERS: [&str; 7] = [
    "authorization",
    "x-api-key",
    "anthropic-api-key",
    "openai-api-key",
    "azure-api-key",
    "api-key",
    "x-goog-api-key",
];

/// The fingerprint of a request: 16 hexadecimal digits, `no-key` without a credential, or the one it
/// already carries.
///
/// A SigV4 signature counts as its access key id and any `ya29.` token as one token, since both change
/// from call to call.
#[must_use]
pub fn fingerprint(headers: &Headers) -> String {
    if let Some(carried) = headers.get(FINGERPRINT_HEADER) {
        return carried.to_owned();
    }
    let lines: Vec<String> = CREDENTIAL_HEADERS
        .iter()
        .filter_map(|name| headers.get(name).map(|value| format!("{name}={}", stable(value))))
        .collect();
    if lines.is_empty() {
        return "no-key".to_owned();
    }
    let digest = Sha256::digest(lines.join("\n").as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a call carries the credential that a recording was made with. One without a fingerprint takes any.
#[must_use]
pub fn same_credential(called: &Headers, recorded: &Headers) -> bool {
    recorded.get(FINGERPRINT_HEADER).is_none_or(|known| known == fingerprint(called))
}

fn stable(value: &str) -> &str {
    if value.starts_with("AWS4-HMAC-SHA256") {
        let after = value.split_once("Credential=").map_or(value, |(_, rest)| rest);
        return after.split(['/', ',', ' ']).next().unwrap_or(after);
    }
    if value.starts_with("Bearer ya29.") { "Bearer ya29." } else { value }
}
