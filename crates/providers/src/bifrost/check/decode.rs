//! The decoding of JSON: what types known members may have. Null is as good as absent everywhere.

use super::Object;
use crate::bifrost::ErrorObject;
use serde_json::Value;

/// The type of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Flag,
    Whole,
    Number,
    Object,
    Texts,
    Wholes,
    Objects,
    TextOrTexts,
    TextOrObject,
    TextOrObjects,
    TextOrList,
    Embeddable,
}

/// Names of members and their types.
pub(super) type Known = &'static [(&'static str, Shape)];

/// A body as an object. Null is an object without members.
pub(crate) fn object(body: &[u8]) -> Result<Object, ErrorObject> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(Value::Null) => Ok(Object::new()),
        Ok(other) => Err(undecodable(&format!("the body should be an object, and is {}", name_of(&other)))),
        Err(error) if body.is_empty() => Err(undecodable(&format!("the body is empty: {error}"))),
        Err(error) => Err(undecodable(&error.to_string())),
    }
}

/// Refuses a known member of a wrong type.
pub(super) fn members(body: &Object, known: Known) -> Result<(), ErrorObject> {
    members_of("", body, known)
}

/// The same, of an object in the body, whose name with a dot stands before its members'.
pub(super) fn members_of(place: &str, object: &Object, known: Known) -> Result<(), ErrorObject> {
    let wrong = known.iter().find_map(|(name, shape)| {
        let value = object.get(*name)?;
        (!value.is_null() && !shape.admits(value)).then_some((name, shape, value))
    });
    match wrong {
        Some((name, shape, value)) => {
            let is = name_of(value);
            Err(undecodable(&format!("`{place}{name}` should be {}, and is {is}", shape.expected())))
        }
        None => Ok(()),
    }
}

pub(super) fn undecodable(detail: &str) -> ErrorObject {
    ErrorObject::bad(format!("invalid request format: {detail}"))
}

// === impl Shape ===

impl Shape {
    fn admits(self, value: &Value) -> bool {
        let whole = |value: &Value| value.is_i64() || value.is_u64();
        let all = |value: &Value, one: &dyn Fn(&Value) -> bool| {
            value.as_array().is_some_and(|list| list.iter().all(one))
        };
        match self {
            Shape::Text => value.is_string(),
            Shape::Flag => value.is_boolean(),
            Shape::Whole => whole(value),
            Shape::Number => value.is_number(),
            Shape::Object => value.is_object(),
            Shape::Texts => all(value, &Value::is_string),
            Shape::Wholes => all(value, &whole),
            Shape::Objects => all(value, &Value::is_object),
            Shape::TextOrTexts => value.is_string() || all(value, &Value::is_string),
            Shape::TextOrObject => value.is_string() || value.is_object(),
            Shape::TextOrObjects => value.is_string() || all(value, &Value::is_object),
            Shape::TextOrList => value.is_string() || value.is_array(),
            Shape::Embeddable => {
                let wholes = |value: &Value| all(value, &whole);
                value.is_string() || all(value, &Value::is_string) || wholes(value) || all(value, &wholes)
            }
        }
    }

    const fn expected(self) -> &'static str {
        match self {
            Shape::Text => "a string",
            Shape::Flag => "a boolean",
            Shape::Whole => "a whole number",
            Shape::Number => "a number",
            Shape::Object => "an object",
            Shape::Texts => "a list of strings",
            Shape::Wholes => "a list of whole numbers",
            Shape::Objects => "a list of objects",
            Shape::TextOrTexts => "a string or a list of strings",
            Shape::TextOrObject => "a string or an object",
            Shape::TextOrObjects => "a string or a list of objects",
            Shape::TextOrList => "a string or a list",
            Shape::Embeddable => "a string, or a list of strings, of whole numbers or of lists of these",
        }
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list of other things",
        Value::Object(_) => "an object",
    }
}
