//! The one function that walks a table.

use super::{Encoding, Kind, Member, Need, Others, Place, Shape, Step, Tagged, What, Wrong};
use serde_json::Value;

/// Looks at every member of a table, in its order. The first that is wrong is told.
pub(crate) fn walk(members: &'static [Member], body: &Value, encoding: Encoding) -> Result<(), Wrong> {
    Walk { place: Vec::new(), encoding }.object(members, body)
}

/// A walk, and where it is.
struct Walk {
    place: Vec<Step>,
    encoding: Encoding,
}

/// What a body is itself.
static BODY: Kind = super::OBJECT;

// === impl Walk ===

impl Walk {
    fn wrong(&self, what: What) -> Wrong {
        Wrong { place: Place(self.place.clone()), what }
    }

    /// Goes a step further, looks, and comes back. What is wrong keeps the place where it was found.
    fn at(&mut self, step: Step, look: impl FnOnce(&mut Self) -> Result<(), Wrong>) -> Result<(), Wrong> {
        self.place.push(step);
        let looked = look(self);
        self.place.pop();
        looked
    }

    fn object(&mut self, members: &'static [Member], value: &Value) -> Result<(), Wrong> {
        let Some(values) = value.as_object() else {
            return Err(self.wrong(What::Kind { expected: &BODY, got: Shape::of(value) }));
        };
        for member in members {
            let value = values.get(member.name);
            self.at(Step::Member(member.name), |walk| match (value, member.need) {
                (None, Need::Required) => Err(walk.wrong(What::Missing)),
                (None | Some(Value::Null), Need::Optional) => Ok(()),
                (Some(value), _) => walk.value(&member.kind, value),
            })?;
        }
        Ok(())
    }

    fn value(&mut self, kind: &'static Kind, value: &Value) -> Result<(), Wrong> {
        let read = (self.encoding == Encoding::Form).then(|| read(kind, value)).flatten();
        let value = read.as_ref().unwrap_or(value);
        if !fits(kind, value) {
            return Err(self.wrong(What::Kind { expected: kind, got: Shape::of(value) }));
        }
        match (kind, value) {
            (Kind::Object(members), value) => self.object(members, value),
            (Kind::Tagged(tagged), value) => self.tagged(tagged, value),
            (Kind::Either(kinds), value) => {
                // A list is told from another one by its first item.
                let mut fitting = kinds.iter().filter(|kind| fits(kind, value));
                let first = fitting.clone().find(|kind| starts(kind, value)).or_else(|| fitting.next());
                first.map_or(Ok(()), |kind| self.value(kind, value))
            }
            (Kind::List { of, least, most }, Value::Array(items)) => {
                self.amount(Shape::List, items.len(), *least, *most)?;
                items
                    .iter()
                    .enumerate()
                    .try_for_each(|(at, item)| self.at(Step::Item(at), |walk| walk.value(of, item)))
            }
            (Kind::Integer { .. } | Kind::Decimal { .. }, Value::Number(number)) => self.number(kind, number),
            (Kind::Text { least, most }, Value::String(text)) => {
                self.amount(Shape::Text, text.chars().count(), *least, *most)
            }
            (Kind::Name { most }, Value::String(text)) => {
                self.amount(Shape::Text, text.chars().count(), 1, *most)?;
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
                if text.bytes().all(allowed) { Ok(()) } else { Err(self.wrong(What::Characters)) }
            }
            (Kind::Word(words), Value::String(text)) => self.word(text, words.to_vec()),
            _ => Ok(()),
        }
    }

