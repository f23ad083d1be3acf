//! Jobs: calls that are answered in the background.

pub mod store;

pub use standin_core::jobs::*;
