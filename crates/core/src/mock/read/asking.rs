//! What stands where a mock has its `match`, outside of a file of mocks.

use super::{Reader, Severity};
use crate::mock::asking::{BadMatch, Match};
use crate::mock::located::locate;
use crate::mock::template::Templates;
use serde_json::Value;
use std::sync::{Arc, OnceLock};

impl Match {
    /// Reads a condition: an object with the keys of a mock's `match`, or a text that the last message contains.
    ///
    /// # Errors
    /// What is wrong with it, all of it.
    pub fn read(value: &Value) -> Result<Self, BadMatch> {
        let written = if value.is_string() { serde_json::json!({"contains": value}) } else { value.clone() };
        let located = locate(&written.to_string()).map_err(|unreadable| BadMatch(unreadable.reason))?;
        let mut reader = Reader {
            file: "".into(),
            problems: Vec::new(),
            templates: Templates::new(),
            compiled: Arc::new(OnceLock::new()),
        };
        let condition = reader.condition(&located, Severity::Error);
        if reader.problems.is_empty() {
            return Ok(Match { written: Arc::new(written), condition: Arc::new(condition) });
        }
        let reasons: Vec<String> = reader.problems.into_iter().map(|problem| problem.message).collect();
        Err(BadMatch(reasons.join("; ")))
    }
}
