//! JSON as tokens with their places in the text.
//!
//! It takes what a recording holds: several texts in a row, a text that was cut off, numbers in any
//! spelling, and those that are none, as Python writes them. It stops at what cannot be JSON, and the caller reads the rest as plain text.

use super::decoded::Decoded;
use super::names::Role;
use std::ops::Range;

/// What some writers begin a text with.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// A deeper text is not read as JSON.
const DEEPEST: usize = 512;

/// Reads one token at a time.
#[derive(Debug)]
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    stack: Vec<Level>,
    stopped: bool,
}

/// An object or array that is open.
#[derive(Debug, Clone)]
pub(super) struct Level {
    pub(super) step: Step,
    /// What the key says of its value.
    pub(super) role: Role,
}

/// Where in an object or array the lexer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// An object whose next string is a key.
    Object,
    /// The member whose key stands there.
    Key(Range<usize>),
    /// The element.
    Index(usize),
}

/// A token that can hold something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// A key: the range between the quotes.
    Key(Range<usize>),
    /// A string: the range between the quotes.
    Text(Range<usize>),
    /// A number.
    Number(Range<usize>),
}

// === impl Lexer ===

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        let at = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Lexer { text, at, stack: Vec::new(), stopped: false }
    }

    /// Whether a text can be JSON that holds text.
    pub(super) fn begins(text: &[u8]) -> bool {
        let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        matches!(text.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'{' | b'[' | b'"'))
    }

    /// The next token; its place is [`Lexer::path`] until the one after it is read.
    pub(super) fn next(&mut self) -> Option<Token> {
        while !self.stopped {
            let byte = *self.text.get(self.at)?;
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b':' => self.at += 1,
                b',' => {
                    self.at += 1;
                    self.end_member();
                }
                b'{' | b'[' if self.stack.len() < DEEPEST => {
                    self.begin_value();
                    self.at += 1;
                    let step = if byte == b'{' { Step::Object } else { Step::Index(usize::MAX) };
                    self.stack.push(Level { step, role: Role::Plain });
                }
                b'}' | b']' if self.stack.pop().is_some() => self.at += 1,
                b'"' => return self.string(),
                b'-' | b'0'..=b'9' => {
                    self.begin_value();
                    let range =
                        self.run(|byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'));
                    return Some(Token::Number(range));
                }
                _ if self.word() => self.begin_value(),
                _ => self.stopped = true,
            }
        }
        None
    }

    /// Whether the whole text was JSON.
    pub(super) fn is_complete(&self) -> bool {
        !self.stopped && self.stack.is_empty() && self.at == self.text.len()
    }

    /// The open objects and arrays around the last token, outermost first, each with the step taken in it.
    pub(super) fn path(&self) -> &[Level] {
        &self.stack
    }

    /// Says what the key just read makes of its value.
    pub(super) fn set_role(&mut self, role: Role) {
        if let Some(level) = self.stack.last_mut() {
            level.role = role;
        }
    }

    /// The path as a JSON pointer (RFC 6901); keys pass through `shown`.
    pub(super) fn pointer(&self, shown: impl Fn(&[u8]) -> String) -> String {
        let mut pointer = String::new();
        for level in &self.stack {
            match &level.step {
                Step::Object => {}
                Step::Key(range) => {
                    pointer.push('/');
                    let key = self.key(range);
                    pointer.push_str(&shown(&key.text).replace('~', "~0").replace('/', "~1"));
                }
                Step::Index(index) => pointer.push_str(&format!("/{index}")),
            }
        }
        pointer
    }

    /// A key as it reads.
    pub(super) fn key(&self, range: &Range<usize>) -> Decoded<'a> {
        Decoded::json(self.text.get(range.clone()).unwrap_or_default())
    }

    fn string(&mut self) -> Option<Token> {
        let start = self.at + 1;
        let mut end = start;
        loop {
            match self.text.get(end) {
                Some(b'"') => {
                    self.at = end + 1;
                    break;
                }
                Some(b'\\') => end += 2,
                Some(_) => end += 1,
                None => {
                    // Cut off: what is there is read, and the text is not complete.
                    end = self.text.len();
                    self.at = end;
                    self.stopped = true;
                    break;
                }
            }
        }
        match self.stack.last_mut() {
            Some(level) if level.step == Step::Object => {
                level.step = Step::Key(start..end);
                level.role = Role::Plain;
                Some(Token::Key(start..end))
            }
            _ => {
                self.begin_value();
                Some(Token::Text(start..end))
            }
        }
    }

    /// A value stands here: of an array it is the next element.
    fn begin_value(&mut self) {
        if let Some(Level { step: Step::Index(index), .. }) = self.stack.last_mut() {
            *index = index.wrapping_add(1);
        }
    }

    /// After a comma an object has a key again.
    fn end_member(&mut self) {
        if let Some(level) = self.stack.last_mut()
            && matches!(level.step, Step::Key(_))
        {
            level.step = Step::Object;
        }
    }

    fn run(&mut self, belongs: impl Fn(&u8) -> bool) -> Range<usize> {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        self.at += rest.iter().take_while(|byte| belongs(byte)).count();
        start..self.at
    }

    fn word(&mut self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let Some(word) = [&b"true"[..], b"false", b"null", b"NaN", b"Infinity"]
            .into_iter()
            .find(|word| rest.starts_with(word))
        else {
            return false;
        };
        self.at += word.len();
        true
    }
}
