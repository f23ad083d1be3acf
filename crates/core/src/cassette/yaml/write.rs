//! Emits a tree in the layout of go-vcr or of PyYAML.
//!
//! ```text
//! go-vcr: step 4, lists indented           PyYAML: step 2, lists level with their key
//! interactions:                            interactions:
//!     - id: 0                              - request:
//!       request:                               body: '{}'
//!         body: '{}'                           headers:
//!         headers:                               Accept:
//!             Accept:                            - '*/*'
//!                 - '*/*'
//! ```
//!
//! Both styles of scalar are chosen so that yaml.v3, yaml v4 and PyYAML all read back the exact string.
//! go-yaml's own emitter loses a leading line feed and writes a leading tab that it cannot read; such
//! strings are double-quoted here.

use super::scalar::{Retyped, retyped};
use super::{Node, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// Keys longer than this are written with an explicit `?`, as both reference emitters do: readers look no
/// further than 1,024 characters for the colon of a simple key.
const SIMPLE_KEY: usize = 128;
/// Columns of base64 in a block, as go-yaml and PyYAML wrap them.
const GO_COLUMNS: usize = 70;
const PYTHON_COLUMNS: usize = 76;

/// Whose layout and scalar styles to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    GoVcr,
    PyYaml,
}

/// Writes a document into a string.
pub(crate) struct Emitter {
    flavour: Flavour,
    out: String,
}

// === impl Emitter ===

impl Emitter {
    /// Renders one document.
    pub(crate) fn render(flavour: Flavour, root: &Node<'_>) -> String {
        let mut emitter = Emitter { flavour, out: String::new() };
        if flavour == Flavour::GoVcr {
            emitter.out.push_str("---\n");
        }
        match &root.value {
            Value::Map(entries) if !entries.is_empty() => emitter.mapping(entries, 0, false),
            Value::Seq(items) if !items.is_empty() => emitter.sequence(items, 0, false),
            _ => emitter.scalar(root, 0),
        }
        emitter.out
    }

    fn child(&self, indent: usize) -> usize {
        match self.flavour {
            Flavour::GoVcr => (indent / 4 + 1) * 4,
            Flavour::PyYaml => indent + 2,
        }
    }

    fn pad(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// Entries at `indent`; with `inline` the first one continues the current line.
    fn mapping(&mut self, entries: &[(Node<'_>, Node<'_>)], indent: usize, mut inline: bool) {
        for (key, value) in entries {
            if !std::mem::take(&mut inline) {
                self.pad(indent);
            }
            self.key(key, indent);
            self.value(value, indent);
        }
    }

    fn key(&mut self, key: &Node<'_>, indent: usize) {
        let text = key.as_str().unwrap_or_default();
        let explicit = text.len() > SIMPLE_KEY;
        if explicit {
            self.out.push_str("? ");
        }
        match &key.value {
            Value::Plain(plain) if plain_allowed(plain) => self.out.push_str(plain),
            _ => self.flow_text(text),
        }
        if explicit {
            self.out.push('\n');
            self.pad(indent);
        }
        self.out.push(':');
    }

    /// A value after `key:`.
    fn value(&mut self, value: &Node<'_>, indent: usize) {
        match &value.value {
            Value::Map(entries) if !entries.is_empty() => {
                self.out.push('\n');
                self.mapping(entries, self.child(indent), false);
            }
            Value::Seq(items) if !items.is_empty() => {
                self.out.push('\n');
                let indent = match self.flavour {
                    Flavour::GoVcr => self.child(indent),
                    Flavour::PyYaml => indent,
                };
                self.sequence(items, indent, false);
            }
            _ => {
                self.out.push(' ');
                self.scalar(value, indent);
            }
        }
    }

    fn sequence(&mut self, items: &[Node<'_>], indent: usize, mut inline: bool) {
        for item in items {
            if !std::mem::take(&mut inline) {
                self.pad(indent);
            }
            self.out.push_str("- ");
            match &item.value {
                Value::Map(entries) if !entries.is_empty() => self.mapping(entries, indent + 2, true),
                Value::Seq(items) if !items.is_empty() => self.sequence(items, indent + 2, true),
                _ => self.scalar(item, indent),
            }
        }
    }

    /// A scalar or an empty collection, and the line's end.
    fn scalar(&mut self, node: &Node<'_>, indent: usize) {
        match &node.value {
            Value::Plain(text) if plain_allowed(text) => self.out.push_str(text),
            Value::Plain(text) | Value::Text(text) if self.literal_allowed(text) => {
                return self.literal(text, self.child(indent));
            }
            Value::Plain(text) | Value::Text(text) => self.flow_text(text),
            Value::Binary(bytes) => self.binary(bytes, self.child(indent)),
            Value::Seq(_) => self.out.push_str("[]"),
            Value::Map(_) => self.out.push_str("{}"),
        }
        self.out.push('\n');
    }

    /// A string on one line: plain, single-quoted or double-quoted.
    fn flow_text(&mut self, text: &str) {
        let ascii = self.flavour == Flavour::PyYaml;
        if text.chars().any(|c| !printable(c, ascii)) {
            self.double_quoted(text);
        } else {
            match (self.flavour, retyped(text)) {
                (Flavour::GoVcr, _) if text.is_empty() => self.double_quoted(text),
                (Flavour::GoVcr, Retyped::ByAll) => self.double_quoted(text),
                (_, Retyped::No) if plain_allowed(text) => self.out.push_str(text),
                _ => self.single_quoted(text),
            }
        }
    }

    fn single_quoted(&mut self, text: &str) {
        self.out.push('\'');
        self.out.push_str(&text.replace('\'', "''"));
        self.out.push('\'');
    }

    fn double_quoted(&mut self, text: &str) {
        let ascii = self.flavour == Flavour::PyYaml;
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                c if printable(c, ascii) => self.out.push(c),
                c => {
                    let code = u32::from(c);
                    // Writing to a string cannot fail.
                    let _ = match code {
                        0..=0xff => write!(self.out, "\\x{code:02X}"),
                        0x100..=0xffff => write!(self.out, "\\u{code:04X}"),
                        _ => write!(self.out, "\\U{code:08X}"),
                    };
                }
            }
        }
        self.out.push('"');
    }

