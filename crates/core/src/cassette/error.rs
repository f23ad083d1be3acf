//! Why a cassette could not be read.

/// A cassette that cannot be read: the line, where one is known, and the reason.
///
/// The path is the caller's to add: `path:line: reason`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", .line.map(|line| format!("line {line}: ")).unwrap_or_default())]
pub struct ReadError {
    /// The line the reason is about, counted from 1.
    pub line: Option<u32>,
    /// What is wrong and, where it helps, what to do.
    pub reason: String,
}

impl ReadError {
    pub(crate) fn at(line: u32, reason: impl Into<String>) -> Self {
        ReadError { line: (line > 0).then_some(line), reason: reason.into() }
    }

    pub(crate) fn whole(reason: impl Into<String>) -> Self {
        ReadError { line: None, reason: reason.into() }
    }
}
