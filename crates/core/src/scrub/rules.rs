//! What a project adds to the built-in rules.

use super::names::plainly;
use regex::bytes::Regex;
use serde::Deserialize;
use std::collections::BTreeSet;

/// A project's own rules, or a session's. The default adds nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScrubRules {
    /// Header fields that are removed, in any casing.
    pub headers: Vec<String>,
    /// JSON members, query parameters and form fields whose values are replaced. Only letters and digits
    /// count: `tenantKey` is `tenant_key`.
    pub names: Vec<String>,
    /// JSON pointers (RFC 6901) into bodies, and into the events of streams; a `*` is any one key or index.
    pub pointers: Vec<String>,
    /// Regular expressions. The first group is what is replaced; without one, all of it is.
    pub patterns: Vec<String>,
    /// Names of headers, members and parameters that are left as they are.
    pub keep: Vec<String>,
    /// Header fields that are removed from requests, in any casing. Their values are no secrets elsewhere.
    /// `Content-Type` and `Content-Encoding` stay: bodies are read by them.
    #[serde(alias = "request-headers")]
    pub request_headers: Vec<String>,
    /// Query parameters, form fields and members at the top of JSON bodies of requests, exactly so. All that they
    /// hold is replaced, is no secret elsewhere, and does not count when calls are compared: what vcrpy's filters do.
    #[serde(alias = "request-names")]
    pub request_names: Vec<String>,
}

/// A rule that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScrubError {
    /// Not a JSON pointer.
    #[error("`{0}` is not a JSON pointer: start it with `/`, as in `/messages/*/id`")]
    Pointer(String),
    /// Not a regular expression.
    #[error("`{pattern}` is not a regular expression: {reason}")]
    Pattern {
        /// The expression as given.
        pattern: String,
        /// What the compiler says.
        reason: String,
    },
    /// A pattern that matches nothing at all.
    #[error("`{0}` matches the empty text, which stands everywhere: make it match what is secret")]
    Empty(String),
}

/// Rules, compiled.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    pub(super) headers: BTreeSet<String>,
    pub(super) names: BTreeSet<String>,
    pub(super) pointers: Vec<Vec<String>>,
    pub(super) patterns: Vec<Regex>,
    /// As headers are compared, in lower case.
    pub(super) kept_headers: BTreeSet<String>,
    /// As names are compared, letters and digits alone.
    pub(super) kept_names: BTreeSet<String>,
    /// In lower case.
    pub(super) request_headers: BTreeSet<String>,
    /// As they are.
    pub(super) request_names: BTreeSet<String>,
}

// === impl Rules ===

impl Rules {
    pub(super) fn compile(rules: &ScrubRules) -> Result<Self, ScrubError> {
        let lower = |names: &[String]| names.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        let plain = |names: &[String]| {
            names.iter().filter_map(|name| plainly(name)).filter(|name| !name.is_empty()).collect()
        };
        Ok(Rules {
            headers: lower(&rules.headers),
            names: plain(&rules.names),
            pointers: rules.pointers.iter().map(|pointer| steps(pointer)).collect::<Result<_, _>>()?,
            patterns: rules.patterns.iter().map(|pattern| compiled(pattern)).collect::<Result<_, _>>()?,
            kept_headers: lower(&rules.keep),
            kept_names: plain(&rules.keep),
            request_headers: lower(&rules.request_headers),
            request_names: rules.request_names.iter().filter(|name| !name.is_empty()).cloned().collect(),
        })
    }

    /// These and more.
    pub(super) fn and(&self, more: Rules) -> Self {
        let mut both = self.clone();
        both.headers.extend(more.headers);
        both.names.extend(more.names);
        both.pointers.extend(more.pointers);
        both.patterns.extend(more.patterns);
        both.kept_headers.extend(more.kept_headers);
        both.kept_names.extend(more.kept_names);
        both.request_headers.extend(more.request_headers);
        both.request_names.extend(more.request_names);
        both
    }
}

fn steps(pointer: &str) -> Result<Vec<String>, ScrubError> {
    let rest = pointer.strip_prefix('/').ok_or_else(|| ScrubError::Pointer(pointer.to_owned()))?;
    Ok(rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect())
}

fn compiled(pattern: &str) -> Result<Regex, ScrubError> {
    let regex = Regex::new(pattern)
        .map_err(|error| ScrubError::Pattern { pattern: pattern.to_owned(), reason: error.to_string() })?;
    if regex.is_match(b"") { Err(ScrubError::Empty(pattern.to_owned())) } else { Ok(regex) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_cannot_be_used_say_what_to_do() {
        let compile = |rules: ScrubRules| Rules::compile(&rules).unwrap_err().to_string();
        let pointers = vec!["a/b".to_owned()];
        assert!(compile(ScrubRules { pointers, ..ScrubRules::default() }).contains("start it with `/`"));
        let patterns = vec!["(".to_owned()];
        assert!(
            compile(ScrubRules { patterns, ..ScrubRules::default() })
                .contains("`(` is not a regular expression")
        );
        let patterns = vec!["x*".to_owned()];
        assert!(compile(ScrubRules { patterns, ..ScrubRules::default() }).contains("matches the empty text"));
    }
}
