//! Secrets that a stream cuts into pieces. The strings that stand at one place of a stream's events, one
//! event after the other, are one text: chat deltas, tool-call arguments, thinking.

use super::decoded::{Decoded, json_encoded};
use super::edits::{Edit, Edits};
use super::lexer::{Lexer, Step, Token};
use super::names::{self, Role};
use super::pass::Pass;
use super::pieces::Pieces;
use std::collections::BTreeMap;
use std::ops::Range;

/// Members that say which of several texts an event belongs to.
const INDICES: [&[u8]; 6] =
    [b"index", b"item_id", b"output_index", b"content_index", b"summary_index", b"contentBlockIndex"];

/// A string this long that comes again unchanged is no delta: an id, a model's name.
const REPEATED: usize = 8;

/// A string of one event.
#[derive(Debug)]
struct Piece<'a> {
    payload: usize,
    pointer: String,
    /// Where its content stands in the payload.
    start: usize,
    decoded: Decoded<'a>,
}

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
        let mut groups: BTreeMap<String, Vec<Piece<'_>>> = BTreeMap::new();
        for (number, payload) in payloads.iter().enumerate() {
            if Lexer::begins(payload) {
                self.collect(number, payload, events, &mut groups);
            } else if events == Events::Texts {
                let decoded = Decoded::whole(payload);
                let piece = Piece { payload: number, pointer: String::new(), start: 0, decoded };
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
                    let local = Edits::of(vec![local]).within(|| piece.pointer.clone());
                    let encode = if piece.pointer.is_empty() { <[u8]>::to_vec } else { json_encoded };
                    let back = piece.decoded.back(local, encode).shifted(piece.start);
                    edits.entry(piece.payload).or_default().extend(back);
                }
            }
        }
        edits.into_iter().map(|(payload, edits)| (payload, Edits::of(edits))).collect()
    }

    fn collect<'a>(
        &self,
        payload: usize,
        text: &'a [u8],
        events: Events,
        groups: &mut BTreeMap<String, Vec<Piece<'a>>>,
    ) {
        let mut strings: Vec<(Vec<String>, Range<usize>)> = Vec::new();
        let mut indices: BTreeMap<Vec<String>, String> = BTreeMap::new();
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
            let Some((own, parents)) =
                steps(&lexer).split_last().map(|(own, parents)| (own.clone(), parents.to_vec()))
            else {
                continue;
            };
            let content = text.get(range.clone()).unwrap_or_default();
            let is_type = own == "type" && parents.is_empty();
            if is_type || INDICES.contains(&own.as_bytes()) {
                let said = indices.entry(parents.clone()).or_default();
                said.push_str(&format!("{own}={};", String::from_utf8_lossy(content)));
            }
            let role = lexer.path().last().map_or(Role::Plain, |level| level.role);
            if matches!(token, Token::Text(_)) && !matches!(role, Role::Kept | Role::Secret) {
                strings.push(([parents, vec![own]].concat(), range));
            }
        }
        for (path, range) in strings {
            let key = group(&path, &indices, events);
            let decoded = Decoded::json(text.get(range.clone()).unwrap_or_default());
            let pieces = groups.entry(key).or_default();
            let again = pieces.last().is_some_and(|last| last.decoded.text == decoded.text);
            if !(again && decoded.text.len() >= REPEATED) {
                let pointer = path.iter().map(|step| format!("/{}", self.shown(step.as_bytes()))).collect();
                pieces.push(Piece { payload, pointer, start: range.start, decoded });
            }
        }
    }
}

/// The steps to the last token.
fn steps(lexer: &Lexer<'_>) -> Vec<String> {
    let step = |step: &Step| match step {
        Step::Object => None,
        Step::Key(range) => Some(String::from_utf8_lossy(&lexer.key(range).text).into_owned()),
        Step::Index(index) => Some(index.to_string()),
    };
    lexer.path().iter().filter_map(|level| step(&level.step)).collect()
}

/// What two pieces of one text have in common: their place, with what the objects above them say of it
/// instead of a position in a list.
fn group(path: &[String], indices: &BTreeMap<Vec<String>, String>, events: Events) -> String {
    let mut key = String::new();
    for depth in 0..=path.len() {
        let Some((above, _)) = path.split_at_checked(depth) else { break };
        let said = indices.get(above);
        let position = above.last().filter(|step| step.bytes().all(|byte| byte.is_ascii_digit()));
        let left_out = (said.is_some() && position.is_some()) || (events == Events::Elements && depth == 1);
        if let Some(step) = above.last().filter(|_| !left_out) {
            key.push('/');
            key.push_str(step);
        }
        if let Some(said) = said {
            key.push('|');
            key.push_str(said);
        }
    }
    // A text that is all there is has a key of its own.
    if key.is_empty() { "/".to_owned() } else { key }
}
