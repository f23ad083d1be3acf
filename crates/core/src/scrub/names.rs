//! Names that say that a value is secret: of JSON members, query parameters and form fields. This is the one
//! list in the house; what is shown and what is compared goes by it too.
//!
//! Names are compared by their letters and digits alone: `apiKey`, `api_key` and `API-KEY` are one name.

use std::collections::BTreeSet;

/// What a name says of the value beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing.
    Plain,
    /// It is a secret.
    Secret,
    /// It is a secret if it looks like one: `token` is a word of a model's answer, too.
    Weak,
    /// It is one below a secret name: `{"client_secret": {"value": ...}}`.
    Holder,
    /// The project wants it left alone.
    Kept,
}

/// Names that are secret everywhere, as letters and digits. Sorted.
const SECRET: [&str; 38] = [
    "accesskey",
    "accesskeyid",
    "accesstoken",
    "apikey",
    "apisecret",
    "apitoken",
    "assertion",
    "authorization",
    "authtoken",
    "awsaccesskeyid",
    "bearertoken",
    "clientassertion",
    "clientsecret",
    "connectionstring",
    "cookie",
    "csrftoken",
    "hubtoken",
    "idtoken",
    "jwt",
    "oauthtoken",
    "ocpapimsubscriptionkey",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pwd",
    "refreshtoken",
    "secret",
    "secretkey",
    "securitytoken",
    "sessiontoken",
    "setcookie",
    "signingkey",
    "signingsecret",
    "subjecttoken",
    "subscriptionkey",
    "webhooksecret",
    "xsrftoken",
];

/// What a longer name may end with: `openai_api_key`, `dbPassword`.
const SECRET_ENDS: [&str; 14] = [
    "accesskey",
    "accesstoken",
    "apikey",
    "apisecret",
    "apitoken",
    "authtoken",
    "clientsecret",
    "passphrase",
    "password",
    "privatekey",
    "refreshtoken",
    "secretkey",
    "securitytoken",
    "sessiontoken",
];

/// Names that are as often a setting or a piece of text.
const WEAK: [&str; 4] = ["auth", "credential", "credentials", "token"];

/// Names that mean a secret in an address or a form, and something else in JSON, where `signature` is a
/// model's thinking, signed.
const PARAMETERS: [&str; 8] =
    ["auth", "key", "sig", "signature", "token", "xamzcredential", "xamzsignature", "xgoogcredential"];

/// Members that hold the secret of an object with a secret name.
const HOLDERS: [&str; 3] = ["data", "key", "value"];

/// Query parameters that carry a credential or a signature, or belong to one: they differ between the
/// recording and its replay by design.
const CREDENTIAL_PARAMETERS: [&str; 19] = [
    "access_token",
    "api-key",
    "api_key",
    "apikey",
    "key",
    "sig",
    "signature",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
    "x-goog-algorithm",
    "x-goog-credential",
    "x-goog-date",
    "x-goog-expires",
    "x-goog-signature",
];

/// No secret name is longer, once its separators are gone.
const LONGEST: usize = 48;

/// A name's letters and digits in lower case, without an allocation.
struct Plainly {
    bytes: [u8; LONGEST],
    len: usize,
}

// === impl Plainly ===

impl Plainly {
    fn of(name: &[u8]) -> Option<Self> {
        let mut plainly = Plainly { bytes: [0; LONGEST], len: 0 };
        for byte in name.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
            *plainly.bytes.get_mut(plainly.len)? = byte.to_ascii_lowercase();
            plainly.len += 1;
        }
        Some(plainly)
    }

    fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

/// A name as names are compared; `None` when it is too long to be one that matters.
pub(super) fn plainly(name: &str) -> Option<String> {
    Plainly::of(name.as_bytes()).map(|plainly| plainly.as_str().to_owned())
}

fn is_secret(name: &str) -> bool {
    SECRET.binary_search(&name).is_ok() || SECRET_ENDS.iter().any(|end| name.ends_with(end))
}

/// What a JSON member's name says.
pub(super) fn member(name: &[u8], added: &BTreeSet<String>, kept: &BTreeSet<String>) -> Role {
    role(name, added, kept, |name| match name {
        name if is_secret(name) => Role::Secret,
        name if WEAK.contains(&name) => Role::Weak,
        name if HOLDERS.contains(&name) => Role::Holder,
        _ => Role::Plain,
    })
}

/// What the name of a query parameter or form field says.
pub(super) fn parameter(name: &[u8], added: &BTreeSet<String>, kept: &BTreeSet<String>) -> Role {
    role(name, added, kept, |name| match name {
        name if is_secret(name) || is_secret_parameter(name) => Role::Secret,
        name if WEAK.contains(&name) => Role::Weak,
        _ => Role::Plain,
    })
}

fn is_secret_parameter(name: &str) -> bool {
    PARAMETERS.contains(&name) || name == "xgoogsignature"
}

fn role(
    name: &[u8],
    added: &BTreeSet<String>,
    kept: &BTreeSet<String>,
    built_in: impl Fn(&str) -> Role,
) -> Role {
    let Some(name) = Plainly::of(name) else { return Role::Plain };
    let name = name.as_str();
    if name.len() < 2 && added.is_empty() {
        return Role::Plain;
    }
    if kept.contains(name) {
        Role::Kept
    } else if added.contains(name) {
        Role::Secret
    } else {
        built_in(name)
    }
}

/// Whether a query parameter is left out of comparisons.
pub(crate) fn is_credential_parameter(name: &str) -> bool {
    CREDENTIAL_PARAMETERS.iter().any(|credential| credential.eq_ignore_ascii_case(name))
}

/// Whether the value of a parameter or form field of this name may not be shown.
pub(crate) fn is_secret_name(name: &str) -> bool {
    is_credential_parameter(name)
        || plainly(name).is_some_and(|name| {
            is_secret(&name) || is_secret_parameter(&name) || WEAK.contains(&name.as_str())
        })
}

/// Whether the value of a JSON member of this name may not be shown. `key` alone says too little there.
pub(crate) fn is_secret_member(name: &str) -> bool {
    !name.eq_ignore_ascii_case("key") && is_secret_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_count() {
        assert!(SECRET.is_sorted());
        let none = BTreeSet::new();
        for name in
            ["apiKey", "api_key", "API-KEY", "openai_api_key", "X-Api-Key", "dbPassword", "client_secret"]
        {
            assert_eq!(member(name.as_bytes(), &none, &none), Role::Secret, "{name}");
        }
        for name in
            ["max_tokens", "tokens", "id", "session", "signature", "thoughtSignature", "key_points", "text"]
        {
            assert_eq!(member(name.as_bytes(), &none, &none), Role::Plain, "{name}");
        }
        assert_eq!(member(b"token", &none, &none), Role::Weak);
        assert_eq!(member(b"key", &none, &none), Role::Holder);
        assert_eq!(parameter(b"key", &none, &none), Role::Secret);
        assert_eq!(parameter(b"X-Goog-Signature", &none, &none), Role::Secret);
        assert_eq!(parameter(b"alt", &none, &none), Role::Plain);
        let project: BTreeSet<String> = ["tenant".to_owned()].into();
        assert_eq!(member(b"Tenant", &project, &none), Role::Secret);
        assert_eq!(member(b"tenant", &project, &project), Role::Kept);
    }
}
