//! The secrets of one cassette and their placeholders.

use super::credential::{PLACEHOLDER, SHORTEST, is_learnable};
use super::finder::Hit;
use super::needles::{Spelling, spellings};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Secrets seen in one cassette and their placeholders: equal secrets have equal placeholders.
///
/// Values live in memory only, and are not shown.
#[derive(Clone, Default)]
pub struct Vault {
    /// The placeholder's number of each value that was replaced.
    numbers: BTreeMap<Vec<u8>, usize>,
    /// The highest number given, or met in a placeholder.
    highest: usize,
    /// Spellings of known secrets, and which secret it is.
    needles: BTreeMap<Vec<u8>, (usize, Spelling)>,
    secrets: Vec<Vec<u8>>,
    searched: Option<Arc<Search>>,
}

/// What the needles are searched with: built once for many texts.
struct Search {
    automaton: AhoCorasick,
    needles: Vec<(usize, Spelling)>,
}

/// More secrets than this are no longer looked for elsewhere.
const MOST: usize = 4096;

// === impl Vault ===

impl Vault {
    /// Learns a value that is known to be secret: the caller's credential, or the key that standin sends. It
    /// is found anywhere, in any encoding. A scheme in front (`Bearer`) does not belong to it.
    ///
    /// Values that are too short or too common to be a secret (`none`, `standin`) are not learned.
    pub fn learn(&mut self, secret: &str) {
        for value in credentials(secret) {
            self.learn_value(value.as_bytes());
        }
        self.refresh();
    }

    /// Learns one value. It is looked for after the next [`Vault::refresh`].
    pub(super) fn learn_value(&mut self, value: &[u8]) {
        if !is_learnable(value)
            || self.secrets.len() >= MOST
            || self.secrets.iter().any(|known| known == value)
        {
            return;
        }
        let index = self.secrets.len();
        self.secrets.push(value.to_vec());
        for (needle, spelling) in spellings(value) {
            if needle.len() >= SHORTEST {
                self.needles.entry(needle).or_insert((index, spelling));
            }
        }
        self.searched = None;
    }

    /// Learns what the value of a credential header holds.
    pub(super) fn learn_header(&mut self, name: &str, value: &str) {
        if name.contains("cookie") {
            for value in cookies(value) {
                self.learn_value(value.as_bytes());
            }
        } else {
            for value in credentials(value) {
                self.learn_value(value.as_bytes());
            }
        }
    }

    /// Makes what was learned searchable.
    pub(super) fn refresh(&mut self) {
        if self.searched.is_some() || self.needles.is_empty() {
            return;
        }
        // Quick to build: a live request has a credential of its own.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(self.needles.keys())
            .ok();
        self.searched = automaton.map(|automaton| {
            Arc::new(Search { automaton, needles: self.needles.values().copied().collect() })
        });
    }

    /// Where known secrets stand in a text, each with the secret it is.
    pub(super) fn hits(&self, text: &[u8]) -> Vec<(Hit, usize)> {
        let Some(search) = self.searched.as_ref().filter(|_| text.len() >= SHORTEST) else {
            return Vec::new();
        };
        let hit = |found: aho_corasick::Match| {
            let (secret, spelling) = search.needles.get(found.pattern().as_usize())?;
            let mut range = found.range();
            if *spelling == Spelling::Base64 {
                range = with_neighbours(text, range);
            }
            Some((Hit { range, rule: "known-secret" }, *secret))
        };
        search.automaton.find_iter(text).filter_map(hit).collect()
    }

    pub(super) fn secret(&self, index: usize) -> Option<Vec<u8>> {
        self.secrets.get(index).cloned()
    }

    /// The placeholder of a value.
    pub(super) fn placeholder(&mut self, value: &[u8]) -> String {
        let number = match self.numbers.get(value) {
            Some(number) => *number,
            None => {
                self.highest = self.highest.saturating_add(1);
                self.numbers.insert(value.to_vec(), self.highest);
                self.highest
            }
        };
        format!("{PLACEHOLDER}-{number}")
    }

