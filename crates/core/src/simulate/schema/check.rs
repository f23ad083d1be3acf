//! Whether a value keeps to a schema. What is made up is tried against it, since keywords such as `not` and
//! `oneOf` say what may not be and not how to get there.

use super::merge::names;
use super::number::is_multiple;
use super::reference::Document;
use super::{check_members, format, pattern};
use serde_json::{Map, Value};

/// References that are followed before a schema is taken to say nothing: one may lead back to itself.
const DEEPEST: usize = 96;

/// Whether the value is one that the schema allows.
pub(super) fn holds(document: Document<'_>, schema: &Value, value: &Value) -> bool {
    Check { document, depth: 0 }.holds(schema, value)
}

/// A check at some depth.
#[derive(Debug, Clone, Copy)]
pub(super) struct Check<'d> {
    document: Document<'d>,
    depth: usize,
}

// === impl Check ===

impl Check<'_> {
    pub(super) fn holds(self, schema: &Value, value: &Value) -> bool {
        let Value::Object(keywords) = schema else { return *schema != false };
        if self.depth > DEEPEST || !self.document.spend(1) {
            return true;
        }
        let deeper = Check { depth: self.depth + 1, ..self };
        deeper.refers(keywords, value)
            && deeper.combines(keywords, value)
            && is_of_type(keywords, value)
            && is_listed(keywords, value)
            && match value {
                Value::String(text) => text_holds(keywords, text),
                Value::Number(number) => number.as_f64().is_none_or(|number| in_range(keywords, number)),
                Value::Array(items) => check_members::list(deeper, keywords, items),
                Value::Object(members) => check_members::object(deeper, keywords, members, value),
                Value::Null | Value::Bool(_) => true,
            }
    }

    fn refers(self, keywords: &Map<String, Value>, value: &Value) -> bool {
        ["$ref", "$dynamicRef", "$recursiveRef"].into_iter().all(|keyword| {
            let named = keywords.get(keyword).and_then(Value::as_str);
            named.and_then(|named| self.document.find(named)).is_none_or(|schema| self.holds(schema, value))
        })
    }

    fn combines(self, keywords: &Map<String, Value>, value: &Value) -> bool {
        let holding = |keyword: &str| {
            let branches = keywords.get(keyword).and_then(Value::as_array)?;
            Some((branches.iter().filter(|branch| self.holds(branch, value)).count(), branches.len()))
        };
        let conditional = keywords.get("if").is_none_or(|condition| {
            let then = if self.holds(condition, value) { "then" } else { "else" };
            keywords.get(then).is_none_or(|schema| self.holds(schema, value))
        });
        holding("allOf").is_none_or(|(hold, all)| hold == all)
            && holding("anyOf").is_none_or(|(hold, _)| hold > 0)
            && holding("oneOf").is_none_or(|(hold, _)| hold == 1)
            && keywords.get("not").is_none_or(|not| !self.holds(not, value))
            && conditional
    }
}

fn is_of_type(keywords: &Map<String, Value>, value: &Value) -> bool {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_whole = value.as_f64().is_some_and(|number| number.fract() == 0.0);
    keywords.get("type").is_none_or(|kinds| {
        names(kinds).iter().any(|allowed| *allowed == kind || *allowed == "integer" && is_whole)
    })
}

fn is_listed(keywords: &Map<String, Value>, value: &Value) -> bool {
    keywords
        .get("enum")
        .and_then(Value::as_array)
        .is_none_or(|values| values.iter().any(|one| same(one, value)))
        && keywords.get("const").is_none_or(|only| same(only, value))
}

/// Equal as JSON Schema has it: 1 is 1.0.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    one == other || one.is_number() && one.as_f64() == other.as_f64()
}

/// A limit that is a whole number.
pub(super) fn limit(keywords: &Map<String, Value>, keyword: &str) -> Option<usize> {
    let limit = keywords.get(keyword)?;
    // 3.0 is a whole number too.
    limit
        .as_u64()
        .or_else(|| limit.as_f64().map(|limit| limit as u64))
        .and_then(|limit| usize::try_from(limit).ok())
}

/// Whether a size is within two limits.
pub(super) fn within(keywords: &Map<String, Value>, least: &str, most: &str, size: usize) -> bool {
    limit(keywords, least).is_none_or(|least| size >= least)
        && limit(keywords, most).is_none_or(|most| size <= most)
}

fn text_holds(keywords: &Map<String, Value>, text: &str) -> bool {
    let said = |keyword: &str| keywords.get(keyword).and_then(Value::as_str);
    within(keywords, "minLength", "maxLength", text.chars().count())
        && said("pattern").is_none_or(|pattern| pattern::finds(pattern, text))
        && said("format").is_none_or(|format| format::looks_like(format, text))
}

/// Whether a number is within its limits.
pub(super) fn in_range(keywords: &Map<String, Value>, number: f64) -> bool {
    let bound = |keyword: &str| keywords.get(keyword).and_then(Value::as_f64);
    // Older drafts say `true` next to the limit.
    let strict = |keyword: &str| keywords.get(keyword) == Some(&Value::Bool(true));
    let at_least = |least: f64| if strict("exclusiveMinimum") { number > least } else { number >= least };
    let at_most = |most: f64| if strict("exclusiveMaximum") { number < most } else { number <= most };
    bound("minimum").is_none_or(at_least)
        && bound("maximum").is_none_or(at_most)
        && bound("exclusiveMinimum").is_none_or(|least| number > least)
        && bound("exclusiveMaximum").is_none_or(|most| number < most)
        && bound("multipleOf").is_none_or(|step| is_multiple(number, step))
}
