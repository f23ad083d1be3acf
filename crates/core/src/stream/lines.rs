//! Boundaries of newline-delimited JSON.

/// The length of the first line, its line feed included; `None` when none is complete.
pub(super) fn line_end(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| *byte == b'\n').map(|at| at + 1)
}
