//! What a body may hold, as data: a table of members for each endpoint, and one function that walks it.
//!
//! Nothing is worded here. A [`Wrong`] says what is wrong and where, and each vendor tells it in its own words.

mod walk;
mod wrong;

#[cfg(test)]
mod tests;

pub(crate) use walk::walk;
pub(crate) use wrong::{Place, Shape, Step, What, Wrong};

/// A member of an object.
#[derive(Debug)]
pub(crate) struct Member {
    /// Its name.
    pub(crate) name: &'static str,
    /// Whether it has to be there.
    pub(crate) need: Need,
    /// What it may be.
    pub(crate) kind: Kind,
}

/// Whether a member has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// It has to.
    Required,
    /// It may be left out, or be null.
    Optional,
}

/// What a value may be.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Anything.
    Any,
    /// True or false.
    Flag,
    /// An integer within bounds.
    Integer { least: i64, most: i64 },
    /// A number within bounds.
    Decimal { least: f64, most: f64 },
    /// A text of so many characters.
    Text { least: usize, most: usize },
    /// A name of letters, digits, `_` and `-`.
    Name { most: usize },
    /// One of these texts.
    Word(&'static [&'static str]),
    /// An object with these members, and whatever else.
    Object(&'static [Member]),
    /// An object that says in a member what it is.
    Tagged(Tagged),
    /// A list of so many.
    List { of: &'static Kind, least: usize, most: usize },
    /// The first of these whose JSON type it has.
    Either(&'static [Kind]),
    /// A file of a form.
    File,
}

/// Objects that say in a member what they are.
#[derive(Debug)]
pub(crate) struct Tagged {
    /// The member.
    pub(crate) by: &'static str,
    /// What it may say, and the members that the object has then.
    pub(crate) cases: &'static [(&'static str, &'static [Member])],
    /// What it is where it does not say so; `None` where it has to.
    pub(crate) unsaid: Option<&'static str>,
    /// What becomes of those that say something else.
    pub(crate) others: Others,
}

/// What becomes of what is not in a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// It is wrong.
    Refused,
    /// It is taken as it is: vendors add to it.
    Taken,
}

/// How a body was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As JSON.
    Json,
    /// As a form: every value is a text, and one value may stand for a list of it.
    Form,
}

/// Any text.
pub(crate) const TEXT: Kind = Kind::Text { least: 0, most: usize::MAX };
/// Any object.
pub(crate) const OBJECT: Kind = Kind::Object(&[]);

/// A member that has to be there.
pub(crate) const fn required(name: &'static str, kind: Kind) -> Member {
    Member { name, need: Need::Required, kind }
}

/// A member that may be left out.
pub(crate) const fn optional(name: &'static str, kind: Kind) -> Member {
    Member { name, need: Need::Optional, kind }
}

/// A list of any length.
pub(crate) const fn list(of: &'static Kind) -> Kind {
    Kind::List { of, least: 0, most: usize::MAX }
}

/// A list with something in it.
pub(crate) const fn some(of: &'static Kind) -> Kind {
    Kind::List { of, least: 1, most: usize::MAX }
}

/// An integer from here on.
pub(crate) const fn from(least: i64) -> Kind {
    Kind::Integer { least, most: i64::MAX }
}

/// An integer within bounds.
pub(crate) const fn integer(least: i64, most: i64) -> Kind {
    Kind::Integer { least, most }
}

/// A number within bounds.
pub(crate) const fn decimal(least: f64, most: f64) -> Kind {
    Kind::Decimal { least, most }
}

/// An object that says in `type` what it is, and nothing else than these.
pub(crate) const fn typed(cases: &'static [(&'static str, &'static [Member])]) -> Kind {
    Kind::Tagged(Tagged { by: "type", cases, unsaid: None, others: Others::Refused })
}
