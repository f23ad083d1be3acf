//! What references in a schema point to.

use percent_encoding::percent_decode_str;
use serde_json::Value;
use std::cell::Cell;

/// Parts that are looked at for one value. Parts that refer to themselves twice would never be done with.
pub(super) const LOOKS: usize = 500_000;

/// A schema whose parts refer to each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Document<'d> {
    pub(super) schema: &'d Value,
    /// How much may still be looked at and written.
    pub(super) left: &'d Cell<usize>,
}

// === impl Document ===

impl<'d> Document<'d> {
    /// Takes so much of what is left. Says whether there was anything.
    pub(super) fn spend(self, looks: usize) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(looks));
        left > 0
    }

    /// The schema that a reference names, where it is in this document. Others are never fetched.
    pub(super) fn find(self, reference: &str) -> Option<&'d Value> {
        let (document, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let within = if document.is_empty() { self.schema } else { named(self.schema, &["$id"], document)? };
        let fragment = percent_decode_str(fragment).decode_utf8_lossy();
        match &*fragment {
            "" => Some(within),
            pointer if pointer.starts_with('/') => within.pointer(pointer),
            anchor => named(within, &["$anchor", "$dynamicAnchor"], anchor),
        }
    }
}

/// The first part with a member of one of these names that is this text.
fn named<'d>(value: &'d Value, members: &[&str], text: &str) -> Option<&'d Value> {
    if members.iter().any(|member| value.get(member).and_then(Value::as_str) == Some(text)) {
        return Some(value);
    }
    match value {
        Value::Object(parts) => parts.values().find_map(|part| named(part, members, text)),
        Value::Array(parts) => parts.iter().find_map(|part| named(part, members, text)),
        _ => None,
    }
}
