//! Which header fields are left out of a recording.

use super::Kind;
use super::rules::Rules;

/// Who sent a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Response,
}

/// What becomes of a header field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It stays, and its value is scrubbed as text.
    Stays,
    /// It stays as it is: the project wants it.
    Kept,
    /// It goes.
    Goes(&'static str, Kind),
}

/// Fields that carry a credential, on either side.
const CREDENTIALS: [&str; 10] = [
    "anthropic-api-key",
    "api-key",
    "authorization",
    "azure-api-key",
    "ocp-apim-subscription-key",
    "openai-api-key",
    "proxy-authorization",
    "x-amz-security-token",
    "x-api-key",
    "x-goog-api-key",
];

/// Fields that carry cookies.
const COOKIES: [&str; 3] = ["cookie", "set-cookie", "set-cookie2"];

/// Fields that name whose key it was.
const ACCOUNTS: [&str; 5] = [
    "anthropic-organization-id",
    "anthropic-workspace-id",
    "openai-organization",
    "openai-project",
    "x-goog-user-project",
];

/// Fields of a request that change from call to call: tracing, the way it came, and what belongs to a SigV4
/// signature.
const VOLATILE: [&str; 11] = [
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "b3",
    "baggage",
    "forwarded",
    "traceparent",
    "tracestate",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amzn-trace-id",
    "x-real-ip",
];

/// How the names of such families begin.
const VOLATILE_FAMILIES: [&str; 3] = ["cf-", "x-b3-", "x-forwarded-"];

/// Words that make a name a credential's, between separators.
const WORDS: [&str; 12] = [
    "apikey",
    "auth",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "passwd",
    "password",
    "secret",
    "session",
    "signature",
    "token",
];

/// Names with such a word, or with `-key`, that are harmless and that clients need.
const HARMLESS: [&str; 12] = [
    "cache-key",
    "idempotency-key",
    "mcp-session-id",
    "prompt-cache-key",
    "sec-websocket-key",
    "surrogate-key",
    "x-cache-key",
    "x-idempotency-key",
    "x-litellm-cache-key",
    "x-prompt-cache-key",
    "x-partition-key",
    "x-routing-key",
];

/// Parts of names that make them harmless: Bedrock counts tokens, and Azure names a model's session.
const HARMLESS_PARTS: [&str; 4] = ["model-session", "session-affinity", "token-count", "token-usage"];

/// By these a body is read, when it is compared as well.
const DESCRIBING: [&str; 2] = ["content-encoding", "content-type"];

/// No credential is shorter.
const SHORTEST: usize = 8;

/// Whether a name is that of a credential, beyond doubt.
#[must_use]
pub fn is_credential_header(name: &str) -> bool {
    CREDENTIALS.iter().chain(&COOKIES).any(|credential| credential.eq_ignore_ascii_case(name))
}

/// Whether the value of a field of this name may not be shown.
pub(crate) fn is_secret_header(name: &str) -> bool {
    is_credential_header(name) || is_credential_by_words(&name.to_ascii_lowercase())
}

/// What becomes of a field. `name` is in lower case.
pub(super) fn fate(name: &str, value: &str, side: Side, rules: &Rules) -> Fate {
    if rules.kept_headers.contains(name) {
        Fate::Kept
    } else if rules.headers.contains(name) {
        Fate::Goes("project-header", Kind::Secret)
    } else if CREDENTIALS.contains(&name) {
        Fate::Goes("credential-header", Kind::Secret)
    } else if COOKIES.contains(&name) {
        let kind = if has_long_cookie(value) { Kind::Secret } else { Kind::Volatile };
        Fate::Goes("cookie-header", kind)
    } else if ACCOUNTS.contains(&name) {
        Fate::Goes("account-header", Kind::Volatile)
    } else if is_volatile(name, side) {
        Fate::Goes("volatile-header", Kind::Volatile)
    } else if is_credential_by_words(name) && may_be_credential(value) {
        Fate::Goes("credential-header", Kind::Secret)
    } else if side == Side::Request && rules.request_headers.contains(name) && !DESCRIBING.contains(&name) {
        Fate::Goes("request-header", Kind::Volatile)
    } else {
        Fate::Stays
    }
}

fn is_volatile(name: &str, side: Side) -> bool {
    match side {
        Side::Request => {
            VOLATILE.contains(&name) || VOLATILE_FAMILIES.iter().any(|family| name.starts_with(family))
        }
        Side::Response => name == "cf-ray",
    }
}

fn is_credential_by_words(name: &str) -> bool {
    let worded = name.ends_with("-key")
        || name.ends_with("_key")
        || name.split(['-', '_', '.']).any(|word| WORDS.contains(&word));
    worded
        && !name.starts_with("x-amzn-bedrock-")
        && !HARMLESS.contains(&name)
        && !HARMLESS_PARTS.iter().any(|part| name.contains(part))
}

/// A short cookie is a flag: it goes, and is no secret to warn of.
fn has_long_cookie(value: &str) -> bool {
    let attribute = |name: &str| {
        ["path", "domain", "expires", "max-age", "samesite"]
            .iter()
            .any(|one| name.trim().eq_ignore_ascii_case(one))
    };
    value.split(';').any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        !attribute(name) && value.trim().len() >= SHORTEST && !value.trim().eq_ignore_ascii_case("httponly")
    })
}

/// Flags and counts have such names too: `access-control-allow-credentials: true`.
fn may_be_credential(value: &str) -> bool {
    let value = value.trim();
    value.len() >= SHORTEST && value.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, value: &str, side: Side) -> Fate {
        fate(name, value, side, &Rules::default())
    }

    #[test]
    fn credentials_go_and_what_clients_read_stays() {
        for name in
            ["authorization", "x-api-key", "x-vault-token", "helicone-auth", "stripe-signature", "my_key"]
        {
            assert!(matches!(of(name, "abcdefgh1", Side::Request), Fate::Goes(_, Kind::Secret)), "{name}");
        }
        for (name, value) in [
            ("x-ratelimit-remaining-tokens", "149999990"),
            ("anthropic-ratelimit-input-tokens-reset", "2026-01-01T00:00:00Z"),
            ("x-amzn-bedrock-input-token-count", "12"),
            ("access-control-allow-credentials", "true"),
            ("azureml-model-session", "d016-20250930181259"),
            ("x-litellm-key-fp", "43e0ab9d0302db83"),
            ("idempotency-key", "stainless-node-retry-0c1f"),
            ("anthropic-version", "2023-06-01"),
            ("openai-beta", "assistants=v2"),
            ("www-authenticate", "Bearer realm=\"x\""),
            ("x-request-id", "req_0123456789abcdef"),
            ("x-amzn-requestid", "0123456789abcdef"),
            ("mcp-session-id", "abcdefgh12345678"),
            ("authority", "api.openai.com"),
            ("author", "someone-0123456789"),
        ] {
            assert_eq!(of(name, value, Side::Request), Fate::Stays, "{name}");
            assert_eq!(of(name, value, Side::Response), Fate::Stays, "{name}");
        }
    }

    #[test]
    fn tracing_is_volatile_on_its_side() {
        assert_eq!(of("cf-ray", "x", Side::Response), Fate::Goes("volatile-header", Kind::Volatile));
        assert_eq!(of("cf-cache-status", "DYNAMIC", Side::Response), Fate::Stays);
        assert_eq!(of("x-b3-traceid", "x", Side::Request), Fate::Goes("volatile-header", Kind::Volatile));
    }
}
