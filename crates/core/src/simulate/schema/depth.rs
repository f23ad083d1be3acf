//! How deep the shallowest value of a schema is, so that what refers to itself comes to an end.

use super::check::limit;
use super::check_members::{prefix, rest};
use super::merge::names;
use super::reference::Document;
use serde_json::Value;

/// Deeper than this is deep.
const DEEP: usize = 12;
/// Parts that are looked at.
const LOOKS: usize = 2_000;

/// The least number of values that lie in each other; [`DEEP`] where it is no less.
pub(super) fn least(document: Document<'_>, schema: &Value) -> usize {
    let mut looks = LOOKS;
    // Deeper and deeper, so that a shallow value is found before a deep branch takes all looks.
    (0..DEEP).find(|deepest| ends(document, schema, *deepest, &mut looks)).unwrap_or(DEEP)
}

/// Whether there is a value that is no deeper.
fn ends(document: Document<'_>, schema: &Value, deepest: usize, looks: &mut usize) -> bool {
    let Value::Object(keywords) = schema else { return *schema != false };
    if *looks == 0 || !document.spend(1) {
        return false;
    }
    *looks -= 1;
    let list = |keyword: &str| keywords.get(keyword).and_then(Value::as_array);
    if let Some(referred) = keywords.get("$ref").and_then(Value::as_str).and_then(|name| document.find(name))
    {
        // A reference counts as a step: it may lead to itself.
        return deepest > 0 && ends(document, referred, deepest - 1, looks);
    }
    if keywords.contains_key("enum") || keywords.contains_key("const") {
        return true;
    }
    let kinds = keywords.get("type").map(names).unwrap_or_default();
    if kinds.contains(&"null") {
        return true;
    }
    let combined = list("allOf")
        .is_none_or(|all| all.iter().all(|part| ends(document, part, deepest, looks)))
        && ["anyOf", "oneOf"].into_iter().all(|keyword| {
            list(keyword).is_none_or(|any| any.iter().any(|part| ends(document, part, deepest, looks)))
        });
    if !combined {
        return false;
    }
    let required = list("required").into_iter().flatten().filter_map(Value::as_str);
    let properties = required.filter_map(|name| keywords.get("properties")?.get(name));
    let least_items = limit(keywords, "minItems").unwrap_or_default();
    let items = prefix(keywords).iter().chain(rest(keywords)).take(least_items);
    let mut parts = properties.chain(items).peekable();
    parts.peek().is_none() || deepest > 0 && parts.all(|part| ends(document, part, deepest - 1, looks))
}
