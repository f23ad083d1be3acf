//! Finds the mocks that may answer without looking at each.
//!
//! A mock is found by one thing that it cannot do without: a text that a message contains, or a message that it
//! equals. All texts are one automaton, which reads a message once however many there are. A mock that has no
//! such thing is looked at every time.

use super::condition::{Condition, message_key};
use super::rule::Mock;
use super::seen::Seen;
use super::test::TextTest;
use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::{BTreeMap, BTreeSet};

/// What mocks cannot do without. Places are those of the ordered set.
#[derive(Debug, Default)]
pub(super) struct Index {
    automaton: Option<AhoCorasick>,
    /// Of each text of the automaton, the mocks that it must be in a message for.
    needles: Vec<Vec<(Field, u32)>>,
    /// By the hash of a message, an input or a text that is equal to it.
    exact: BTreeMap<[u8; 16], Vec<u32>>,
    /// What is hashed at all; of a long message that costs as much as the rest of the call.
    kinds: BTreeSet<u8>,
    /// The others, in order.
    rest: Vec<u32>,
}

/// Which message a text is looked for in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Last,
    User,
}

/// The thing that a mock cannot do without.
enum Anchor<'m> {
    Needle(Field, &'m str),
    /// A kind, and the bytes that are equal.
    Exact(u8, &'m [u8]),
}

fn hash(kind: u8, bytes: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[kind]).update(bytes);
    let mut short = [0; 16];
    short.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    short
}

const MESSAGE: u8 = b'm';
const INPUT: u8 = b'i';
const LAST: u8 = b'l';
const USER: u8 = b'u';

fn anchor(condition: &Condition) -> Option<Anchor<'_>> {
    match condition {
        Condition::Message(exact) => Some(Anchor::Exact(MESSAGE, &exact.key)),
        Condition::Input(exact) => Some(Anchor::Exact(INPUT, &exact.key)),
        Condition::Last(TextTest::Equals(text)) => Some(Anchor::Exact(LAST, text.as_bytes())),
        Condition::User(TextTest::Equals(text)) => Some(Anchor::Exact(USER, text.as_bytes())),
        Condition::Last(TextTest::Contains(text)) if !text.is_empty() => {
            Some(Anchor::Needle(Field::Last, text))
        }
        Condition::User(TextTest::Contains(text)) if !text.is_empty() => {
            Some(Anchor::Needle(Field::User, text))
        }
        // The longest text is the rarest; what is equal is rarer.
        Condition::All(parts) => parts.iter().filter_map(anchor).max_by_key(|anchor| match anchor {
            Anchor::Exact(..) => usize::MAX,
            Anchor::Needle(_, text) => text.len(),
        }),
        _ => None,
    }
}

// === impl Index ===

impl Index {
    pub(super) fn of(mocks: &[Mock]) -> Self {
        let mut index = Index::default();
        let mut texts: BTreeMap<&str, Vec<(Field, u32)>> = BTreeMap::new();
        for (place, mock) in (0..).zip(mocks) {
            match anchor(&mock.condition) {
                Some(Anchor::Needle(field, text)) => texts.entry(text).or_default().push((field, place)),
                Some(Anchor::Exact(kind, bytes)) => {
                    index.kinds.insert(kind);
                    index.exact.entry(hash(kind, bytes)).or_default().push(place);
                }
                None => index.rest.push(place),
            }
        }
        if !texts.is_empty() {
            // What is too large for an automaton is looked at one by one.
            match AhoCorasick::builder().match_kind(MatchKind::Standard).build(texts.keys()) {
                Ok(automaton) => {
                    index.automaton = Some(automaton);
                    index.needles = texts.into_values().collect();
                }
                Err(_) => {
                    index.rest.extend(texts.into_values().flatten().map(|(_, place)| place));
                    index.rest.sort_unstable();
                }
            }
        }
        index
    }

    /// The places of the mocks that may hold, in order; every one that holds is among them.
    pub(super) fn candidates(&self, seen: &Seen<'_>) -> impl Iterator<Item = u32> {
        let mut found = Vec::new();
        self.find_texts(seen, &mut found);
        self.find_equal(seen, &mut found);
        found.sort_unstable();
        found.dedup();
        // Both are in order.
        let mut found = found.into_iter().peekable();
        let mut rest = self.rest.iter().copied().peekable();
        std::iter::from_fn(move || match (found.peek(), rest.peek()) {
            (Some(one), Some(other)) if one <= other => found.next(),
            (Some(_), None) => found.next(),
            _ => rest.next(),
        })
    }

    fn find_texts(&self, seen: &Seen<'_>, found: &mut Vec<u32>) {
        let Some(automaton) = &self.automaton else { return };
        let (last, user) = (seen.last_text(), seen.user_text());
        let mut search = |text: &str, in_last: bool, in_user: bool| {
            // A bit for each needle; most texts hold none.
            let mut known: Vec<u64> = Vec::new();
            for hit in automaton.find_overlapping_iter(text) {
                let needle = hit.pattern().as_usize();
                known.resize(self.needles.len().div_ceil(64), 0);
                let (word, bit) = (needle / 64, 1 << (needle % 64));
                if known[word] & bit != 0 {
                    continue;
                }
                known[word] |= bit;
                let holds = |field: &Field| match field {
                    Field::Last => in_last,
                    Field::User => in_user,
                };
                found.extend(
                    self.needles[needle].iter().filter(|(field, _)| holds(field)).map(|(_, place)| *place),
                );
            }
        };
        if last == user {
            search(last, true, true);
        } else {
            search(last, true, false);
            search(user, false, true);
        }
    }

    fn find_equal(&self, seen: &Seen<'_>, found: &mut Vec<u32>) {
        let mut look = |kind: u8, bytes: &[u8]| {
            found.extend(self.exact.get(&hash(kind, bytes)).into_iter().flatten());
        };
        let wanted = |kind: u8| self.kinds.contains(&kind);
        if let Some(last) = &seen.asked.last {
            if wanted(MESSAGE) {
                look(MESSAGE, &message_key(last.value));
            }
            if wanted(LAST) {
                look(LAST, last.text.as_bytes());
            }
        }
        if wanted(USER) {
            look(USER, seen.user_text().as_bytes());
        }
        if wanted(INPUT)
            && let Some(input) = seen.asked.body.get("input")
        {
            look(INPUT, &message_key(input));
            if let Some(last) = input.as_array().and_then(|items| items.last()) {
                look(INPUT, &message_key(last));
            }
        }
    }
}
