//! The kinds of faults, by name.

use super::{Break, Fault, Interruption};

/// Their names, each as the smallest fault of its kind.
pub(super) const KINDS: [(&str, &str); 19] = [
    ("status", "status=429"),
    ("refused", "refused=2s"),
    ("reset", "reset"),
    ("close", "close"),
    ("half-open", "half-open"),
    ("truncate", "truncate"),
    ("cut", "cut"),
    ("stall", "stall=5s"),
    ("drip", "drip=16/50ms"),
    ("split", "split"),
    ("malformed", "malformed"),
    ("duplicate", "duplicate"),
    ("reorder", "reorder"),
    ("error", "error"),
    ("failed", "failed"),
    ("incomplete", "incomplete"),
    ("content-type", "content-type=text/html"),
    ("crc", "crc"),
    ("crlf", "crlf"),
];

/// All names, for messages.
pub(super) fn names() -> String {
    KINDS.map(|(name, _)| name).join(", ")
}

/// All of them as they are written, for messages.
pub(super) fn examples() -> String {
    KINDS.map(|(_, example)| example).join(", ")
}

// === impl Fault ===

impl Fault {
    /// Its name, as it is written and as the journal tells it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Fault::Status(_) => "status",
            Fault::Refused { .. } => "refused",
            Fault::Break(Break::Reset, _) => "reset",
            Fault::Break(Break::Close, _) => "close",
            Fault::Break(Break::HalfOpen, _) => "half-open",
            Fault::Truncate(_) => "truncate",
            Fault::Cut(_) => "cut",
            Fault::Stall { .. } => "stall",
            Fault::Drip { .. } => "drip",
            Fault::Split(_) => "split",
            Fault::Malformed(_) => "malformed",
            Fault::Duplicate(_) => "duplicate",
            Fault::Reorder(_) => "reorder",
            Fault::Interrupt(interrupted) => match interrupted.how {
                Interruption::Error => "error",
                Interruption::Failed => "failed",
                Interruption::Incomplete => "incomplete",
            },
            Fault::ContentType(_) => "content-type",
            Fault::Crc(_) => "crc",
            Fault::Crlf => "crlf",
        }
    }
}
