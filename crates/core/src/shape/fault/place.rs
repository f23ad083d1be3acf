//! Where in an answer something happens.

use crate::reply::Ending;
use std::time::Duration;

/// A place in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// Of a stream, neither before its first frame nor after its last, as the dice say; of a whole body, half.
    #[default]
    Middle,
    /// After so many frames. A whole body has none: after 0 is after the head alone, everything else half of it.
    Frames(usize),
    /// After so many bytes of the body.
    Bytes(usize),
    /// At this time, counted from the reply's start.
    Time(Duration),
}

/// How a connection ends otherwise than HTTP says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// It is reset.
    Reset,
    /// It is closed.
    Close,
    /// It stays open, and nothing comes.
    HalfOpen,
}

/// Where it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// Before any byte of the answer.
    Before {
        /// After a wait.
        wait: Duration,
    },
    /// In the body.
    Within(Place),
}

// === impl Break ===

impl Break {
    /// How a reply tells it.
    #[must_use]
    pub const fn ending(self) -> Ending {
        match self {
            Break::Reset => Ending::Reset,
            Break::Close => Ending::Closed,
            Break::HalfOpen => Ending::Silence,
        }
    }
}
