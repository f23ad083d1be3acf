//! Objects.

use super::check::limit;
use super::check_members::schemas_of;
use super::merge::merged;
use super::{Maker, Spot, pattern};
use crate::dice::Dice;
use crate::simulate::words::NOUNS;
use serde_json::{Map, Value, json};

/// Schemas that follow from members, which may bring members that bring schemas.
const ROUNDS: usize = 6;
/// Throws for names.
const TRIES: usize = 200;
/// The most members that are made up.
const MOST: usize = 200;

impl Maker<'_> {
    pub(super) fn object(
        &mut self,
        keywords: &Map<String, Value>,
        spot: &Spot<'_>,
        dice: &mut Dice,
    ) -> Value {
        let frugal = self.is_frugal(spot);
        let mut keywords = keywords.clone();
        let most = limit(&keywords, "maxProperties").unwrap_or(MOST);
        let mut wanted = required(&keywords);
        for name in optional(&keywords) {
            let included = !frugal && dice.under(&name).chance(2, 3) && wanted.len() < most;
            if included && !wanted.contains(&name) {
                wanted.push(name);
            }
        }
        for _ in 0..ROUNDS {
            if !self.follow(&mut keywords, &mut wanted, frugal, dice) {
                break;
            }
        }
        self.add_names(&keywords, &mut wanted, frugal, spot, dice);
        // In the order in which they are declared, as a model writes them.
        let declared = keywords.get("properties").and_then(Value::as_object);
        let place = |name: &String| {
            declared.and_then(|all| all.keys().position(|key| key == name)).unwrap_or(usize::MAX)
        };
        wanted.sort_by_key(place);
        let mut members = Map::new();
        for name in wanted {
            let schema = match schemas_of(&keywords, &name).as_slice() {
                [] => Value::Bool(true),
                [only] => (*only).clone(),
                several => json!({"allOf": several}),
            };
            // What nothing is said of is a text, which fits its name best.
            let schema = if schema == true { json!({"type": "string"}) } else { schema };
            let spot = Spot { schema: &schema, name: &name, depth: spot.depth + 1 };
            let member = self.make(&spot, &dice.under(&name));
            members.insert(name, member);
        }
        members.into()
    }

    /// Adds what follows from the names that are wanted. Says whether that was something.
    fn follow(
        &self,
        keywords: &mut Map<String, Value>,
        wanted: &mut Vec<String>,
        frugal: bool,
        dice: &mut Dice,
    ) -> bool {
        let mut more = Vec::new();
        let mut schemas = Vec::new();
        for keyword in ["dependentRequired", "dependentSchemas", "dependencies"] {
            let by_name = keywords.get(keyword).and_then(Value::as_object).into_iter().flatten();
            for (_, then) in by_name.filter(|(name, _)| wanted.contains(name)) {
                match then {
                    Value::Array(names) => {
                        more.extend(names.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    schema => schemas.push(schema.clone()),
                }
            }
        }
        for schema in schemas {
            let both = self.flat(&schema, frugal, dice).and_then(|then| merged(keywords.clone(), &then));
            *keywords = both.unwrap_or_else(|| std::mem::take(keywords));
        }
        more.extend(required(keywords));
        let before = wanted.len();
        for name in more {
            if !wanted.contains(&name) {
                wanted.push(name);
            }
        }
        wanted.len() > before
    }

    /// Adds names that are not declared: as many as have to be there, and some where the names are free.
    fn add_names(
        &mut self,
        keywords: &Map<String, Value>,
        wanted: &mut Vec<String>,
        frugal: bool,
        spot: &Spot<'_>,
        dice: &mut Dice,
    ) {
        let least = limit(keywords, "minProperties").unwrap_or_default().min(MOST);
        let most = limit(keywords, "maxProperties").unwrap_or(MOST);
        for name in optional(keywords) {
            if wanted.len() < least && !wanted.contains(&name) {
                wanted.push(name);
            }
        }
        let is_map = !keywords.contains_key("properties")
            && ["additionalProperties", "patternProperties", "propertyNames"]
                .iter()
                .any(|keyword| keywords.get(*keyword).is_some_and(Value::is_object));
        let usual = if is_map && !frugal { usize::from(dice.chance(2, 3)) + 1 } else { 0 };
        let enough = least.max(usual.min(most));
        for attempt in 0..TRIES {
            if wanted.len() >= enough {
                return;
            }
            let name = self.free_name(keywords, spot, attempt, dice);
            if !wanted.contains(&name) && !schemas_of(keywords, &name).contains(&&Value::Bool(false)) {
                wanted.push(name);
            }
        }
    }

    /// A name of nobody's choosing, which the schema of names allows.
    fn free_name(
        &mut self,
        keywords: &Map<String, Value>,
        spot: &Spot<'_>,
        attempt: usize,
        dice: &mut Dice,
    ) -> String {
        let patterns = keywords.get("patternProperties").and_then(Value::as_object);
        let patterns =
            patterns.map(|all| all.keys().map(String::as_str).collect::<Vec<_>>()).unwrap_or_default();
        let closed = keywords.get("additionalProperties") == Some(&Value::Bool(false));
        if let Some(pattern) = dice.pick(&patterns).filter(|_| closed || attempt.is_multiple_of(2))
            && let Some(name) = pattern::text(pattern, dice, 0)
        {
            return name;
        }
        if let Some(names) = keywords.get("propertyNames") {
            let schema = json!({"allOf": [{"type": "string"}, names]});
            let spot = Spot { schema: &schema, name: "", depth: spot.depth + 1 };
            let made = self.make(&spot, &dice.under(&format!("name {attempt}")));
            return made.as_str().unwrap_or_default().to_owned();
        }
        let word = dice.word(NOUNS);
        if attempt < TRIES / 4 { word.to_owned() } else { format!("{word}_{attempt}") }
    }
}

/// The names that have to be there.
fn required(keywords: &Map<String, Value>) -> Vec<String> {
    let names = keywords.get("required").and_then(Value::as_array).into_iter().flatten();
    let mut required = Vec::new();
    for name in names.filter_map(Value::as_str) {
        if !required.iter().any(|known| known == name) {
            required.push(name.to_owned());
        }
    }
    required
}

/// The names that are declared and may be there.
fn optional(keywords: &Map<String, Value>) -> Vec<String> {
    let declared = keywords.get("properties").and_then(Value::as_object).into_iter().flatten();
    declared.filter(|(_, schema)| **schema != false).map(|(name, _)| name.clone()).collect()
}
