//! Lists.

use super::check::{limit, same};
use super::check_members::{prefix, rest};
use super::{Maker, Spot};
use crate::dice::Dice;
use serde_json::{Map, Value, json};

/// Items of a list that may have any number of them.
const USUAL: i128 = 3;
/// Throws for an item that is like none before it.
const TRIES: usize = 200;
/// The longest list.
const LONGEST: usize = 1_000;

impl Maker<'_> {
    pub(super) fn list(&mut self, keywords: &Map<String, Value>, spot: &Spot<'_>, dice: &mut Dice) -> Value {
        let frugal = self.is_frugal(spot);
        let first = prefix(keywords);
        let most = limit(keywords, "maxItems").unwrap_or(LONGEST).min(LONGEST);
        let contains = keywords.get("contains");
        let containing = contains.map_or(0, |_| limit(keywords, "minContains").unwrap_or(1).min(LONGEST));
        let least = limit(keywords, "minItems").unwrap_or_default().max(containing).min(LONGEST);
        let usual = if frugal { least } else { self.usual(first, rest(keywords), least, dice) };
        let wanted = usual.clamp(least, most.max(least));
        let unique = keywords.get("uniqueItems") == Some(&Value::Bool(true));
        let mut items: Vec<Value> = Vec::with_capacity(wanted);
        for at in 0..wanted {
            let anything = Value::Bool(true);
            let own = first.get(at).or(rest(keywords)).unwrap_or(&anything);
            if *own == false {
                break;
            }
            // The last ones are those that have to be there, since the first ones may have a schema each.
            let both =
                contains.filter(|_| at + containing >= wanted).map(|wanted| json!({"allOf": [own, wanted]}));
            let spot = Spot { schema: both.as_ref().unwrap_or(own), depth: spot.depth + 1, ..*spot };
            let Some(item) = self.item(&spot, unique, &items, &dice.under(&format!("item {at}"))) else {
                break;
            };
            items.push(item);
        }
        items.into()
    }

    /// How many items there are where more are allowed than have to be there.
    fn usual(&self, first: &[Value], rest: Option<&Value>, least: usize, dice: &mut Dice) -> usize {
        let more = match rest {
            Some(Value::Bool(false)) => 0,
            None if !first.is_empty() => 0,
            _ => usize::try_from(dice.between(1, USUAL)).unwrap_or(1),
        };
        // Lists in lists grow fast.
        let more = if self.made > super::PLENTY / 4 { more.min(1) } else { more };
        first.len().max(least) + if least > 1 { more - more.min(1) } else { more }
    }

    fn item(&mut self, spot: &Spot<'_>, unique: bool, before: &[Value], dice: &Dice) -> Option<Value> {
        if !unique {
            return Some(self.make(spot, dice));
        }
        (0..TRIES).find_map(|attempt| {
            let item = self.make(spot, &dice.under(&format!("again {attempt}")));
            (!before.iter().any(|other| same(other, &item))).then_some(item)
        })
    }
}
