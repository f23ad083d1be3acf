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

    /// A call of no endpoint is at none of those that are said, whatever it is seen as.
    pub(super) fn holds(&self, seen: &Seen<'_>, endpoint: Option<Endpoint>) -> bool {
        self.provider.as_deref().is_none_or(|provider| provider == seen.provider)
            && (self.endpoints.is_empty()
                || endpoint.is_some_and(|endpoint| self.endpoints.contains(&endpoint)))
            && self.matching.as_ref().is_none_or(|matching| matching.holds(seen))
    }
}
