//! Shaping: when the pieces of a reply are sent.

mod pace;

pub(crate) use pace::RecordedTimes;
pub use pace::{Pace, UnknownPace};
