//! JSON: members by name and by pointer, strings by their text.

use super::credential::looks_like_credential;
use super::decoded::{Decoded, json_encoded};
use super::edits::{Edit, Edits};
use super::lexer::{Level, Lexer, Step, Token};
use super::names::{self, Role};
use super::pass::Pass;

/// A shorter number under a secret name is a count or a flag.
const SHORTEST_NUMBER: usize = 6;

// === impl Pass ===

impl Pass<'_> {
    /// The edits of a text that begins as JSON. What is no JSON after all is read as plain text too.
    pub(super) fn json(&mut self, text: &[u8], depth: usize) -> Edits {
        let mut edits: Vec<Edit> = Vec::new();
        let mut lexer = Lexer::new(text);
        while let Some(token) = lexer.next() {
            let found = match token {
                Token::Key(range) => {
                    let key = lexer.key(&range);
                    lexer.set_role(names::member(&key.text, &self.rules.names, &self.rules.kept_names));
                    let found = self.plain(&key.text);
                    // The key is the secret: it is not told.
                    key.back(found, json_encoded).shifted(range.start)
                }
                Token::Text(range) => {
                    let content = text.get(range.clone()).unwrap_or_default();
                    let found = self.string(&lexer, content, depth);
                    found.within(|| lexer.pointer(|step| self.shown(step))).shifted(range.start)
                }
                Token::Number(range) => {
                    let number = text.get(range.clone()).unwrap_or_default();
                    let found = self.number(&lexer, number, depth);
                    found.within(|| lexer.pointer(|step| self.shown(step))).shifted(range.start)
                }
            };
            edits.extend(found);
        }
        if !lexer.is_complete() {
            let found = self.plain(text).into_vec();
            let apart = |edit: &Edit| {
                !edits.iter().any(|own| own.range.start < edit.range.end && edit.range.start < own.range.end)
            };
            let found: Vec<Edit> = found.into_iter().filter(apart).collect();
            edits.extend(found);
        }
        Edits::of(edits)
    }

    fn string(&mut self, lexer: &Lexer<'_>, content: &[u8], depth: usize) -> Edits {
        let decoded = Decoded::json(content);
        let rule = match role(lexer.path()) {
            Role::Kept => return Edits::default(),
            Role::Secret => Some("named-field"),
            Role::Weak if looks_like_credential(&decoded.text) => Some("named-field"),
            _ => self.points(lexer, depth).then_some("project-pointer"),
        };
        match rule {
            Some(rule) => {
                let found = self.named(&decoded.text, rule);
                found.map(|(with, rule)| Edit::new(0..content.len(), with, rule)).into_iter().collect()
            }
            None => {
                let edits = self.text(&decoded.text, depth + 1);
                if edits.is_empty() { edits } else { decoded.back(edits, json_encoded) }
            }
        }
    }

    fn number(&mut self, lexer: &Lexer<'_>, number: &[u8], depth: usize) -> Edits {
        let pointed = self.points(lexer, depth);
        let digits = number.iter().filter(|byte| byte.is_ascii_digit()).count();
        let named = role(lexer.path()) == Role::Secret && digits >= SHORTEST_NUMBER;
        if !pointed && !named {
            return Edits::default();
        }
        let rule = if named { "named-field" } else { "project-pointer" };
        let found = self.named(number, rule);
        // A placeholder is a string.
        found
            .map(|(with, rule)| Edit::new(0..number.len(), [b"\"", &with[..], b"\""].concat(), rule))
            .into_iter()
            .collect()
    }

    /// Whether a project's pointer names the token, or what it stands in.
    fn points(&self, lexer: &Lexer<'_>, depth: usize) -> bool {
        depth == 0 && self.rules.pointers.iter().any(|pointer| pointed(pointer, lexer))
    }
}

/// What the names above a scalar say of it: its own, or that of the list or object that it stands in.
fn role(path: &[Level]) -> Role {
    // What is listed under a secret name is secret at any depth; an object there may be a schema.
    let listed = |pair: &[Level]| matches!(pair, [named, item] if named.role == Role::Secret && matches!(item.step, Step::Index(_)));
    if path.windows(2).any(listed) {
        return Role::Secret;
    }
    let (own, outer) = match path {
        [] => return Role::Plain,
        [own] => (own, None),
        [.., outer, own] => (own, Some(outer)),
    };
    let outer_role = outer.map_or(Role::Plain, |outer| outer.role);
    match own.step {
        Step::Index(_) => match outer_role {
            Role::Holder => Role::Plain,
            role => role,
        },
        Step::Object | Step::Key(_) => match (own.role, outer_role) {
            (Role::Holder | Role::Weak, Role::Secret) => Role::Secret,
            (Role::Holder, _) => Role::Plain,
            (role, _) => role,
        },
    }
}

fn pointed(pointer: &[String], lexer: &Lexer<'_>) -> bool {
    let path = lexer.path();
    pointer.len() <= path.len()
        && pointer.iter().zip(path).all(|(wanted, level)| match &level.step {
            Step::Object => false,
            Step::Key(range) => wanted == "*" || wanted.as_bytes() == &*lexer.key(range).text,
            Step::Index(index) => wanted == "*" || wanted.parse() == Ok(*index),
        })
}
