//! A schema as one set of keywords: with what it refers to, all that it adds up, and one of its alternatives.

use super::merge::merged;
use super::{Maker, depth};
use crate::dice::Dice;
use serde_json::{Map, Value};

/// References that follow each other, before they are taken to lead nowhere.
const LONGEST: usize = 32;

impl Maker<'_> {
    /// The keywords; `None` where what is combined has no value in common.
    pub(super) fn flat(&self, schema: &Value, frugal: bool, dice: &mut Dice) -> Option<Map<String, Value>> {
        self.flattened(schema, frugal, dice, 0)
    }

    fn flattened(
        &self,
        schema: &Value,
        frugal: bool,
        dice: &mut Dice,
        hops: usize,
    ) -> Option<Map<String, Value>> {
        let said = match schema {
            Value::Bool(false) => return None,
            Value::Object(said) if hops <= LONGEST && self.document.spend(1) => said,
            _ => return Some(Map::new()),
        };
        let mut flat = Map::new();
        flat.extend(
            said.iter()
                .filter(|(name, _)| !is_combining(name))
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        let referred = ["$ref", "$dynamicRef", "$recursiveRef"].into_iter();
        let referred = referred.filter_map(|keyword| self.document.find(said.get(keyword)?.as_str()?));
        let all = said.get("allOf").and_then(Value::as_array).into_iter().flatten();
        for schema in referred.chain(all) {
            flat = merged(flat, &self.flattened(schema, frugal, dice, hops + 1)?)?;
        }
        for keyword in ["anyOf", "oneOf"] {
            let Some(branches) =
                said.get(keyword).and_then(Value::as_array).filter(|branches| !branches.is_empty())
            else {
                continue;
            };
            let mut order = self.in_order(branches, frugal, dice).into_iter();
            flat = order
                .find_map(|branch| merged(flat.clone(), &self.flattened(branch, frugal, dice, hops + 1)?))?;
        }
        if let Some(condition) = said.get("if") {
            flat = self.conditional(flat, condition, said, frugal, dice, hops)?;
        }
        Some(flat)
    }

    /// The alternatives in the order in which they are tried: some order, null late; what ends soonest first
    /// where enough was made.
    fn in_order<'b>(&self, branches: &'b [Value], frugal: bool, dice: &mut Dice) -> Vec<&'b Value> {
        let mut order = branches.iter().collect::<Vec<_>>();
        for at in (1..order.len()).rev() {
            order.swap(at, dice.below(at + 1));
        }
        if frugal {
            order.sort_by_cached_key(|branch| depth::least(self.document, branch));
        } else if dice.chance(5, 6) {
            order.sort_by_key(|branch| branch["type"] == "null");
        }
        order
    }

    /// What holds where the condition does, or where it does not.
    fn conditional(
        &self,
        flat: Map<String, Value>,
        condition: &Value,
        said: &Map<String, Value>,
        frugal: bool,
        dice: &mut Dice,
        hops: usize,
    ) -> Option<Map<String, Value>> {
        let with = |flat: Map<String, Value>, schema: Option<&Value>| match schema {
            Some(schema) => merged(flat, &self.flattened(schema, frugal, &mut dice.clone(), hops + 1)?),
            None => Some(flat),
        };
        if dice.clone().under("if").chance(1, 2) {
            let met = with(flat.clone(), Some(condition)).and_then(|flat| with(flat, said.get("then")));
            return met.or_else(|| with(flat, said.get("else")));
        }
        with(flat, said.get("else"))
    }
}

/// Whether a keyword is one that is resolved here.
fn is_combining(keyword: &str) -> bool {
    matches!(
        keyword,
        "$ref"
            | "$dynamicRef"
            | "$recursiveRef"
            | "allOf"
            | "anyOf"
            | "oneOf"
            | "if"
            | "then"
            | "else"
            | "$defs"
            | "definitions"
    )
}
