//! How Anthropic tells what is wrong with a request: the place, and what it should be.

use crate::members::{Kind, Place, Shape, Step, What, Wrong};
use standin_core::dialect::Failure;

/// What is said of something wrong.
pub(super) fn told(wrong: &Wrong) -> Failure {
    let about = match &wrong.what {
        What::Missing => "Field required".to_owned(),
        What::Kind { expected, .. } => format!("Input should be {}", expected_of(expected)),
        What::Word { known, .. } => {
            let quoted: Vec<String> = known.iter().map(|word| format!("'{word}'")).collect();
            format!("Input should be {}", or(&quoted))
        }
        What::Characters => "String should match pattern '^[a-zA-Z0-9_-]{1,128}$'".to_owned(),
        What::Below { least, .. } => format!("Input should be greater than or equal to {least}"),
        What::Above { most, .. } => format!("Input should be less than or equal to {most}"),
        What::Fewer { shape, least, .. } => {
            format!("{} at least {least} {}", holds(*shape), items(*shape, *least))
        }
        What::More { shape, most, .. } => {
            format!("{} at most {most} {}", holds(*shape), items(*shape, *most))
        }
    };
    match path(&wrong.place) {
        place if place.is_empty() => refused(about),
        place => refused(format!("{place}: {about}")),
    }
}

/// A request that is refused.
pub(super) fn refused(message: impl Into<String>) -> Failure {
    Failure::of(400).saying(message)
}

/// A place as this vendor writes it: `messages.0.content`.
fn path(place: &Place) -> String {
    let steps = place.0.iter().map(|step| match step {
        Step::Member(name) => (*name).to_owned(),
        Step::Item(at) => at.to_string(),
    });
    steps.collect::<Vec<_>>().join(".")
}

const fn expected_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Any | Kind::File => "a value",
        Kind::Flag => "a valid boolean",
        Kind::Integer { .. } => "a valid integer",
        Kind::Decimal { .. } => "a valid number",
        Kind::Text { .. } | Kind::Name { .. } | Kind::Word(_) => "a valid string",
        Kind::Object(_) | Kind::Tagged(_) => "an object",
        Kind::List { .. } => "a valid list",
        Kind::Either(_) => "a valid string or list",
    }
}

const fn holds(shape: Shape) -> &'static str {
    match shape {
        Shape::List => "List should have",
        _ => "String should have",
    }
}

const fn items(shape: Shape, count: usize) -> &'static str {
    match (shape, count) {
        (Shape::List, 1) => "item",
        (Shape::List, _) => "items",
        (_, 1) => "character",
        _ => "characters",
    }
}

fn or(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
