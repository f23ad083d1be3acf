//! The payloads of a stream's frames: what each frame says, and where its bytes stand in the body.

use super::base64_text;
use super::edits::{Edit, Edits};
use super::lexer::{Lexer, Token};
use super::pieces::Pieces;
use crate::stream::Framing;
use bytes::Bytes;
use std::ops::Range;

/// What one frame says.
#[derive(Debug)]
pub(super) struct Payload {
    /// The frame's place among the frames.
    pub(super) frame: usize,
    pub(super) text: Vec<u8>,
    /// Where the parts of the text stand in the body: an SSE payload may go over several lines.
    parts: Pieces,
    starts: Vec<usize>,
    /// Bedrock wraps its JSON in base64 in JSON.
    wrapped: Option<Wrapped>,
    /// The frame's own bytes, where lengths and checksums depend on them.
    pub(super) sealed: Option<Range<usize>>,
}

/// Text that stands as base64 in a payload.
#[derive(Debug)]
struct Wrapped {
    outer: Vec<u8>,
    token: Range<usize>,
}

/// A stream, taken apart.
#[derive(Debug, Default)]
pub(super) struct Payloads {
    pub(super) payloads: Vec<Payload>,
    /// What is no payload: comments, event names, ids, cut-off messages.
    pub(super) others: Vec<Range<usize>>,
}

// === impl Payloads ===

impl Payloads {
    pub(super) fn of(framing: Framing, body: &[u8]) -> Self {
        let mut all = Payloads::default();
        let mut start = 0;
        for (number, frame) in framing.split(&Bytes::copy_from_slice(body)).iter().enumerate() {
            match framing {
                Framing::Sse => all.event(number, frame, start),
                Framing::Lines => {
                    let end = frame.trim_ascii_end().len();
                    all.push(number, frame, start, std::slice::from_ref(&(0..end)), None);
                }
                Framing::Aws => match super::aws::payload(frame) {
                    Some(range) => all.push(number, frame, start, &[range], Some(start..start + frame.len())),
                    None => all.others.push(start..start + frame.len()),
                },
            }
            start += frame.len();
        }
        all
    }

    fn event(&mut self, number: usize, frame: &[u8], start: usize) {
        let mut data = Vec::new();
        let mut at = 0;
        for line in frame.split(|byte| matches!(byte, b'\n' | b'\r')) {
            match line.strip_prefix(b"data:") {
                Some(rest) => {
                    let skipped = line.len() - rest.strip_prefix(b" ").unwrap_or(rest).len();
                    data.push(at + skipped..at + line.len());
                }
                None if !line.is_empty() => self.others.push(start + at..start + at + line.len()),
                None => {}
            }
            at += line.len() + 1;
        }
        if !data.is_empty() {
            self.push(number, frame, start, &data, None);
        }
    }

    fn push(
        &mut self,
        number: usize,
        frame: &[u8],
        start: usize,
        ranges: &[Range<usize>],
        sealed: Option<Range<usize>>,
    ) {
        let parts: Vec<&[u8]> =
            ranges.iter().map(|range| frame.get(range.clone()).unwrap_or_default()).collect();
        // The lines of one event are joined by line feeds (WHATWG HTML, 9.2.6).
        let outer = parts.join(&b'\n');
        let wrapped = unwrapped(&outer);
        let (text, wrapped) = match wrapped {
            Some((text, token)) => (text, Some(Wrapped { outer, token })),
            None => (outer, None),
        };
        self.payloads.push(Payload {
            frame: number,
            text,
            parts: Pieces::joined(parts.iter().map(|part| part.len()), 1),
            starts: ranges.iter().map(|range| start + range.start).collect(),
            wrapped,
            sealed,
        });
    }
}

// === impl Payload ===

impl Payload {
    /// Edits of the text, as edits of the body.
    pub(super) fn back(&self, edits: Edits) -> Vec<Edit> {
        let edits = match &self.wrapped {
            None => edits,
            Some(wrapped) if !edits.is_empty() => {
                let like = wrapped.outer.get(wrapped.token.clone()).unwrap_or_default();
                let with = base64_text::encode(&edits.apply(&self.text), like);
                Edits::of(vec![Edit { range: wrapped.token.clone(), with, marks: edits.marks().collect() }])
            }
            Some(_) => return Vec::new(),
        };
        let mut back = Vec::new();
        for edit in edits.into_vec() {
            for (part, mut local) in self.parts.split(edit) {
                let start = self.starts.get(part).copied().unwrap_or_default();
                local.range = local.range.start + start..local.range.end + start;
                back.push(local);
            }
        }
        back
    }
}

/// The JSON that stands as base64 under `bytes`, and where.
fn unwrapped(payload: &[u8]) -> Option<(Vec<u8>, Range<usize>)> {
    if !payload.trim_ascii_start().starts_with(b"{") {
        return None;
    }
    let mut lexer = Lexer::new(payload);
    let mut under_bytes = false;
    while let Some(token) = lexer.next() {
        let outermost = lexer.path().len() == 1;
        match token {
            Token::Key(range) => under_bytes = outermost && payload.get(range) == Some(b"bytes"),
            Token::Text(range) if under_bytes && outermost => {
                let text = base64_text::decode(std::str::from_utf8(payload.get(range.clone())?).ok()?)?;
                return Lexer::begins(&text).then_some((text, range));
            }
            Token::Text(_) | Token::Number(_) => {}
        }
    }
    None
}
