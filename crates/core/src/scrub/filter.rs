//! What requests are filtered for: all that they say under a name, in the address, in a form or at the top of a JSON
//! body. It is no secret elsewhere, so nothing is learned from it. This comes after what looks for secrets.

use super::body::Shape;
use super::credential::{PLACEHOLDER, is_placeholder};
use super::decoded::{Decoded, Plus};
use super::edits::{Edit, Edits};
use super::lexer::BYTE_ORDER_MARK;
use super::names::plainly;
use super::rules::Rules;
use crate::cassette::yaml::{Node, Owned, Value};
use crate::headers::Headers;
use crate::matching::multipart;
use std::ops::Range;

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filtered {
    /// A placeholder stands in its place: it is stored.
    Replaced,
    /// It is left out: who compares it has a recording that may have lost it altogether.
    LeftOut,
}

/// A name and its value in a text.
struct Pair {
    is_filtered: bool,
    /// All of it, without what separates it from others.
    whole: Range<usize>,
    value: Range<usize>,
}

const RULE: &str = "request-field";

// === impl Rules ===

impl Rules {
    fn filters(&self, name: &[u8]) -> bool {
        let Ok(name) = std::str::from_utf8(name) else { return false };
        let is_kept = || plainly(name).is_some_and(|plain| self.kept_names.contains(&plain));
        self.request_names.contains(name) && !is_kept()
    }

    /// The edits of a request's address.
    pub(super) fn filtered_address(&self, text: &[u8], how: Filtered) -> Edits {
        let find = |from: usize, wanted: u8| {
            text.iter().skip(from).position(|byte| *byte == wanted).map(|at| from + at)
        };
        let end = find(0, b'#').unwrap_or(text.len());
        match find(0, b'?').filter(|at| *at < end && !self.request_names.is_empty()) {
            Some(at) => Edits::of(edited(&self.pairs_of(text, at + 1..end), text, how, PLACEHOLDER)),
            None => Edits::default(),
        }
    }

    /// The edits of a request's body.
    pub(super) fn filtered_body(&self, headers: &Headers, body: &[u8], how: Filtered) -> Edits {
        if self.request_names.is_empty() {
            return Edits::default();
        }
        Edits::of(match Shape::of(headers, body) {
            Shape::Stream(_) => Vec::new(),
            Shape::Form => edited(&self.pairs_of(body, 0..body.len()), body, how, PLACEHOLDER),
            Shape::Multipart(boundary) => self.parts(body, boundary),
            Shape::Text => {
                edited(&members(body, |name| self.filters(name)), body, how, &format!("\"{PLACEHOLDER}\""))
            }
        })
    }

    /// Filters a tree whose keys are names. Whether something was.
    pub(super) fn filter_tree(&self, node: &mut Owned) -> bool {
        let Value::Map(entries) = &mut node.value else { return false };
        let mut changed = false;
        for (key, value) in entries {
            if !key.as_str().is_some_and(|name| self.filters(name.as_bytes())) {
                continue;
            }
            let put = Node::text(PLACEHOLDER.to_owned());
            match &mut value.value {
                // go-vcr lists the values of a form's field.
                Value::Seq(values) => *values = vec![put],
                _ => *value = put,
            }
            changed = true;
        }
        changed
    }

    /// A part is there on both sides: what it holds is replaced.
    fn parts(&self, body: &[u8], boundary: &str) -> Vec<Edit> {
        let parts = multipart::parts(body, boundary).unwrap_or_default();
        let filtered = parts.iter().filter(|part| self.filters(part.name().unwrap_or_default().as_bytes()));
        let edit = |part: &multipart::Part<'_>| {
            let start = part.content.as_ptr().addr().saturating_sub(body.as_ptr().addr());
            (part.content != PLACEHOLDER.as_bytes())
                .then(|| Edit::new(start..start + part.content.len(), PLACEHOLDER, RULE))
        };
        filtered.filter_map(edit).collect()
    }

    /// The pairs of a query or a form.
    fn pairs_of(&self, text: &[u8], within: Range<usize>) -> Vec<Pair> {
        let mut at = within.start;
        let mut pairs = Vec::new();
        for pair in text.get(within).unwrap_or_default().split(|byte| *byte == b'&') {
            let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
            let end = at + pair.len();
            pairs.push(Pair {
                is_filtered: self.filters(&Decoded::percent(name, Plus::Space).text),
                whole: at..end,
                value: (at + name.len() + 1).min(end)..end,
            });
            at = end + 1;
        }
        pairs
    }
}

/// The edits of pairs with something between them.
fn edited(pairs: &[Pair], text: &[u8], how: Filtered, put: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut kept_until = pairs.first().map_or(0, |first| first.whole.start);
    for (at, pair) in pairs.iter().enumerate() {
        if !pair.is_filtered {
            kept_until = pair.whole.end;
            continue;
        }
        let value = text.get(pair.value.clone()).unwrap_or_default();
        let bare = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
        let goes = match how {
            Filtered::Replaced if is_placeholder(bare) || pair.value.is_empty() => continue,
            Filtered::Replaced => pair.value.clone(),
            // What separates it from the next one goes with it, or where none stays behind it, from the one before.
            Filtered::LeftOut => match pairs.get(at + 1) {
                Some(next) if pairs[at + 1..].iter().any(|pair| !pair.is_filtered) => {
                    pair.whole.start..next.whole.start
                }
                _ => kept_until..pair.whole.end,
            },
        };
        let with = if how == Filtered::Replaced { put } else { "" };
        edits.push(Edit::new(goes, with, RULE));
    }
    edits
}

/// The members at the top of a JSON object, as far as it is one. What a value holds need not be JSON: Python writes
/// NaN.
fn members(text: &[u8], is_filtered: impl Fn(&[u8]) -> bool) -> Vec<Pair> {
    let skip = |from: usize, what: &[u8]| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.iter().take_while(|byte| byte.is_ascii_whitespace() || what.contains(byte)).count()
    };
    let mut members = Vec::new();
    let mut at = skip(if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 }, b"");
    if text.get(at) != Some(&b'{') {
        return members;
    }
    loop {
        let start = skip(at + 1, b"");
        if text.get(start) != Some(&b'"') {
            return members;
        }
        let name_end = string_end(text, start);
        let value = skip(name_end, b":");
        let end = value_end(text, value);
        let name = text.get(start + 1..name_end.saturating_sub(1)).unwrap_or_default();
        let trimmed = text.get(value..end).unwrap_or_default().trim_ascii_end().len();
        members.push(Pair {
            is_filtered: is_filtered(&Decoded::json(name).text),
            whole: start..value + trimmed,
            value: value..value + trimmed,
        });
        if text.get(end) != Some(&b',') {
            return members;
        }
        at = end;
    }
}

/// Behind the string that begins here.
fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

/// Where the value that begins here ends: at what separates it from the next one, or closes what it is in.
fn value_end(text: &[u8], start: usize) -> usize {
    let (mut at, mut open) = (start, 0_usize);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at = string_end(text, at) - 1,
            b'{' | b'[' => open += 1,
            b'}' | b']' | b',' if open == 0 => return at,
            b'}' | b']' => open -= 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}
