//! Cassette names: relative paths that cannot leave the folder.

/// A cassette's name: segments joined by `/`, without the file's extension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CassetteName(String);

/// Why a name is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cassette name `{}` {reason}; use a relative path such as `chat/basic`", .name.escape_debug())]
pub struct NameError {
    /// The name as it was given.
    pub name: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// Longer names exceed what file systems take.
const MAX_LEN: usize = 1024;

// === impl CassetteName ===

impl CassetteName {
    /// Checks a name. A `.yaml` or `.yml` at its end is taken off: the file's name is accepted too.
    ///
    /// # Errors
    /// When the name is empty, absolute, longer than 1,024 bytes, or holds `..`, `.`, an empty segment, a
    /// backslash or a control character.
    pub fn new(name: &str) -> Result<Self, NameError> {
        let refuse = |reason| Err(NameError { name: name.to_owned(), reason });
        let stem = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).unwrap_or(name);
        if stem.is_empty() {
            return refuse("is empty");
        }
        if stem.len() > MAX_LEN {
            return refuse("is longer than 1,024 bytes");
        }
        if stem.starts_with('/') {
            return refuse("is absolute");
        }
        if stem.contains('\\') {
            return refuse("holds a backslash");
        }
        if stem.chars().any(char::is_control) {
            return refuse("holds a control character");
        }
        if stem.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
            return refuse("holds an empty segment, `.` or `..`");
        }
        Ok(CassetteName(stem.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for CassetteName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for CassetteName {
    fn borrow(&self) -> &str {
        &self.0
    }
}
