//! All cassettes of a server, by name and by content.

use super::tape::{Broken, Tape};
use super::{Named, Stamp};
use standin_core::Call;
use standin_core::cassette::CassetteName;
use standin_core::matching::{Index, MatchRules};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Cassettes by name, and one index over all interactions for each set of rules.
#[derive(Debug)]
pub(crate) struct Library {
    entries: BTreeMap<CassetteName, Entry>,
    indexes: Vec<Index<Place>>,
    interactions: usize,
}

#[derive(Debug)]
enum Entry {
    Tape(Arc<Tape>),
    Broken(Arc<Broken>),
}

/// An interaction of the library. Places order by cassette name, then as recorded, so that the same
/// folder answers the same way whatever order it was read in.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) tape: Arc<Tape>,
    pub(crate) interaction: u32,
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> Ordering {
        self.tape.name.cmp(&other.tape.name).then(self.interaction.cmp(&other.interaction))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Place {}

/// Names that are looked through for similar ones, and how many of those are told.
const LOOKED_THROUGH: usize = 10_000;
const SUGGESTED: usize = 3;

/// Names that a wrong one may have meant: those with its last segment, then those a few letters off.
pub(super) fn similar<'n>(names: impl Iterator<Item = &'n str>, wrong: &CassetteName) -> Vec<String> {
    let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let wanted = last(wrong.as_str());
    let mut ranked: Vec<(usize, &str)> = names
        .take(LOOKED_THROUGH)
        .map(|name| (strsim::damerau_levenshtein(&last(name), &wanted), name))
        .filter(|(distance, _)| *distance <= wanted.len() / 4)
        .collect();
    ranked.sort_unstable();
    ranked.into_iter().take(SUGGESTED).map(|(_, name)| name.to_owned()).collect()
}

// === impl Library ===

impl Library {
    pub(super) fn new(rulesets: usize) -> Self {
        Library {
            entries: BTreeMap::new(),
            indexes: (0..rulesets).map(|_| Index::default()).collect(),
            interactions: 0,
        }
    }

    pub(crate) fn named(&self, name: &CassetteName) -> Named {
        match self.entries.get(name) {
            Some(Entry::Tape(tape)) => Named::Tape(Arc::clone(tape)),
            Some(Entry::Broken(broken)) => Named::Broken(Arc::clone(broken)),
            None => Named::Missing,
        }
    }

    /// Whether a cassette of this name is known.
    pub(crate) fn holds(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// The interactions of all cassettes under one set of rules that share a content key with a call.
    pub(crate) fn candidates(&self, ruleset: usize, call: &Call, rules: &MatchRules) -> &[Place] {
        self.indexes.get(ruleset).map_or(&[], |index| index.look_up(call, rules))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &CassetteName> {
        self.entries.keys()
    }

    /// The cassettes that can be read, by name.
    pub(crate) fn tapes(&self) -> impl Iterator<Item = &Arc<Tape>> {
        self.entries.values().filter_map(|entry| match entry {
            Entry::Tape(tape) => Some(tape),
            Entry::Broken(_) => None,
        })
    }

    /// The cassettes that cannot be read, by name.
    pub(crate) fn broken(&self) -> impl Iterator<Item = &Arc<Broken>> {
        self.entries.values().filter_map(|entry| match entry {
            Entry::Broken(broken) => Some(broken),
            Entry::Tape(_) => None,
        })
    }

    /// Interactions in all readable cassettes.
    pub(crate) fn interactions(&self) -> usize {
        self.interactions
    }

    pub(super) fn stamp(&self, name: &CassetteName) -> Option<Stamp> {
        self.entries.get(name).map(|entry| match entry {
            Entry::Tape(tape) => tape.stamp,
            Entry::Broken(broken) => broken.stamp,
        })
    }

    pub(super) fn insert(&mut self, tape: Arc<Tape>) {
        self.remove(&tape.name);
        self.interactions += tape.keys.len();
        if let Some(index) = self.indexes.get_mut(tape.ruleset) {
            for (interaction, keys) in (0u32..).zip(&tape.keys) {
                for key in keys {
                    index.insert(*key, Place { tape: Arc::clone(&tape), interaction });
                }
            }
        }
        self.entries.insert(tape.name.clone(), Entry::Tape(tape));
    }

    pub(super) fn insert_broken(&mut self, broken: Arc<Broken>) {
        self.remove(&broken.name);
        self.entries.insert(broken.name.clone(), Entry::Broken(broken));
    }

    pub(super) fn remove(&mut self, name: &CassetteName) {
        let Some(Entry::Tape(tape)) = self.entries.remove(name) else { return };
        self.interactions -= tape.keys.len();
        if let Some(index) = self.indexes.get_mut(tape.ruleset) {
            for (interaction, keys) in (0u32..).zip(&tape.keys) {
                for key in keys {
                    index.remove(*key, &Place { tape: Arc::clone(&tape), interaction });
                }
            }
        }
    }
}