    /// The numbers alone, without the secrets.
    pub(super) fn forget(self) -> Self {
        Vault { highest: self.highest, ..Vault::default() }
    }

    /// A placeholder stands in the cassette already: its number is taken.
    pub(super) fn meet(&mut self, number: usize) {
        self.highest = self.highest.max(number);
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault")
            .field("replaced", &self.numbers.len())
            .field("known", &self.secrets.len())
            .finish_non_exhaustive()
    }
}

/// The bits of the first and last byte spread into the next characters; padding belongs to the end.
fn with_neighbours(text: &[u8], range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let data = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte);
    let start =
        range.start.checked_sub(1).filter(|at| text.get(*at).is_some_and(data)).unwrap_or(range.start);
    let mut end = range.end;
    if text.get(end).is_some_and(data) {
        end += 1;
    }
    let padding =
        text.get(end..).unwrap_or_default().iter().take(2).take_while(|byte| **byte == b'=').count();
    start..end + padding
}

/// The secret parts of an authorization: the token behind the scheme, the password of a pair, the key id
/// and signature of SigV4.
fn credentials(value: &str) -> Vec<String> {
    let value = value.trim();
    if value.starts_with("AWS4-HMAC-SHA256") {
        let part = |name: &str| value.split_once(name).map(|(_, rest)| rest);
        let until = |text: &str| text.split(['/', ',', ' ']).next().unwrap_or_default().to_owned();
        return [part("Credential="), part("Signature=")].into_iter().flatten().map(until).collect();
    }
    let Some((scheme, token)) = value.split_once(' ') else { return vec![value.to_owned()] };
    let token = token.trim();
    let is_scheme =
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    if !is_scheme || token.contains(' ') {
        return vec![value.to_owned()];
    }
    let mut all = vec![token.to_owned()];
    if scheme.eq_ignore_ascii_case("basic")
        && let Some(pair) = super::base64_text::decode(token).and_then(|pair| String::from_utf8(pair).ok())
        && let Some((_, password)) = pair.split_once(':')
    {
        all.push(password.to_owned());
    }
    all
}

/// The values of cookies that are long and mixed enough to be somebody's.
fn cookies(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(';')
        .filter_map(|pair| pair.split_once('=').map(|(_, value)| value.trim()))
        .filter(|value| super::credential::looks_like_credential(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_secrets_have_equal_placeholders_and_none_is_shown() {
        let mut vault = Vault::default();
        vault.meet(3);
        vault.learn("Bearer s3cret-value");
        assert_eq!(vault.placeholder(b"a"), "SCRUBBED-4");
        assert_eq!(vault.placeholder(b"b"), "SCRUBBED-5");
        assert_eq!(vault.placeholder(b"a"), "SCRUBBED-4");
        assert_eq!(format!("{vault:?}"), "Vault { replaced: 2, known: 1, .. }");
        assert_eq!(vault.hits(b"it is s3cret-value.").len(), 1);
        assert_eq!(vault.hits(b"it is czNjcmV0LXZhbHVl.").len(), 1);
    }

    #[test]
    fn a_credential_is_what_stands_behind_its_scheme() {
        assert_eq!(credentials("Bearer abc"), ["abc"]);
        assert_eq!(credentials("Basic dXNlcjpwYXNz"), ["dXNlcjpwYXNz", "pass"]);
        assert_eq!(credentials("AWS4-HMAC-SHA256 Credential=AKIA1/2/s, Signature=ff"), ["AKIA1", "ff"]);
        assert_eq!(credentials("one two three"), ["one two three"]);
        let cookies: Vec<&str> =
            cookies("__cf_bm=abcdefghij0123456789xyz; path=/; expires=Thu, 01 Jan 2026").collect();
        assert_eq!(cookies, ["abcdefghij0123456789xyz"]);
    }
}
