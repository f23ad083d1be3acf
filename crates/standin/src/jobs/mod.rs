//! Jobs: calls that are answered in the background.

pub mod store;
pub mod webhook;

pub use standin_core::jobs::*;