    fn tagged(&mut self, tagged: &'static Tagged, value: &Value) -> Result<(), Wrong> {
        let said = value.get(tagged.by).filter(|said| !said.is_null());
        let tag = match (said, tagged.unsaid) {
            (Some(Value::String(tag)), _) => tag.as_str(),
            (None, Some(unsaid)) => unsaid,
            (said, _) => {
                static TAG: Kind = super::TEXT;
                let what =
                    said.map_or(What::Missing, |said| What::Kind { expected: &TAG, got: Shape::of(said) });
                return self.at(Step::Member(tagged.by), |walk| Err(walk.wrong(what)));
            }
        };
        match tagged.cases.iter().find(|(case, _)| *case == tag) {
            Some((_, members)) => self.object(members, value),
            None if tagged.others == Others::Taken => Ok(()),
            None => {
                let known = tagged.cases.iter().map(|(case, _)| *case).collect();
                self.at(Step::Member(tagged.by), |walk| walk.word(tag, known))
            }
        }
    }

    fn word(&self, text: &str, known: Vec<&'static str>) -> Result<(), Wrong> {
        if known.contains(&text) {
            return Ok(());
        }
        Err(self.wrong(What::Word { known, got: text.to_owned() }))
    }

    fn amount(&self, shape: Shape, got: usize, least: usize, most: usize) -> Result<(), Wrong> {
        if got < least {
            return Err(self.wrong(What::Fewer { shape, least, got }));
        }
        if got > most {
            return Err(self.wrong(What::More { shape, most, got }));
        }
        Ok(())
    }

    fn number(&self, kind: &Kind, number: &serde_json::Number) -> Result<(), Wrong> {
        let got = number.to_string();
        let (shape, below, above) = match kind {
            Kind::Integer { least, most } => {
                // What is no `i64` and fits is beyond all of them.
                let value = number.as_i64().unwrap_or(i64::MAX);
                let below = (value < *least).then(|| least.to_string());
                (Shape::Integer, below, (value > *most).then(|| most.to_string()))
            }
            Kind::Decimal { least, most } => {
                let value = number.as_f64().unwrap_or_default();
                let below = (value < *least).then(|| least.to_string());
                (Shape::Decimal, below, (value > *most).then(|| most.to_string()))
            }
            _ => return Ok(()),
        };
        match (below, above) {
            (Some(least), _) => Err(self.wrong(What::Below { shape, least, got })),
            (None, Some(most)) => Err(self.wrong(What::Above { shape, most, got })),
            (None, None) => Ok(()),
        }
    }
}

/// Whether a value is of a kind's JSON type.
fn fits(kind: &Kind, value: &Value) -> bool {
    match kind {
        Kind::Any => true,
        Kind::Flag => value.is_boolean(),
        Kind::Integer { .. } => Shape::of(value) == Shape::Integer,
        Kind::Decimal { .. } => value.is_number(),
        Kind::Text { .. } | Kind::Name { .. } | Kind::Word(_) => value.is_string(),
        Kind::Object(_) | Kind::Tagged(_) => value.is_object(),
        Kind::List { .. } => value.is_array(),
        Kind::Either(kinds) => kinds.iter().any(|kind| fits(kind, value)),
        Kind::File => value["filename"].is_string(),
    }
}

/// Whether a value that is of a kind's type is so in its first item too, where it is a list.
fn starts(kind: &Kind, value: &Value) -> bool {
    match (kind, value) {
        (Kind::List { of, .. }, Value::Array(items)) => items.first().is_none_or(|first| fits(of, first)),
        _ => true,
    }
}

/// What the text of a form's field is meant to be.
fn read(kind: &Kind, value: &Value) -> Option<Value> {
    let text = match (kind, value) {
        (Kind::List { .. }, Value::String(_) | Value::Object(_)) => {
            return Some(Value::Array(vec![value.clone()]));
        }
        (_, Value::String(text)) => text.trim(),
        _ => return None,
    };
    match kind {
        Kind::Integer { .. } => text.parse::<i64>().ok().map(Value::from),
        Kind::Decimal { .. } => text.parse::<f64>().ok().map(Value::from),
        Kind::Flag => text.to_ascii_lowercase().parse::<bool>().ok().map(Value::from),
        _ => None,
    }
}
