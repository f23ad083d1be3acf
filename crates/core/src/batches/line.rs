//! One call of a batch.

use super::batch::Tally;
use bytes::Bytes;

/// A line that is submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// What its caller calls it, unlike all others of the batch.
    pub custom_id: String,
    /// The call that it stands for.
    pub call: LineCall,
    /// How it ended, where that is known before it is made.
    pub end: Option<LineEnd>,
}

/// The call that a line stands for: a `POST` of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineCall {
    /// The path.
    pub path: String,
    /// The body.
    pub body: Bytes,
}

/// A line of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its place, from 0.
    pub number: u32,
    /// What its caller calls it.
    pub custom_id: String,
    /// The call that it stands for.
    pub call: LineCall,
    /// How it ended.
    pub end: Option<LineEnd>,
}

/// How a line ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineEnd {
    /// With an answer.
    Answered {
        /// The status.
        status: u16,
        /// The body.
        body: Bytes,
    },
    /// Without one: the provider could not be heard to the end.
    Lost {
        /// Why.
        reason: String,
    },
    /// Without one, since the batch was cancelled.
    Canceled,
    /// Without one, since the batch's time was over.
    Expired,
}

// === impl LineEnd ===

impl LineEnd {
    /// Whether it is an answer that says success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, LineEnd::Answered { status: 200..=299, .. })
    }

    /// Counts it.
    pub fn count(&self, tally: &mut Tally) {
        let place = match self {
            end if end.is_success() => &mut tally.succeeded,
            LineEnd::Answered { .. } | LineEnd::Lost { .. } => &mut tally.errored,
            LineEnd::Canceled => &mut tally.canceled,
            LineEnd::Expired => &mut tally.expired,
        };
        *place = place.saturating_add(1);
    }
}
