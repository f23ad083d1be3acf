//! Models.

use serde_json::Value;

pub(crate) fn models(_names: &[String], _one: Option<&str>) -> Option<Value> {
    None
}
