//! Text by what it holds: JSON, an address, base64 of more text, or just text.

use super::base64_text;
use super::edits::{Edit, Edits};
use super::lexer::Lexer;
use super::pass::Pass;

/// Text within text within text: deeper nesting is read as plain text.
const DEEPEST: usize = 8;

/// No secret, known or by its shape, is shorter.
const SHORTEST: usize = super::credential::SHORTEST;

// === impl Pass ===

impl Pass<'_> {
    /// The edits of a text, whatever it holds.
    pub(super) fn text(&mut self, text: &[u8], depth: usize) -> Edits {
        if text.len() < SHORTEST && self.rules.patterns.is_empty() && !Lexer::begins(text) {
            return Edits::default();
        }
        if depth >= DEEPEST {
            return self.plain(text);
        }
        if Lexer::begins(text) {
            return self.json(text, depth);
        }
        if is_address(text) {
            return self.address(text, depth);
        }
        if let Some(start) = base64_text::data_url(text) {
            let edits = self.encoded(text.get(start..).unwrap_or_default(), depth);
            return if edits.is_empty() { self.plain(text) } else { Edits::of(edits.shifted(start)) };
        }
        let edits = self.encoded(text, depth);
        if edits.is_empty() { self.plain(text) } else { edits }
    }

    /// The edit of a text that is base64 throughout and holds a secret.
    fn encoded(&mut self, text: &[u8], depth: usize) -> Edits {
        let Some(decoded) = base64_text::decode_candidate(text) else { return Edits::default() };
        let edits = self.text(&decoded, depth + 1);
        if edits.is_empty() {
            return edits;
        }
        let with = base64_text::encode(&edits.apply(&decoded), text);
        Edits::of(vec![Edit { range: 0..text.len(), with, marks: edits.marks().collect() }])
    }
}

/// Whether the whole text is one absolute address.
fn is_address(text: &[u8]) -> bool {
    let head = text.get(..text.len().min(16)).unwrap_or_default();
    let Some(colon) = head.windows(3).position(|window| window == b"://") else { return false };
    let is_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    colon > 0
        && head.get(..colon).is_some_and(|scheme| scheme.iter().all(is_scheme))
        && !text.iter().any(|byte| byte.is_ascii_whitespace() || b"\"'<>`\\".contains(byte))
}
