//! Which calls a fault is about.

use crate::dialect::Endpoint;
use crate::mock::{Match, Seen};

/// Which calls a rule looks at. All that is said has to hold; where nothing is said, all calls.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct About {
    /// The provider whose dialect the call speaks.
    pub provider: Option<String>,
    /// One of these endpoints; where there are none, any.
    pub endpoints: Vec<Endpoint>,
    /// What has to hold of the call, as in a mock.
    pub matching: Option<Match>,
}

// === impl About ===

impl About {
    /// Whether all calls are meant.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        *self == About::default()
    }

    pub(super) fn holds(&self, seen: &Seen<'_>) -> bool {
        self.provider.as_deref().is_none_or(|provider| provider == seen.provider)
            && (self.endpoints.is_empty() || self.endpoints.contains(&seen.asked.endpoint))
            && self.matching.as_ref().is_none_or(|matching| matching.holds(seen))
    }
}
