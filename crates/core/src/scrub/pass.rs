//! One pass over texts: what every layer shares, and the text that has no layer below it.

use super::credential::{PLACEHOLDER, is_mark, is_placeholder, password};
use super::edits::{Edit, Edits};
use super::finder::{self, Hit};
use super::rules::Rules;
use super::vault::Vault;
use std::ops::Range;

/// What a pass puts in the place of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbering {
    /// Nothing yet: secrets and placeholders are learned, and what would change is told.
    Survey,
    /// Numbered placeholders.
    Numbered,
    /// Placeholders without numbers, and those that are there already lose theirs.
    Numberless,
}

/// The rules, the vault, and what to put in the place of a secret.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    pub(super) rules: &'a Rules,
    pub(super) vault: &'a mut Vault,
    pub(super) numbering: Numbering,
}

/// What was found at a place, with the value that decides its placeholder.
struct Place {
    range: Range<usize>,
    rule: &'static str,
    /// The secret where it is a known one, whichever its spelling.
    known: Option<usize>,
}

/// The rule of a placeholder that loses its number.
const RENUMBERED: &str = "placeholder";

// === impl Pass ===

impl<'a> Pass<'a> {
    pub(super) fn new(rules: &'a Rules, vault: &'a mut Vault, numbering: Numbering) -> Self {
        vault.refresh();
        Pass { rules, vault, numbering }
    }

    /// What stands in the place of a value.
    pub(super) fn placeholder(&mut self, value: &[u8]) -> Vec<u8> {
        match self.numbering {
            Numbering::Numbered => self.vault.placeholder(value).into_bytes(),
            Numbering::Survey | Numbering::Numberless => PLACEHOLDER.as_bytes().to_vec(),
        }
    }

    /// A whole value that is secret by its name or place. `None` where it is blank, or stands for a secret
    /// already.
    pub(super) fn named(&mut self, value: &[u8], rule: &'static str) -> Option<(Vec<u8>, &'static str)> {
        if is_placeholder(value) {
            self.meet(value);
            let numbered = self.numbering == Numbering::Numberless && value.len() > PLACEHOLDER.len();
            return numbered.then(|| (PLACEHOLDER.as_bytes().to_vec(), RENUMBERED));
        }
        if value.trim_ascii().is_empty() || is_mark(value) {
            return None;
        }
        match std::str::from_utf8(value) {
            Ok(text) => self.vault.learn_header("", text),
            Err(_) => self.vault.learn_value(value),
        }
        Some((self.placeholder(value), rule))
    }

    /// A key, or any text that is what it says: patterns and known secrets.
    pub(super) fn plain(&mut self, text: &[u8]) -> Edits {
        let found = finder::find(text);
        let known = self.vault.hits(text);
        for number in found.placeholders.iter().filter_map(|placed| placed.number) {
            self.vault.meet(number);
        }
        let taken: Vec<Range<usize>> = found.placeholders.iter().map(|placed| placed.range.clone()).collect();
        let mut places: Vec<Place> = Vec::new();
        places.extend(known.into_iter().map(|(hit, secret)| Place {
            range: hit.range,
            rule: hit.rule,
            known: Some(secret),
        }));
        let project = self.project_hits(text);
        places.extend(found.hits.into_iter().chain(project).map(|hit| Place {
            range: hit.range,
            rule: hit.rule,
            known: None,
        }));
        // What lies within a placeholder is none of the text's own, and what reaches into one takes it along.
        places.retain_mut(|place| {
            let own =
                !taken.iter().any(|taken| taken.start <= place.range.start && place.range.end <= taken.end);
            for taken in &taken {
                if taken.start < place.range.end && place.range.start < taken.end {
                    place.range = place.range.start.min(taken.start)..place.range.end.max(taken.end);
                }
            }
            own && !place.range.is_empty()
        });
        if self.numbering == Numbering::Numberless {
            let numbered = found
                .placeholders
                .iter()
                .filter(|placed| placed.number.is_some() || placed.range.len() > PLACEHOLDER.len());
            places.extend(numbered.map(|placed| Place {
                range: placed.range.clone(),
                rule: RENUMBERED,
                known: None,
            }));
        }
        if places.is_empty() { Edits::default() } else { self.replaced(text, places) }
    }

    /// A pointer's step or another name as it may be told: it may hold a secret itself.
    pub(super) fn shown(&self, name: &[u8]) -> String {
        let secret = !finder::find(name).hits.is_empty() || !self.vault.hits(name).is_empty();
        if secret { PLACEHOLDER.to_owned() } else { String::from_utf8_lossy(name).into_owned() }
    }

    fn meet(&mut self, value: &[u8]) {
        if let Some(number) = super::credential::placeholder(value).and_then(|(_, number)| number) {
            self.vault.meet(number);
        }
    }

    fn project_hits(&self, text: &[u8]) -> Vec<Hit> {
        let hits = |regex: &regex::bytes::Regex| -> Vec<Hit> {
            regex
                .captures_iter(text)
                .filter_map(|captures| captures.get(1).or_else(|| captures.get(0)).map(|found| found.range()))
                .map(|range| Hit { range, rule: "project-pattern" })
                .collect()
        };
        self.rules.patterns.iter().flat_map(hits).collect()
    }

    /// Places that overlap are one secret: the whole of them.
    fn replaced(&mut self, text: &[u8], mut places: Vec<Place>) -> Edits {
        places.sort_by_key(|place| {
            (place.range.start, std::cmp::Reverse(place.range.end), place.known.is_none())
        });
        let mut merged: Vec<Place> = Vec::new();
        for place in places {
            match merged.last_mut().filter(|last| place.range.start < last.range.end) {
                Some(last) if place.range.end > last.range.end => {
                    *last = Place { range: last.range.start..place.range.end, rule: last.rule, known: None };
                }
                Some(_) => {}
                None => merged.push(place),
            }
        }
        let mut edits = Vec::with_capacity(merged.len());
        for place in merged {
            let value = place.known.and_then(|secret| self.vault.secret(secret));
            let value = value.unwrap_or_else(|| text.get(place.range.clone()).unwrap_or_default().to_vec());
            match place.rule {
                RENUMBERED | "masked-key" => {}
                "url-credential" => self.vault.learn_value(password(&value).unwrap_or(&value)),
                _ => self.vault.learn_value(&value),
            }
            let with = if place.rule == RENUMBERED {
                PLACEHOLDER.as_bytes().to_vec()
            } else {
                self.placeholder(&value)
            };
            edits.push(Edit::new(place.range, with, place.rule));
        }
        Edits::of(edits)
    }
}
