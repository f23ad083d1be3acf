//! Bodies by kind: by what they look like, and by their content type where that does not tell.

use super::deltas::Events;
use super::edits::{Edit, Edits, Mark};
use super::lexer::Lexer;
use super::pass::Pass;
use super::payload::Payloads;
use crate::headers::Headers;
use crate::matching::multipart;
use crate::stream::Framing;

/// A body that was changed.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) bytes: Vec<u8>,
    /// The edits that made it, one after the other, each of what the one before it left.
    pub(super) steps: Vec<Edits>,
    pub(super) marks: Vec<Mark>,
}

/// What a body is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape<'a> {
    Stream(Framing),
    Multipart(&'a str),
    Form,
    Text,
}

// === impl Shape ===

impl<'a> Shape<'a> {
    pub(super) fn of(headers: &'a Headers, body: &'a [u8]) -> Self {
        let start = body.trim_ascii_start();
        // An error in JSON may be declared as the stream that was asked for.
        let declared = Framing::of(headers, body).filter(|_| !Lexer::begins(body));
        if super::aws::begins(body) || declared == Some(Framing::Aws) {
            return Shape::Stream(Framing::Aws);
        }
        let fields = [&b"data:"[..], b"event:", b"id:", b":"];
        if declared == Some(Framing::Sse) || fields.iter().any(|field| body.starts_with(field)) {
            return Shape::Stream(Framing::Sse);
        }
        if is_lines(start) {
            return Shape::Stream(Framing::Lines);
        }
        let declared = headers.get("content-type").and_then(multipart::boundary);
        if let Some(boundary) = declared.or_else(|| shown_boundary(body)) {
            return Shape::Multipart(boundary);
        }
        if Lexer::begins(body) {
            return Shape::Text;
        }
        let form = headers.media_type().as_deref() == Some("application/x-www-form-urlencoded");
        if form || looks_like_form(body) { Shape::Form } else { Shape::Text }
    }
}

/// Whether a body is several JSON texts, a line each: the first line is a whole one, and not the only one.
fn is_lines(body: &[u8]) -> bool {
    let mut lines = body.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let mut lexer = Lexer::new(first);
    first.starts_with(b"{")
        && lines.any(|line| !line.trim_ascii().is_empty())
        && std::iter::from_fn(|| lexer.next()).last().is_some()
        && lexer.is_complete()
}

/// The boundary on the first line of a body that nothing declares.
fn shown_boundary(body: &[u8]) -> Option<&str> {
    let line = body.strip_prefix(b"--")?.split(|byte| *byte == b'\n').next()?.trim_ascii_end();
    std::str::from_utf8(line).ok().filter(|line| (1..=70).contains(&line.len()))
}

fn looks_like_form(body: &[u8]) -> bool {
    body.contains(&b'=')
        && body.iter().take(1 << 16).all(|byte| byte.is_ascii_alphanumeric() || b"-._~%+&=*".contains(byte))
        && !body.ends_with(b"=")
}

// === impl Pass ===

impl Pass<'_> {
    /// Scrubs a body that is not compressed. `None` when nothing changes.
    pub(super) fn body(&mut self, headers: &Headers, body: &[u8]) -> Option<Changed> {
        let mut changed = Changed { bytes: Vec::new(), steps: Vec::new(), marks: Vec::new() };
        match Shape::of(headers, body) {
            Shape::Stream(framing) => {
                // What runs over several events comes first: a piece of a secret may look like a whole one.
                changed.step(body, |body| self.across(framing, body));
                changed.step(body, |body| self.frames(framing, body));
            }
            Shape::Multipart(boundary) => changed.step(body, |body| self.multipart(body, boundary)),
            Shape::Form => changed.step(body, |body| self.pairs(body, "", 0)),
            Shape::Text => {
                if body.trim_ascii_start().starts_with(b"[") {
                    changed.step(body, |body| {
                        self.deltas(&[body], Events::Elements).remove(&0).unwrap_or_default()
                    });
                }
                changed.step(body, |body| self.text(body, 0));
            }
        }
        (!changed.steps.is_empty()).then_some(changed)
    }

    /// Texts that run over several frames.
    fn across(&mut self, framing: Framing, body: &[u8]) -> Edits {
        let payloads = Payloads::of(framing, body).payloads;
        let texts: Vec<&[u8]> = payloads.iter().map(|payload| &payload.text[..]).collect();
        let mut all = Vec::new();
        for (index, edits) in self.deltas(&texts, Events::Texts) {
            let Some(payload) = payloads.get(index) else { continue };
            let edits = payload.back(edits.within(|| format!("event {}", payload.frame)));
            all.extend(sealed(body, payload.sealed.clone(), edits));
        }
        Edits::of(all)
    }

    /// Each frame by itself.
    fn frames(&mut self, framing: Framing, body: &[u8]) -> Edits {
        let Payloads { payloads, others } = Payloads::of(framing, body);
        let mut all = Vec::new();
        for payload in &payloads {
            let edits = self.text(&payload.text, 0).within(|| format!("event {}", payload.frame));
            if !edits.is_empty() {
                all.extend(sealed(body, payload.sealed.clone(), payload.back(edits)));
            }
        }
        for range in others {
            let edits = self.plain(body.get(range.clone()).unwrap_or_default());
            all.extend(edits.shifted(range.start));
        }
        Edits::of(all)
    }

    fn multipart(&mut self, body: &[u8], boundary: &str) -> Edits {
        let Some(parts) = multipart::parts(body, boundary) else { return self.text(body, 0) };
        let mut all = Vec::new();
        let mut after = 0;
        for part in parts {
            let start = part.content.as_ptr().addr().saturating_sub(body.as_ptr().addr());
            // What stands between two contents: the delimiter and the part's header.
            all.extend(self.plain(body.get(after..start).unwrap_or_default()).shifted(after));
            after = start + part.content.len();
            let name = part.name().unwrap_or_default();
            let edits = self.field(name.as_bytes(), part.content);
            all.extend(edits.within(|| format!("part {}", self.shown(name.as_bytes()))).shifted(start));
        }
        all.extend(self.plain(body.get(after..).unwrap_or_default()).shifted(after));
        Edits::of(all)
    }
}

fn sealed(body: &[u8], message: Option<std::ops::Range<usize>>, edits: Vec<Edit>) -> Vec<Edit> {
    match message {
        Some(message) if !edits.is_empty() => super::aws::sealed(body, message, edits),
        _ => edits,
    }
}

// === impl Changed ===

impl Changed {
    /// Adds the edits of what the steps so far have made of the body.
    pub(super) fn step(&mut self, body: &[u8], edits: impl FnOnce(&[u8]) -> Edits) {
        let before = if self.steps.is_empty() { body } else { &self.bytes };
        let edits = edits(before);
        if !edits.is_empty() {
            self.bytes = edits.apply(before);
            self.marks.extend(edits.as_slice().iter().flat_map(|edit| edit.marks.iter().cloned()));
            self.steps.push(edits);
        }
    }

    /// Where a boundary of the old body lies in the new one.
    pub(super) fn moved(&self, boundary: usize) -> usize {
        self.steps.iter().fold(boundary, |boundary, edits| edits.moved(boundary))
    }
}
