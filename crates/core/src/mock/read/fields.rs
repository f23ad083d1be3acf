//! Taking known keys out of an object, and telling of the others.

use super::{Reader, Severity};
use crate::mock::located::{Located, Tree};
use std::cell::RefCell;

/// An object whose known keys are taken one by one; what is left is unknown.
pub(super) struct Fields<'l> {
    what: &'static str,
    members: Vec<(&'l str, &'l Located)>,
    /// Every key that was asked for, for the suggestion.
    known: RefCell<Vec<&'static str>>,
}

// === impl Fields ===

impl<'l> Fields<'l> {
    /// The members of an object; a problem where it is none.
    pub(super) fn of(reader: &mut Reader, located: &'l Located, what: &'static str) -> Option<Self> {
        let Tree::Object(members) = &located.tree else {
            reader.error(located.line, format!("{what} should be an object, but is {}", located.kind()));
            return None;
        };
        for (at, (key, value)) in members.iter().enumerate() {
            if members[..at].iter().any(|(earlier, _)| earlier == key) {
                reader.error(value.line, format!("`{key}` is there twice"));
            }
        }
        let members = members.iter().map(|(key, value)| (key.as_str(), value)).collect();
        Some(Fields { what, members, known: RefCell::default() })
    }

    /// The value of a key.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'l Located> {
        self.known.borrow_mut().push(key);
        let at = self.members.iter().position(|(name, _)| *name == key)?;
        Some(self.members.remove(at).1)
    }

    /// The text of a key.
    pub(super) fn text(&mut self, reader: &mut Reader, key: &'static str) -> Option<String> {
        let value = self.take(key)?;
        let text = value.text();
        if text.is_none() {
            reader.error(value.line, format!("`{key}` should be a text, but is {}", value.kind()));
        }
        text
    }

    /// The value of a key, parsed; the error of the parser says what is right.
    pub(super) fn parsed<T: std::str::FromStr>(&mut self, reader: &mut Reader, key: &'static str) -> Option<T>
    where
        T::Err: std::fmt::Display,
    {
        let value = self.take(key)?;
        let text = value.text().unwrap_or_else(|| value.value().to_string());
        match text.parse() {
            Ok(parsed) => Some(parsed),
            Err(error) => {
                reader.error(value.line, format!("`{key}` cannot be {text}: {error}"));
                None
            }
        }
    }

    /// A key that is one of a few words.
    pub(super) fn word<T: Copy>(
        &mut self,
        reader: &mut Reader,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let value = self.take(key)?;
        let text = value.text().unwrap_or_default();
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let words = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
            reader.error(value.line, format!("`{key}` should be one of {words}"));
        }
        found
    }

    /// What is left: keys that mean nothing, with the known one that comes closest.
    pub(super) fn finish(self, reader: &mut Reader, severity: Severity) {
        let known = self.known.into_inner();
        for (key, value) in &self.members {
            let closest = known.iter().map(|name| (strsim::damerau_levenshtein(key, name), *name)).min();
            let hint = match closest {
                Some((distance, name)) if distance <= 3 && distance < name.len() => {
                    format!("; did you mean `{name}`?")
                }
                _ => String::new(),
            };
            reader.note(value.line, severity, format!("{} knows no `{key}`{hint}", self.what));
        }
    }
}
