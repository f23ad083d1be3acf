//! How far an answer is that a job makes in the background.

use super::Failure;

/// How far an answer is that is not there, or never will be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// Nobody has begun it.
    Queued,
    /// Somebody makes it.
    InProgress,
    /// Its caller wanted it no more.
    Cancelled,
    /// It went wrong.
    Failed(&'a Failure),
}
