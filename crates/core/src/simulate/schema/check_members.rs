//! Whether what a list and an object hold keeps to a schema.

use super::check::{Check, limit, same, within};
use super::pattern;
use serde_json::{Map, Value};

/// Whether the items do.
pub(super) fn list(check: Check<'_>, keywords: &Map<String, Value>, items: &[Value]) -> bool {
    let first = prefix(keywords);
    let rest = rest(keywords);
    let each = items
        .iter()
        .enumerate()
        .all(|(at, item)| first.get(at).or(rest).is_none_or(|schema| check.holds(schema, item)));
    let unique = keywords.get("uniqueItems") != Some(&Value::Bool(true))
        || items.iter().enumerate().all(|(at, item)| !items[..at].iter().any(|before| same(before, item)));
    let contains = keywords.get("contains").is_none_or(|wanted| {
        let found = items.iter().filter(|item| check.holds(wanted, item)).count();
        found >= limit(keywords, "minContains").unwrap_or(1)
            && limit(keywords, "maxContains").is_none_or(|most| found <= most)
    });
    each && unique && contains && within(keywords, "minItems", "maxItems", items.len())
}

/// The schemas of the first items, one each: `items` itself in older drafts.
pub(super) fn prefix(keywords: &Map<String, Value>) -> &[Value] {
    let older = || keywords.get("items").and_then(Value::as_array);
    keywords.get("prefixItems").and_then(Value::as_array).or_else(older).map_or(&[], Vec::as_slice)
}

/// The schema of the items after those.
pub(super) fn rest(keywords: &Map<String, Value>) -> Option<&Value> {
    match keywords.get("items") {
        Some(Value::Array(_)) => keywords.get("additionalItems"),
        items => items,
    }
}

/// Whether the members do; `value` is the object of them.
pub(super) fn object(
    check: Check<'_>,
    keywords: &Map<String, Value>,
    members: &Map<String, Value>,
    value: &Value,
) -> bool {
    let required = |names: &Value| {
        names
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .all(|name| members.contains_key(name))
    };
    let when_there = |keyword: &str| {
        let by_name = keywords.get(keyword).and_then(Value::as_object).into_iter().flatten();
        by_name.filter(|(name, _)| members.contains_key(*name)).map(|(_, then)| then)
    };
    let dependent = ["dependentRequired", "dependentSchemas", "dependencies"];
    let depends = dependent.into_iter().flat_map(when_there).all(|then| match then {
        Value::Array(_) => required(then),
        schema => check.holds(schema, value),
    });
    let named = keywords
        .get("propertyNames")
        .is_none_or(|schema| members.keys().all(|name| check.holds(schema, &Value::String(name.clone()))));
    let each = members.iter().all(|(name, member)| {
        schemas_of(keywords, name).into_iter().all(|schema| check.holds(schema, member))
    });
    keywords.get("required").is_none_or(required)
        && depends
        && named
        && each
        && within(keywords, "minProperties", "maxProperties", members.len())
}

/// The schemas that a member of this name has to keep to.
pub(super) fn schemas_of<'k>(keywords: &'k Map<String, Value>, name: &str) -> Vec<&'k Value> {
    let mut schemas = Vec::new();
    schemas.extend(keywords.get("properties").and_then(|known| known.get(name)));
    let patterns = keywords.get("patternProperties").and_then(Value::as_object).into_iter().flatten();
    schemas.extend(patterns.filter(|(key, _)| pattern::finds(key, name)).map(|(_, schema)| schema));
    if schemas.is_empty() {
        schemas.extend(keywords.get("additionalProperties"));
    }
    schemas
}