    fn literal_allowed(&self, text: &str) -> bool {
        let ascii = self.flavour == Flavour::PyYaml;
        text.contains('\n')
            && !text.starts_with(['\n', ' ', '\t'])
            && text.chars().all(|c| matches!(c, '\n' | '\t') || printable(c, ascii))
            && text.split('\n').all(|line| !line.ends_with([' ', '\t']))
    }

    fn literal(&mut self, text: &str, indent: usize) {
        let body = text.trim_end_matches('\n');
        self.out.push_str(match text.len() - body.len() {
            0 => "|-\n",
            1 => "|\n",
            _ => "|+\n",
        });
        for line in body.split('\n') {
            if !line.is_empty() {
                self.pad(indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n('\n', (text.len() - body.len()).saturating_sub(1)));
    }

    fn binary(&mut self, bytes: &[u8], indent: usize) {
        let encoded = STANDARD.encode(bytes);
        self.out.push_str("!!binary ");
        let columns = match self.flavour {
            Flavour::GoVcr => GO_COLUMNS,
            Flavour::PyYaml => PYTHON_COLUMNS,
        };
        // go-yaml keeps what fits on one line there; PyYAML always writes a block.
        if encoded.is_empty() {
            return self.out.push_str("\"\"");
        }
        if self.flavour == Flavour::GoVcr && encoded.len() < columns {
            return self.out.push_str(&encoded);
        }
        self.out.push('|');
        for start in (0..encoded.len()).step_by(columns) {
            self.out.push('\n');
            self.pad(indent);
            self.out.push_str(&encoded[start..encoded.len().min(start + columns)]);
        }
    }
}

/// Characters that all engines take as they are. Tabs and line ends are the caller's affair.
fn printable(c: char, ascii: bool) -> bool {
    match c {
        ' '..='~' => true,
        _ if ascii => false,
        '\u{a0}'..='\u{d7ff}' => !matches!(c, '\u{2028}' | '\u{2029}'),
        '\u{e000}'..='\u{fffd}' => c != '\u{feff}',
        _ => false,
    }
}

/// Whether a scalar may stand without quotes in block context, whatever type it then has. The rules are
/// libyaml's.
fn plain_allowed(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(&first) = bytes.first() else { return false };
    let followed_by_space = |at: usize| bytes.get(at + 1).is_none_or(|&next| next == b' ' || next == b'\t');
    if first == b' ' || text.ends_with([' ', ':']) || text.starts_with("---") || text.starts_with("...") {
        return false;
    }
    if b"#,[]{}&*!|>'\"%@`".contains(&first) || (b"-?:".contains(&first) && followed_by_space(0)) {
        return false;
    }
    text.chars().all(|c| printable(c, false))
        && !bytes.windows(2).any(|pair| pair == b": " || pair == b" #" || pair == b":\t")
}
