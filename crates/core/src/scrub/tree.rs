//! YAML kept as it stood: bodies that vcrpy stores as structure, fields that only go-vcr has, unknown keys.

use super::credential::looks_like_credential;
use super::edits::{Edit, Edits, Mark};
use super::names::{self, Role};
use super::pass::Pass;
use crate::cassette::yaml::{Owned, Value};
use std::borrow::Cow;

/// What the keys of a tree are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Members, as in JSON.
    Members,
    /// Parameters of an address or a form.
    Parameters,
}

/// A shorter number under a secret name is a count or a flag.
const SHORTEST_NUMBER: usize = 6;

// === impl Pass ===

impl Pass<'_> {
    /// Scrubs a tree in place, and tells what was found where below `place`.
    pub(super) fn tree(&mut self, node: &mut Owned, names: Names, place: &str, marks: &mut Vec<Mark>) {
        self.node(node, names, (Role::Plain, Role::Plain), place, marks);
    }

    /// `roles` are what the node's own key says of it, and the key above that.
    fn node(
        &mut self,
        node: &mut Owned,
        names: Names,
        roles: (Role, Role),
        place: &str,
        marks: &mut Vec<Mark>,
    ) {
        match &mut node.value {
            Value::Plain(text) | Value::Text(text) => {
                let edits = self.scalar(text.as_bytes(), roles, place);
                if !edits.is_empty() {
                    let changed = edits.apply(text.as_bytes());
                    let changed = String::from_utf8_lossy(&changed).into_owned();
                    marks.extend(edits.within(|| place.to_owned()).marks());
                    node.value = Value::Text(Cow::Owned(changed));
                }
            }
            Value::Binary(bytes) => {
                let edits = self.scalar(bytes, roles, place);
                if !edits.is_empty() {
                    *bytes = edits.apply(bytes);
                    marks.extend(edits.within(|| place.to_owned()).marks());
                }
            }
            Value::Seq(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    let scalar = !matches!(item.value, Value::Seq(_) | Value::Map(_));
                    let roles = if scalar { roles } else { (Role::Plain, Role::Plain) };
                    self.node(item, names, roles, &format!("{place}/{index}"), marks);
                }
            }
            Value::Map(entries) => {
                for (key, value) in entries {
                    let name = key.as_str().unwrap_or_default().as_bytes().to_vec();
                    let role = match names {
                        Names::Members => names::member(&name, &self.rules.names, &self.rules.kept_names),
                        Names::Parameters => {
                            names::parameter(&name, &self.rules.names, &self.rules.kept_names)
                        }
                    };
                    let below = format!("{place}/{}", self.shown(&name));
                    self.node(value, names, (role, roles.0), &below, marks);
                    self.node(key, names, (Role::Plain, Role::Plain), place, marks);
                }
            }
        }
    }

    fn scalar(&mut self, text: &[u8], roles: (Role, Role), place: &str) -> Edits {
        let rule = match roles {
            (Role::Kept, _) => return Edits::default(),
            (Role::Secret, _) | (Role::Holder | Role::Weak, Role::Secret) => Some("named-field"),
            (Role::Weak, _) if looks_like_credential(text) => Some("named-field"),
            _ => {
                self.rules.pointers.iter().any(|pointer| pointed(pointer, place)).then_some("project-pointer")
            }
        };
        match rule {
            None => self.text(text, 1),
            Some(_) if is_flag(text) => Edits::default(),
            Some(rule) => {
                let found = self.named(text, rule);
                found.map(|(with, rule)| Edit::new(0..text.len(), with, rule)).into_iter().collect()
            }
        }
    }
}

fn pointed(pointer: &[String], place: &str) -> bool {
    let mut steps = place.split('/').skip(1);
    pointer.iter().all(|wanted| steps.next().is_some_and(|step| wanted == "*" || wanted == step))
}

/// What is no text in YAML, and short numbers.
fn is_flag(text: &[u8]) -> bool {
    matches!(text, b"~" | b"null" | b"true" | b"false" | b"True" | b"False")
        || (text.len() < SHORTEST_NUMBER && text.iter().all(u8::is_ascii_digit))
}
