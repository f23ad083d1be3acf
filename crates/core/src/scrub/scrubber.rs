//! The face of scrubbing: interactions, cassettes and live requests.

use super::credential::PLACEHOLDER;
use super::filter::Filtered;
use super::header_names::{Fate, Side, fate};
use super::pass::{Numbering, Pass};
use super::rules::{Rules, ScrubError, ScrubRules};
use super::vault::Vault;
use super::walk::{Compressed, Kind, Scrubbed, Walk};
use crate::cassette::{Cassette, Interaction, Unknown};
use crate::headers::Headers;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is scrubbed: the built-in rules and a project's own. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Scrubber {
    /// `None` scrubs nothing.
    rules: Option<Arc<Rules>>,
}

/// A request as it is compared: its secrets and all placeholders alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparable {
    /// The path with its query.
    pub target: String,
    /// The body.
    pub body: Vec<u8>,
}

/// A replacement may show what it hid before: a key that stood right behind another. Nothing real takes
/// more than two rounds.
const ROUNDS: usize = 16;

// === impl Scrubber ===

impl Default for Scrubber {
    /// The built-in rules.
    fn default() -> Self {
        Scrubber { rules: Some(Arc::default()) }
    }
}

impl Scrubber {
    /// The built-in rules with a project's own.
    ///
    /// # Errors
    /// When a pattern or pointer of the project cannot be used.
    pub fn new(rules: &ScrubRules) -> Result<Self, ScrubError> {
        Ok(Scrubber { rules: Some(Arc::new(Rules::compile(rules)?)) })
    }

    /// The same with more rules. One that scrubs nothing still does not.
    ///
    /// # Errors
    /// As [`Scrubber::new`].
    pub fn with(&self, more: &ScrubRules) -> Result<Self, ScrubError> {
        let more = Rules::compile(more)?;
        Ok(Scrubber { rules: self.rules.as_deref().map(|rules| Arc::new(rules.and(more))) })
    }

    /// Changes nothing.
    #[must_use]
    pub fn off() -> Self {
        Scrubber { rules: None }
    }

    /// Whether anything is scrubbed.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.rules.is_some()
    }

    /// Scrubs one interaction in place, and tells what and where.
    ///
    /// What it replaces is remembered in the vault, so that equal secrets of one cassette get equal
    /// placeholders. A body that is compressed, as its `Content-Encoding` says, is left alone.
    pub fn interaction(&self, interaction: &mut Interaction, vault: &mut Vault) -> Vec<Scrubbed> {
        let Some(rules) = self.rules.as_deref() else { return Vec::new() };
        scrub(rules, std::slice::from_mut(interaction), None, vault, Compressed::Left)
    }

    /// Scrubs a whole cassette in place. It learns every secret first, so that one which interaction 3 names
    /// is also replaced where interaction 0 echoes it. A compressed body that holds a secret is stored
    /// decoded.
    pub fn cassette(&self, cassette: &mut Cassette) -> Vec<Scrubbed> {
        let Some(rules) = self.rules.as_deref() else { return Vec::new() };
        let Cassette { interactions, unknown, format: _ } = cassette;
        scrub(rules, interactions, Some(unknown), &mut Vault::default(), Compressed::Opened)
    }

    /// The secrets that [`Scrubber::cassette`] would replace, without those values that are volatile only.
    #[must_use]
    pub fn findings(&self, cassette: &Cassette) -> Vec<Scrubbed> {
        let Some(rules) = self.rules.as_deref() else { return Vec::new() };
        let mut vault = Vault::default();
        let survey = |vault: &mut Vault| {
            let mut copy = cassette.clone();
            let mut pass = Pass::new(rules, vault, Numbering::Survey);
            walk(&mut pass, &mut copy.interactions, Some(&mut copy.unknown), Compressed::Opened)
        };
        if survey(&mut vault).is_empty() {
            return Vec::new();
        }
        let mut found = survey(&mut vault);
        found.retain(|one| one.kind == Kind::Secret);
        found
    }

    /// A request as it is compared: secrets gone, and all placeholders alike, so that a live call with a
    /// real or dummy key matches its scrubbed recording. `target` is the path with its query. `None` when
    /// nothing changes.
    #[must_use]
    pub fn comparable(&self, target: &str, headers: &Headers, body: &[u8]) -> Option<Comparable> {
        let rules = self.rules.as_deref()?;
        let mut vault = Vault::default();
        for (name, value) in headers.iter() {
            let lower = name.to_ascii_lowercase();
            let fate = fate(&lower, value, Side::Request, rules);
            if matches!(fate, Fate::Goes(_, Kind::Secret)) && !value.contains(PLACEHOLDER) {
                vault.learn_header(&lower, value);
            }
        }
        let mut comparable = Comparable { target: target.to_owned(), body: body.to_vec() };
        let mut changed = false;
        for _ in 0..ROUNDS {
            let mut pass = Pass::new(rules, &mut vault, Numbering::Numberless);
            let edits = pass.request_address(comparable.target.as_bytes());
            let edited = pass.body(headers, &comparable.body);
            if edits.is_empty() && edited.is_none() {
                break;
            }
            changed = true;
            let target = edits.apply(comparable.target.as_bytes());
            comparable.target = String::from_utf8_lossy(&target).into_owned();
            if let Some(edited) = edited {
                comparable.body = edited.bytes;
            }
        }
        let edits = rules.filtered_address(comparable.target.as_bytes(), Filtered::LeftOut);
        if !edits.is_empty() {
            changed = true;
            comparable.target =
                String::from_utf8_lossy(&edits.apply(comparable.target.as_bytes())).into_owned();
        }
        let edits = rules.filtered_body(headers, &comparable.body, Filtered::LeftOut);
        if !edits.is_empty() {
            changed = true;
            comparable.body = edits.apply(&comparable.body);
        }
        changed.then_some(comparable)
    }
}

