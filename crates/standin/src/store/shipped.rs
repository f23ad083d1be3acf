//! The cassettes that standin ships: those of the catalogue. A store without a folder has them, by name alone.

use super::Named;
use super::files::{self, Loaded};
use crate::rules::RuleBook;
use standin_core::cassette::CassetteName;
use standin_core::catalogue;
use standin_core::shape::Pace;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Those that were asked for. The others are not read: a start is not to pay for them.
#[derive(Debug, Default)]
pub(super) struct Shipped(Mutex<BTreeMap<CassetteName, Loaded>>);

// === impl Shipped ===

impl Shipped {
    pub(super) fn named(&self, name: &CassetteName, rules: &RuleBook, pace: &Pace) -> Named {
        let Some(text) = catalogue::cassette(name.as_str()) else { return Named::Missing };
        // A panic elsewhere leaves the map whole: every change is made in one call.
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match read.entry(name.clone()).or_insert_with(|| files::shipped(name, text, rules, pace)) {
            Ok(tape) => Named::Tape(Arc::clone(tape)),
            Err(broken) => Named::Broken(Arc::clone(broken)),
        }
    }
}
