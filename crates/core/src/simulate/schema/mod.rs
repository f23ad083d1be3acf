//! Values that a JSON Schema allows.
//!
//! ```text
//! flat     a schema with all that it refers to and one of its alternatives -> one set of keywords
//! object, list, string, number      keywords -> a value
//! check    value x schema -> whether it is one; where not, other dice are thrown
//! named, hints                      what a name and a question suggest
//! ```

mod check;
mod check_members;
mod depth;
mod flat;
mod format;
mod hints;
mod list;
mod merge;
mod named;
mod number;
mod object;
mod pattern;
mod reference;
mod string;

#[cfg(test)]
mod tests;

pub(super) use hints::Hints;
pub(super) use named::words as words_of_name;

use crate::dice::Dice;
use reference::{Document, LOOKS};
use serde_json::{Map, Value};
use std::cell::Cell;

/// Throws for one value, before the last one is taken as it is.
const ATTEMPTS: usize = 24;
/// Values that are made of one schema before only what is required is made, and once.
const PLENTY: usize = 2_000;
/// The same, before nothing is made any more: the schema cannot be kept to.
const TOO_MANY: usize = 20_000;
/// Bytes of a text that count as much as a look at a part.
const CHARACTERS: usize = 8;
/// How deep values lie in each other before only what is required is made.
const DEEP: usize = 5;
/// How deep at most.
const DEEPEST: usize = 64;

/// A value that the schema allows, wherever one can be found. The same dice make the same value.
pub(super) fn value(schema: &Value, hints: &Hints, dice: &Dice) -> Value {
    let left = Cell::new(LOOKS);
    let mut maker = Maker { document: Document { schema, left: &left }, hints, made: 0 };
    maker.make(&Spot { schema, name: "", depth: 0 }, dice)
}

/// Makes the values of one schema.
#[derive(Debug)]
struct Maker<'d> {
    document: Document<'d>,
    hints: &'d Hints,
    /// Values made so far, those that were thrown away too.
    made: usize,
}

/// Where a value is wanted.
#[derive(Debug, Clone, Copy)]
struct Spot<'s> {
    schema: &'s Value,
    /// The property that it is for, or that of the list that it is in.
    name: &'s str,
    depth: usize,
}

// === impl Maker ===

impl Maker<'_> {
    /// A value for a spot.
    fn make(&mut self, spot: &Spot<'_>, dice: &Dice) -> Value {
        let mut last = Value::Null;
        if spot.depth > DEEPEST {
            return last;
        }
        for attempt in 0..ATTEMPTS {
            if self.made > TOO_MANY || !self.document.spend(1) {
                break;
            }
            self.made += 1;
            let mut dice = dice.under(&attempt.to_string());
            let Some(keywords) = self.flat(spot.schema, self.is_frugal(spot), &mut dice) else { continue };
            last = self.of_keywords(&keywords, spot, &mut dice);
            if self.made > PLENTY || check::holds(self.document, spot.schema, &last) {
                break;
            }
        }
        last
    }

    /// Whether only what is required is made.
    fn is_frugal(&self, spot: &Spot<'_>) -> bool {
        spot.depth >= DEEP || self.made > PLENTY
    }

    fn of_keywords(&mut self, keywords: &Map<String, Value>, spot: &Spot<'_>, dice: &mut Dice) -> Value {
        if let Some(value) = self.given(keywords, dice) {
            return value;
        }
        match kind(keywords, self.is_frugal(spot), dice) {
            "object" => self.object(keywords, spot, dice),
            "array" => self.list(keywords, spot, dice),
            "integer" => number::number(keywords, spot.name, true, dice),
            "number" => number::number(keywords, spot.name, false, dice),
            "boolean" => dice.chance(1, 2).into(),
            "null" => Value::Null,
            _ => {
                let text = string::string(keywords, spot.name, self.hints, dice);
                self.document.spend(text.len() / CHARACTERS);
                text.into()
            }
        }
    }

    /// A value that the schema itself gives: the only one, one of a list, an example, the default.
    fn given(&self, keywords: &Map<String, Value>, dice: &mut Dice) -> Option<Value> {
        if let Some(only) = keywords.get("const") {
            return Some(only.clone());
        }
        let allowed = |keyword: &str, schema: &Value| {
            let values = keywords.get(keyword).and_then(Value::as_array).into_iter().flatten();
            values.filter(|value| check::holds(self.document, schema, value)).collect::<Vec<_>>()
        };
        let mut unlisted = keywords.clone();
        // What is on the list need not be looked for in it: lists are long.
        unlisted.shift_remove("enum");
        let listed = allowed("enum", &unlisted.into());
        if let Some(mentioned) = listed.iter().find(|value| self.hints.mentions(value)) {
            return Some((*mentioned).clone());
        }
        let said = listed.iter().copied().filter(|value| !value.is_null()).collect::<Vec<_>>();
        if let Some(value) = dice.pick(&said).or_else(|| dice.pick(&listed)) {
            return Some(value.clone());
        }
        let schema = Value::Object(keywords.clone());
        let default = keywords
            .get("default")
            .filter(|default| !default.is_null() && check::holds(self.document, &schema, default));
        default.or_else(|| dice.pick(&allowed("examples", &schema))).cloned()
    }
}

/// The type of what is made: one of those that are named, or that the other keywords speak of.
fn kind<'k>(keywords: &'k Map<String, Value>, frugal: bool, dice: &mut Dice) -> &'k str {
    let kinds = keywords.get("type").map(merge::names).unwrap_or_default();
    if kinds.contains(&"null") && (frugal || kinds.len() > 1 && dice.chance(1, 6)) {
        return "null";
    }
    let said = kinds.into_iter().filter(|kind| *kind != "null").collect::<Vec<_>>();
    if let Some(kind) = dice.pick(&said) {
        return kind;
    }
    if keywords.contains_key("type") {
        return "null";
    }
    const TELLING: [(&str, &[&str]); 4] = [
        (
            "object",
            &[
                "properties",
                "required",
                "additionalProperties",
                "patternProperties",
                "propertyNames",
                "minProperties",
                "maxProperties",
                "dependentRequired",
                "dependentSchemas",
            ],
        ),
        ("array", &["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"]),
        ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
        ("string", &["minLength", "maxLength", "pattern", "format"]),
    ];
    let told = TELLING.iter().find(|(_, words)| words.iter().any(|word| keywords.contains_key(*word)));
    told.map_or_else(
        || dice.word(&["string", "string", "integer", "boolean", "array", "object", "null"]),
        |(kind, _)| kind,
    )
}