/// A text as it may be shown in a message: what looks like a credential is gone, whatever a project scrubs.
#[must_use]
pub fn shown_text(text: &str) -> Cow<'_, str> {
    let (rules, mut vault) = (Rules::default(), Vault::default());
    let edits = Pass::new(&rules, &mut vault, Numbering::Numberless).plain(text.as_bytes());
    if edits.is_empty() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(String::from_utf8_lossy(&edits.apply(text.as_bytes())).into_owned())
}

// === impl Vault ===

impl Vault {
    /// A vault that numbers its placeholders after those that a cassette has already.
    #[must_use]
    pub fn of(cassette: &Cassette) -> Self {
        let mut vault = Vault::default();
        let (rules, mut copy) = (Rules::default(), cassette.clone());
        let mut pass = Pass::new(&rules, &mut vault, Numbering::Survey);
        walk(&mut pass, &mut copy.interactions, Some(&mut copy.unknown), Compressed::Opened);
        vault.forget()
    }
}

/// Surveys, and then replaces until nothing is left.
fn scrub(
    rules: &Rules,
    interactions: &mut [Interaction],
    mut unknown: Option<&mut Unknown>,
    vault: &mut Vault,
    compressed: Compressed,
) -> Vec<Scrubbed> {
    let mut survey = interactions.to_vec();
    let mut survey_unknown = unknown.as_deref().cloned();
    let mut pass = Pass::new(rules, vault, Numbering::Survey);
    if walk(&mut pass, &mut survey, survey_unknown.as_mut(), compressed).is_empty() {
        return Vec::new();
    }
    let (mut all, mut told) = (Vec::new(), BTreeSet::new());
    for _ in 0..ROUNDS {
        let mut pass = Pass::new(rules, vault, Numbering::Numbered);
        let found = walk(&mut pass, interactions, unknown.as_deref_mut(), compressed);
        if found.is_empty() {
            break;
        }
        all.extend(found.into_iter().filter(|one| told.insert(one.clone())));
    }
    all
}

fn walk(
    pass: &mut Pass<'_>,
    interactions: &mut [Interaction],
    unknown: Option<&mut Unknown>,
    compressed: Compressed,
) -> Vec<Scrubbed> {
    let mut walk = Walk { pass, compressed, interaction: 0, found: Vec::new() };
    for (index, interaction) in interactions.iter_mut().enumerate() {
        walk.interaction = index;
        walk.interaction(interaction);
    }
    if let Some(unknown) = unknown {
        walk.interaction = 0;
        walk.unknown(unknown, "");
    }
    walk.found
}
