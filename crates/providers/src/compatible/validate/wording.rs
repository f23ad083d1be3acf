//! How OpenAI tells what is wrong with a request: a message, the parameter and a code.

use crate::members::{Kind, Place, Shape, Step, What, Wrong};
use serde_json::Value;
use standin_core::dialect::Failure;

/// What is said of something wrong.
pub(super) fn told(wrong: &Wrong) -> Failure {
    let place = path(&wrong.place);
    let invalid = |about: String, code: &str| refused(format!("Invalid '{place}': {about}"), &place, code);
    match &wrong.what {
        What::Missing => {
            let message = format!("Missing required parameter: '{place}'.");
            refused(message, &place, "missing_required_parameter")
        }
        What::Kind { expected, got } => {
            let (expected, got) = (expected_of(expected), shape(*got));
            let at = if place.is_empty() { String::new() } else { format!(" for '{place}'") };
            let message = format!("Invalid type{at}: expected {expected}, but got {got} instead.");
            refused(message, &place, "invalid_type")
        }
        What::Word { known, got } => {
            let message = format!("Invalid value: '{got}'. Supported values are: {}.", listed(known));
            refused(message, &place, "invalid_value")
        }
        What::Characters => {
            let about = "string does not match pattern. Expected a string that matches the pattern \
                         '^[a-zA-Z0-9_-]+$'.";
            invalid(about.to_owned(), "invalid_value")
        }
        What::Below { shape, least, got } => {
            let name = number(*shape);
            let about =
                format!("{name} below minimum value. Expected a value >= {least}, but got {got} instead.");
            invalid(about, &format!("{name}_below_min_value"))
        }
        What::Above { shape, most, got } => {
            let name = number(*shape);
            let about =
                format!("{name} above maximum value. Expected a value <= {most}, but got {got} instead.");
            invalid(about, &format!("{name}_above_max_value"))
        }
        What::Fewer { shape, least, got } => fewer(*shape, *least, *got, &invalid),
        What::More { shape, most, got } => {
            let name = amount(*shape);
            let an = if *shape == Shape::List { "an" } else { "a" };
            let about = format!(
                "{name} too long. Expected {an} {name} with maximum length {most}, but got {an} {name} with length \
                 {got} instead."
            );
            invalid(about, &format!("{name}_above_max_length"))
        }
    }
}

fn fewer(shape: Shape, least: usize, got: usize, invalid: &dyn Fn(String, &str) -> Failure) -> Failure {
    let name = amount(shape);
    let an = if shape == Shape::List { "an" } else { "a" };
    if got == 0 {
        let about = format!(
            "empty {name}. Expected {an} {name} with minimum length {least}, but got an empty {name} instead."
        );
        return invalid(about, &format!("empty_{name}"));
    }
    let about = format!(
        "{name} too short. Expected {an} {name} with minimum length {least}, but got {an} {name} with length {got} \
         instead."
    );
    invalid(about, &format!("{name}_below_min_length"))
}

/// A request that is refused because of a parameter, with a code.
pub(super) fn refused(message: impl Into<String>, param: &str, code: &str) -> Failure {
    blamed(message, param).coded(code)
}

/// The same without a code.
pub(super) fn blamed(message: impl Into<String>, param: &str) -> Failure {
    let failure = Failure::of(400).saying(message).coded(Value::Null);
    if param.is_empty() { failure } else { failure.about(param) }
}

/// A place as this vendor writes it: `messages[0].content`.
pub(super) fn path(place: &Place) -> String {
    let mut path = String::new();
    for step in &place.0 {
        match step {
            Step::Member(name) if path.is_empty() => path.push_str(name),
            Step::Member(name) => {
                path.push('.');
                path.push_str(name);
            }
            Step::Item(at) => path.push_str(&format!("[{at}]")),
        }
    }
    path
}

/// What is expected, with its article.
fn expected_of(kind: &Kind) -> String {
    match kind {
        Kind::Any => "a value".to_owned(),
        Kind::File => "a file".to_owned(),
        Kind::List { of: Kind::Object(_) | Kind::Tagged(_), .. } => "an array of objects".to_owned(),
        Kind::List { of: Kind::Text { .. } | Kind::Name { .. } | Kind::Word(_), .. } => {
            "an array of strings".to_owned()
        }
        Kind::List { .. } => shape(Shape::List).to_owned(),
        Kind::Flag => shape(Shape::Flag).to_owned(),
        Kind::Integer { .. } => shape(Shape::Integer).to_owned(),
        Kind::Decimal { .. } => shape(Shape::Decimal).to_owned(),
        Kind::Text { .. } | Kind::Name { .. } | Kind::Word(_) => shape(Shape::Text).to_owned(),
        Kind::Object(_) | Kind::Tagged(_) => shape(Shape::Object).to_owned(),
        Kind::Either(kinds) => {
            let each: Vec<String> = kinds.iter().map(expected_of).collect();
            let bare: Vec<&str> = each
                .iter()
                .enumerate()
                .map(|(at, kind)| {
                    let article = kind.split_once(' ').filter(|_| at > 0);
                    article.map_or(kind.as_str(), |(_, bare)| bare)
                })
                .collect();
            format!("one of {}", or(&bare))
        }
    }
}

const fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Null => "null",
        Shape::Flag => "a boolean",
        Shape::Integer => "an integer",
        Shape::Decimal => "a decimal",
        Shape::Text => "a string",
        Shape::List => "an array",
        Shape::Object => "an object",
    }
}

const fn number(shape: Shape) -> &'static str {
    match shape {
        Shape::Decimal => "decimal",
        _ => "integer",
    }
}

const fn amount(shape: Shape) -> &'static str {
    match shape {
        Shape::List => "array",
        _ => "string",
    }
}

fn or(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// `'a'`, `'a' and 'b'`, `'a', 'b', and 'c'`.
fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [first @ .., last] => format!("{}, and {last}", first.join(", ")),
    }
}
