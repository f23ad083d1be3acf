//! When the pieces of a response body arrived.
//!
//! Both formats keep a body in one piece. standin keeps the pieces beside it, as `chunks: 412.5+180 431+96`:
//! each word is the milliseconds from sending the request to the chunk's arrival, and its length in bytes.

use super::ReadError;
use super::yaml::Node;
use std::fmt::Write;
use std::time::Duration;

/// One piece of a body as it came off the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// Arrival, counted from sending the request.
    pub at: Duration,
    /// Bytes in the piece.
    pub len: usize,
}

/// The pieces of one body, in order of arrival. Their lengths add up to the body's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunks(Vec<Chunk>);

/// No response takes longer than a day.
const LATEST: Duration = Duration::from_secs(24 * 60 * 60);

// === impl Chunks ===

impl Chunks {
    /// Chunks of a body of `body_len` bytes.
    ///
    /// # Errors
    /// When the lengths do not add up to the body's, or a time runs backwards.
    pub fn new(chunks: Vec<Chunk>, body_len: usize) -> Result<Self, String> {
        let total: usize = chunks.iter().fold(0, |sum, chunk| sum.saturating_add(chunk.len));
        if total != body_len {
            return Err(format!("the chunks hold {total} bytes, but the body has {body_len}"));
        }
        if chunks.windows(2).any(|pair| pair[0].at > pair[1].at) {
            return Err("a chunk arrives before the one in front of it".to_owned());
        }
        Ok(Chunks(chunks))
    }

    /// The pieces.
    #[must_use]
    pub fn as_slice(&self) -> &[Chunk] {
        &self.0
    }

    /// The same arrivals of a body that was edited: `moved` says where each boundary of the old body lies in
    /// the new one, and never goes back.
    pub(crate) fn recut(&self, moved: impl Fn(usize) -> usize) -> Self {
        let (mut old, mut new) = (0, 0);
        let recut = |chunk: &Chunk| {
            old += chunk.len;
            let end = moved(old).max(new);
            let len = end - new;
            new = end;
            Chunk { at: chunk.at, len }
        };
        Chunks(self.0.iter().map(recut).collect())
    }

    pub(crate) fn read(value: &Node<'_>, body_len: usize) -> Result<Self, ReadError> {
        let error = |reason: String| ReadError::at(value.line, format!("`standin.chunks`: {reason}"));
        let chunks = value
            .as_str()
            .unwrap_or_default()
            .split_ascii_whitespace()
            .map(|word| {
                parse_chunk(word)
                    .ok_or_else(|| error(format!("`{word}` is not MILLISECONDS+BYTES, of a day at most")))
            })
            .collect::<Result<Vec<_>, _>>()?;
        Chunks::new(chunks, body_len).map_err(error)
    }

    pub(crate) fn write(&self) -> Node<'static> {
        let mut text = String::new();
        for Chunk { at, len } in &self.0 {
            if !text.is_empty() {
                text.push(' ');
            }
            // Writing to a string cannot fail.
            let _ = write!(text, "{}+{len}", at.as_nanos() as f64 / 1e6);
        }
        Node::text(text)
    }
}

fn parse_chunk(word: &str) -> Option<Chunk> {
    let (at, len) = word.split_once('+')?;
    let at = Duration::try_from_secs_f64(at.parse::<f64>().ok()? / 1000.0).ok().filter(|at| *at <= LATEST)?;
    Some(Chunk { at, len: len.parse().ok()? })
}
