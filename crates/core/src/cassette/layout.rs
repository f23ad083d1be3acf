//! JSON as people read it, and back to the bytes of the wire.
//!
//! Providers send JSON in one line; a cassette is reviewed line by line. Only white space between tokens
//! is changed, never a token: numbers, escapes, the order of members and repeated ones stay as they were
//! sent. How the wire wrote it is kept beside the body, so that the replay has the wire's bytes again.

use std::borrow::Cow;
use std::str::FromStr;

/// How the wire laid out a JSON body that is stored indented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layout {
    /// The body is stored as it was sent.
    #[default]
    AsSent,
    /// `{"a":[1,2]}`.
    Compact,
    /// `{"a": [1, 2]}`, as Python's `json.dumps` writes it.
    Spaced,
}

const INDENT: &str = "  ";

/// The names by which layouts are kept.
const NAMES: [(Layout, &str); 2] = [(Layout::Compact, "compact"), (Layout::Spaced, "spaced")];

// === impl Layout ===

impl Layout {
    pub(crate) fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|(layout, _)| *layout == self).map(|(_, name)| *name)
    }

    /// The bytes that were sent, from those that are stored.
    #[must_use]
    pub fn wire(self, stored: &str) -> Cow<'_, str> {
        match self {
            Layout::AsSent => Cow::Borrowed(stored),
            Layout::Compact => Cow::Owned(joined(stored, ",", ":")),
            Layout::Spaced => Cow::Owned(joined(stored, ", ", ": ")),
        }
    }
}

impl FromStr for Layout {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(layout, _)| *layout)
            .ok_or_else(|| format!("`standin.layout`: `{name}` is not a layout: compact or spaced"))
    }
}

/// A JSON body of one line, indented, and how to lay it out again. `None` for what is not JSON, has lines
/// already, or cannot be laid out again exactly.
#[must_use]
pub fn indented(sent: &str) -> Option<(String, Layout)> {
    let text = sent.trim_end();
    let structured = text.starts_with(['{', '[']) && !text.contains('\n');
    if !structured || serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return None;
    }
    let indented = indent(text) + &sent[text.len()..];
    let layout =
        [Layout::Compact, Layout::Spaced].into_iter().find(|layout| layout.wire(&indented) == sent)?;
    Some((indented, layout))
}

/// The tokens of a JSON text: strings and scalars whole, punctuation by the character, no white space.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(char::is_whitespace);
        let first = rest.chars().next()?;
        let len = match first {
            '"' => string_len(rest),
            '{' | '}' | '[' | ']' | ',' | ':' => 1,
            _ => rest.find(|c: char| c.is_whitespace() || "{}[],:\"".contains(c)).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(len);
        rest = after;
        Some(token)
    })
}

/// The length of the string that a text begins with, its quotes included.
fn string_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The tokens with these separators; white space at the end stays.
fn joined(text: &str, comma: &str, colon: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for token in tokens(text) {
        out.push_str(match token {
            "," => comma,
            ":" => colon,
            other => other,
        });
    }
    out.push_str(&text[text.trim_end().len()..]);
    out
}

/// One member or item to a line. Empty structures stay closed, and lists of numbers stay in one line: an
/// embedding would be a thousand lines.
fn indent(text: &str) -> String {
    let tokens: Vec<&str> = tokens(text).collect();
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0usize;
    let mut inline = false;
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(INDENT, depth));
    };
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "{" | "[" => {
                out.push_str(token);
                inline = *token == "[" && numbers_only(&tokens[at + 1..]);
                let empty = matches!(tokens.get(at + 1), Some(&("}" | "]")));
                depth += 1;
                if !inline && !empty {
                    line(&mut out, depth);
                }
            }
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                let empty = at > 0 && matches!(tokens[at - 1], "{" | "[");
                if !inline && !empty {
                    line(&mut out, depth);
                }
                inline = false;
                out.push_str(token);
            }
            "," if inline => out.push_str(", "),
            "," => {
                out.push(',');
                line(&mut out, depth);
            }
            ":" => out.push_str(": "),
            _ => out.push_str(token),
        }
    }
    out
}

/// Whether a list holds numbers and nothing else, from the tokens after its bracket.
fn numbers_only(tokens: &[&str]) -> bool {
    let mut items =
        tokens.iter().take_while(|token| **token != "]").filter(|token| **token != ",").peekable();
    items.peek().is_some() && items.all(|token| token.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn json_is_indented_and_laid_out_again() {
        let sent = r#"{"a":[1,-2.50e3],"b":{},"c":["x",{"d":"\",: {}\\"}],"a":null}"#;
        let (stored, layout) = indented(sent).unwrap();
        assert_eq!(
            stored,
            "{\n  \"a\": [1, -2.50e3],\n  \"b\": {},\n  \"c\": [\n    \"x\",\n    {\n      \"d\": \"\\\",: {}\\\\\"\n    }\n  ],\n  \"a\": null\n}"
        );
        assert_eq!(layout, Layout::Compact);
        assert_eq!(layout.wire(&stored), sent);
        let python = "{\"a\": [1, 2], \"b\": \"c, d: e\"}\n";
        let (stored, layout) = indented(python).unwrap();
        assert_eq!((layout, layout.wire(&stored).as_ref()), (Layout::Spaced, python));
    }

    #[test]
    fn what_cannot_be_laid_out_again_stays() {
        for sent in ["", "hello", "\"text\"", "{\"a\":1", "{\n  \"a\": 1\n}", "{\"a\" : 1}", "[1,2] tail"] {
            assert_eq!(indented(sent), None, "{sent}");
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "\\PC{0,8}|[\\[\\]{},:\"\\\\ \n]{0,6}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                proptest::collection::btree_map("\\PC{0,5}", inner, 0..5)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn indenting_loses_nothing(value in json()) {
            let sent = value.to_string();
            if value.is_object() || value.is_array() {
                let (stored, layout) = indented(&sent).unwrap();
                prop_assert_eq!(layout.wire(&stored), sent.as_str());
                let read: serde_json::Value = serde_json::from_str(&stored).unwrap();
                prop_assert_eq!(read, value);
            }
        }
    }
}
