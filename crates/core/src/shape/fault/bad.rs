//! Texts that are no faults, and what is wrong with them.

use super::kinds;

/// A text that is no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFault {
    /// Nothing is said.
    #[error("there is no fault here: write one of {}", kinds::examples())]
    Empty,
    /// More than one rule stands where one belongs.
    #[error("`{0}` is more than one fault: write each by itself")]
    Several(String),
    /// It cannot be taken apart.
    #[error("`{part}` cannot be read: {reason}")]
    Unreadable {
        /// What cannot be read.
        part: String,
        /// Why.
        reason: String,
    },
    /// A fault is called otherwise.
    #[error("`{kind}` is not a fault{}: a fault begins with one of {}", hint(.near.as_deref()), kinds::names())]
    UnknownKind {
        /// What it is called.
        kind: String,
        /// A kind whose name is close.
        near: Option<String>,
    },
    /// A fault has no such part.
    #[error("`{kind}` knows no `{key}`{}; what it knows is {}", hint(.near.as_deref()), .known.join(", "))]
    UnknownKey {
        /// The fault.
        kind: String,
        /// What it does not know.
        key: String,
        /// What is close.
        near: Option<String>,
        /// All that it knows.
        known: Vec<&'static str>,
    },
    /// A part is not what it should be.
    #[error("`{key}={value}`: {key} should be {wanted}")]
    Value {
        /// The part.
        key: String,
        /// What it says.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// A part says nothing.
    #[error("`{key}` needs a value: {wanted}")]
    Missing {
        /// The part.
        key: String,
        /// What it should say.
        wanted: &'static str,
    },
    /// A part stands alone, and something is said.
    #[error("`{kind}` takes no value, but is given `{value}`")]
    Needless {
        /// The part.
        kind: String,
        /// What is said.
        value: String,
    },
    /// A part is there twice.
    #[error("`{0}` is there twice")]
    Twice(String),
    /// Two parts that exclude one another.
    #[error("`{one}` and `{other}` exclude one another: {reason}")]
    Exclude {
        /// One of them.
        one: &'static str,
        /// The other.
        other: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// What has to hold of a call cannot.
    #[error("`match`: {0}")]
    Match(String),
}

fn hint(near: Option<&str>) -> String {
    near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}

/// The name that comes closest, where one is close.
pub(super) fn closest(name: &str, known: impl IntoIterator<Item = &'static str>) -> Option<String> {
    let close = known.into_iter().map(|known| (strsim::damerau_levenshtein(name, known), known)).min();
    close.filter(|(far, known)| *far <= 3 && *far < known.len()).map(|(_, known)| known.to_owned())
}
