//! What a mock looks at: a call, and what it asks.

use crate::call::Call;
use crate::dialect::Asked;

/// A call as mocks see it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The call.
    pub call: &'a Call,
    /// The provider whose dialect it speaks.
    pub provider: &'a str,
    /// What it asks.
    pub asked: &'a Asked<'a>,
}

// === impl Seen ===

impl Seen<'_> {
    /// The text of the last message; nothing where there is none.
    pub(super) fn last_text(&self) -> &str {
        self.asked.last.as_ref().map_or("", |last| &last.text)
    }

    /// The text of the user's last message.
    pub(super) fn user_text(&self) -> &str {
        self.asked.user.as_deref().unwrap_or("")
    }

    /// Whether the last message has a role. A tool's result has the role `tool` whatever the dialect calls it.
    pub(super) fn has_role(&self, role: &str) -> bool {
        self.asked
            .last
            .as_ref()
            .is_some_and(|last| last.role == role || (role == "tool" && last.tool_call_id.is_some()))
    }
}
