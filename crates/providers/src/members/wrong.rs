//! What is wrong, and where.

use super::Kind;
use serde_json::Value;

/// Something in a body that is not as its table says.
#[derive(Debug)]
pub(crate) struct Wrong {
    /// Where.
    pub(crate) place: Place,
    /// What.
    pub(crate) what: What,
}

/// A way through a body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Place(pub(crate) Vec<Step>);

/// A step of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// To a member.
    Member(&'static str),
    /// To an item of a list.
    Item(usize),
}

/// What is wrong.
#[derive(Debug)]
pub(crate) enum What {
    /// A member is not there.
    Missing,
    /// It is of another JSON type.
    Kind { expected: &'static Kind, got: Shape },
    /// It is a text that is not among those that are known.
    Word { known: Vec<&'static str>, got: String },
    /// It is a name with other characters.
    Characters,
    /// A number is below its bound.
    Below { shape: Shape, least: String, got: String },
    /// A number is above its bound.
    Above { shape: Shape, most: String, got: String },
    /// There is less of it.
    Fewer { shape: Shape, least: usize, got: usize },
    /// There is more of it.
    More { shape: Shape, most: usize, got: usize },
}

/// A JSON type, with integers told from other numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Null.
    Null,
    /// True or false.
    Flag,
    /// An integer.
    Integer,
    /// Another number.
    Decimal,
    /// A text.
    Text,
    /// A list.
    List,
    /// An object.
    Object,
}

// === impl Shape ===

impl Shape {
    /// The shape of a value.
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Shape::Null,
            Value::Bool(_) => Shape::Flag,
            Value::Number(number) if number.is_i64() || number.is_u64() => Shape::Integer,
            Value::Number(_) => Shape::Decimal,
            Value::String(_) => Shape::Text,
            Value::Array(_) => Shape::List,
            Value::Object(_) => Shape::Object,
        }
    }
}
