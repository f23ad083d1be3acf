//! Two schemas that both hold, as one.

use serde_json::{Map, Value, json};

/// What both say together; `None` where nothing can keep to both, as far as that is plain.
pub(super) fn merged(
    mut first: Map<String, Value>,
    second: &Map<String, Value>,
) -> Option<Map<String, Value>> {
    close(&mut first, second);
    let mut second = second.clone();
    close(&mut second, &first);
    for (keyword, theirs) in second {
        let Some(ours) = first.get(&keyword) else {
            first.insert(keyword, theirs);
            continue;
        };
        let both = both(&keyword, ours, &theirs)?;
        first.insert(keyword, both);
    }
    Some(first)
}

/// A property that only one of two schemas names is, for the other, an additional one.
fn close(open: &mut Map<String, Value>, other: &Map<String, Value>) {
    let Some(additional) = other.get("additionalProperties").filter(|additional| **additional != true) else {
        return;
    };
    if other.contains_key("patternProperties") {
        return;
    }
    let Some(Value::Object(properties)) = open.get_mut("properties") else { return };
    for (name, schema) in properties {
        if other.get("properties").and_then(|known| known.get(name)).is_none() {
            *schema = if *additional == false { Value::Bool(false) } else { all_of(schema, additional) };
        }
    }
}

fn both(keyword: &str, ours: &Value, theirs: &Value) -> Option<Value> {
    Some(match keyword {
        _ if ours == theirs => ours.clone(),
        "type" => types(ours, theirs)?,
        "enum" => {
            let (ours, theirs) = (ours.as_array()?, theirs.as_array()?);
            let shared = ours.iter().filter(|value| theirs.contains(value)).cloned().collect::<Vec<_>>();
            if shared.is_empty() {
                return None;
            }
            shared.into()
        }
        "const" => return None,
        "required" => union(ours, theirs),
        "properties" | "patternProperties" | "dependentSchemas" => by_name(ours, theirs, all_of),
        "dependentRequired" => by_name(ours, theirs, union),
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" | "minContains" => {
            if ours.as_f64() >= theirs.as_f64() { ours.clone() } else { theirs.clone() }
        }
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" | "maxContains" => {
            if ours.as_f64() <= theirs.as_f64() { ours.clone() } else { theirs.clone() }
        }
        "multipleOf" => multiple(ours, theirs),
        "items" | "additionalProperties" | "propertyNames" | "contains" | "not" | "unevaluatedProperties" => {
            if keyword == "not" {
                json!({"anyOf": [ours, theirs]})
            } else {
                all_of(ours, theirs)
            }
        }
        "prefixItems" => {
            let (ours, theirs) = (ours.as_array()?, theirs.as_array()?);
            let (longer, shorter) = if ours.len() >= theirs.len() { (ours, theirs) } else { (theirs, ours) };
            let shared = longer.iter().zip(shorter).map(|(one, other)| all_of(one, other));
            shared.chain(longer.iter().skip(shorter.len()).cloned()).collect()
        }
        "uniqueItems" => (*ours == true || *theirs == true).into(),
        _ => theirs.clone(),
    })
}

fn all_of(first: &Value, second: &Value) -> Value {
    match (first, second) {
        (Value::Bool(true), other) | (other, Value::Bool(true)) => other.clone(),
        (Value::Bool(false), _) | (_, Value::Bool(false)) => Value::Bool(false),
        _ => json!({"allOf": [first, second]}),
    }
}

fn union(ours: &Value, theirs: &Value) -> Value {
    let mut all = ours.as_array().cloned().unwrap_or_default();
    for name in theirs.as_array().into_iter().flatten() {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    all.into()
}

fn by_name(ours: &Value, theirs: &Value, both: fn(&Value, &Value) -> Value) -> Value {
    let mut all = ours.as_object().cloned().unwrap_or_default();
    for (name, their) in theirs.as_object().into_iter().flatten() {
        let value = all.get(name).map_or_else(|| their.clone(), |our| both(our, their));
        all.insert(name.clone(), value);
    }
    all.into()
}

fn types(ours: &Value, theirs: &Value) -> Option<Value> {
    let (ours, theirs) = (names(ours), names(theirs));
    let narrower = |kind: &str, others: &[&str]| {
        others.contains(&kind) || kind == "integer" && others.contains(&"number")
    };
    let mut shared = ours.iter().copied().filter(|kind| narrower(kind, &theirs)).collect::<Vec<_>>();
    let more = theirs.iter().copied().filter(|kind| narrower(kind, &ours) && !shared.contains(kind));
    shared.extend(more.collect::<Vec<_>>());
    match shared.as_slice() {
        [] => None,
        [only] => Some((*only).into()),
        _ => Some(shared.into()),
    }
}

/// The names of a `type`.
pub(super) fn names(kinds: &Value) -> Vec<&str> {
    match kinds {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A number that is a multiple of both, where they are whole; else the second, which attempts will have to fit.
fn multiple(ours: &Value, theirs: &Value) -> Value {
    let (Some(one), Some(other)) = (ours.as_u64(), theirs.as_u64()) else { return theirs.clone() };
    let (mut shared, mut rest) = (one, other);
    while rest > 0 {
        (shared, rest) = (rest, shared % rest);
    }
    (one / shared.max(1)).checked_mul(other).map_or_else(|| theirs.clone(), Value::from)
}
