//! Secrets that a stream cuts into pieces. The strings that stand at one place of a stream's events, one
//! event after the other, are one text: chat deltas, tool-call arguments, thinking.

use super::decoded::{Decoded, json_encoded};
use super::edits::{Edit, Edits};
use super::lexer::{Lexer, Step, Token};
use super::names::{self, Role};
use super::pass::Pass;
use super::pieces::Pieces;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;

/// Members that say which of several texts an event belongs to.
const INDICES: [&str; 6] =
    ["index", "item_id", "output_index", "content_index", "summary_index", "contentBlockIndex"];

/// A string this long that comes again unchanged is no delta: an id, a model's name.
const REPEATED: usize = 8;

/// A string of one event.
#[derive(Debug)]
struct Piece<'a> {
    payload: usize,
    /// Where it stands, as [`path`] says it; nothing for a payload that is no JSON.
    path: String,
    /// Where its content stands in the payload.
    start: usize,
    decoded: Decoded<'a>,
}

/// The pieces of each text, in the order of the events.
type Groups<'a> = BTreeMap<String, Vec<Piece<'a>>>;

/// How the caller counts its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Events {
    /// Each text is an event.
    Texts,
    /// The one text is a list of events.
    Elements,
}

// === impl Pass ===

impl Pass<'_> {
    /// The edits of the texts that run over several payloads: for each payload that has some, its edits.
    pub(super) fn deltas(&mut self, payloads: &[&[u8]], events: Events) -> BTreeMap<usize, Edits> {
        let mut groups = Groups::new();
        for (number, payload) in payloads.iter().enumerate() {
            let is_json = Lexer::begins(payload) && self.collect(number, payload, events, &mut groups);
            if !is_json && events == Events::Texts {
                let decoded = Decoded::whole(payload);
                let piece = Piece { payload: number, path: String::new(), start: 0, decoded };
                groups.entry(String::new()).or_default().push(piece);
            }
        }
        let mut edits: BTreeMap<usize, Vec<Edit>> = BTreeMap::new();
        for pieces in groups.into_values().filter(|pieces| pieces.len() > 1) {
            let text: Vec<u8> = pieces.iter().flat_map(|piece| piece.decoded.text.iter().copied()).collect();
            let cuts = Pieces::joined(pieces.iter().map(|piece| piece.decoded.text.len()), 0);
            for edit in self.text(&text, 1).into_vec() {
                for (index, local) in cuts.split(edit) {
                    let Some(piece) = pieces.get(index) else { continue };
                    let local = Edits::of(vec![local]).within(|| self.shown_path(&piece.path));
                    let encode = if piece.path.is_empty() { <[u8]>::to_vec } else { json_encoded };
                    let back = piece.decoded.back(local, encode).shifted(piece.start);
                    edits.entry(piece.payload).or_default().extend(back);
                }
            }
        }
        edits.into_iter().map(|(payload, edits)| (payload, Edits::of(edits))).collect()
    }

    /// Adds a payload's strings to the texts that they belong to, and says whether it is JSON.
    fn collect<'a>(&self, payload: usize, text: &'a [u8], events: Events, groups: &mut Groups<'a>) -> bool {
        let mut strings: Vec<(String, Range<usize>)> = Vec::new();
        let mut indices: BTreeMap<String, String> = BTreeMap::new();
        let mut lexer = Lexer::new(text);
        while let Some(token) = lexer.next() {
            let range = match &token {
                Token::Key(range) => {
                    let key = lexer.key(range);
                    lexer.set_role(names::member(&key.text, &self.rules.names, &self.rules.kept_names));
                    continue;
                }
                Token::Text(range) | Token::Number(range) => range.clone(),
            };
            let path = path(&lexer);
            let (parents, own) = path.rsplit_once('/').unwrap_or_default();
            if INDICES.contains(&own) || (own == "type" && parents.is_empty()) {
                let said = String::from_utf8_lossy(text.get(range.clone()).unwrap_or_default());
                // Writing to a string cannot fail.
                let _ = write!(indices.entry(parents.to_owned()).or_default(), "{own}={said};");
            }
            let role = lexer.path().last().map_or(Role::Plain, |level| level.role);
            if matches!(token, Token::Text(_)) && !matches!(role, Role::Kept | Role::Secret) {
                strings.push((path, range));
            }
        }
        if !lexer.is_complete() && events == Events::Texts {
            return false;
        }
        for (path, range) in strings {
            let decoded = Decoded::json(text.get(range.clone()).unwrap_or_default());
            let pieces = groups.entry(group(&path, &indices, events)).or_default();
            let again = pieces.last().is_some_and(|last| last.decoded.text == decoded.text);
            if !(again && decoded.text.len() >= REPEATED) {
                pieces.push(Piece { payload, path, start: range.start, decoded });
            }
        }
        true
    }

    fn shown_path(&self, path: &str) -> String {
        path.split('/').map(|step| self.shown(step.as_bytes())).collect::<Vec<_>>().join("/")
    }
}

/// The place of the last token, as a pointer without its escapes.
fn path(lexer: &Lexer<'_>) -> String {
    let mut path = String::with_capacity(64);
    for level in lexer.path() {
        // Writing to a string cannot fail.
        let _ = match &level.step {
            Step::Object => Ok(()),
            Step::Key(range) => write!(path, "/{}", String::from_utf8_lossy(&lexer.key(range).text)),
            Step::Index(index) => write!(path, "/{index}"),
        };
    }
    // A text that is all there is has a place too.
    if path.is_empty() { "/".to_owned() } else { path }
}

/// What two pieces of one text have in common: their place, with what the objects above them say of it
/// instead of a position in a list.
fn group(path: &str, indices: &BTreeMap<String, String>, events: Events) -> String {
    let mut key = String::with_capacity(path.len() + 32);
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    for (depth, end) in ends.enumerate() {
        let Some(above) = path.get(..end) else { break };
        let step = above.rfind('/').and_then(|at| above.get(at..)).unwrap_or_default();
        let said = indices.get(above);
        let is_position = step.len() > 1 && step.bytes().skip(1).all(|byte| byte.is_ascii_digit());
        if !(said.is_some() && is_position || events == Events::Elements && depth == 1) {
            key.push_str(step);
        }
        if let Some(said) = said {
            key.push('|');
            key.push_str(said);
        }
    }
    if key.is_empty() { "/".to_owned() } else { key }
}
