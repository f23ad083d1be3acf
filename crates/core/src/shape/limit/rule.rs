//! A rule: how much of what there may be, of which models, and who shares it.

use super::Counted;
use crate::mock::like;
use std::collections::BTreeMap;
use std::time::Duration;

/// What comes back in it, where nothing else is said.
pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// How much a caller may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitRule {
    /// Never empty.
    pub(super) amounts: BTreeMap<Counted, u64>,
    /// A name in which `*` stands for anything; `None` is every call.
    pub(super) model: Option<String>,
    pub(super) per: Per,
    pub(super) window: Duration,
}

/// Who shares what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Per {
    /// Calls with one key, of all models.
    Key,
    /// Calls of one model, with any key.
    Model,
    /// Calls with one key and of one model.
    #[default]
    KeyAndModel,
    /// All calls.
    All,
}

/// Those who share an account of a rule: a digest, so that neither keys nor long names are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope([u8; 16]);

// === impl LimitRule ===

impl LimitRule {
    /// What is counted, and how much of it there may be.
    pub fn amounts(&self) -> impl Iterator<Item = (Counted, u64)> {
        self.amounts.iter().map(|(counted, most)| (*counted, *most))
    }

    /// The time that brings back what was used: a minute, or what stands for one.
    #[must_use]
    pub const fn window(&self) -> Duration {
        self.window
    }

    /// Whether it is about calls of this model.
    #[must_use]
    pub fn is_for(&self, model: Option<&str>) -> bool {
        self.model.as_deref().is_none_or(|pattern| model.is_some_and(|model| like(pattern, model)))
    }

    /// Those who share what there is with a caller: the fingerprint of its key, and its model.
    #[must_use]
    pub fn scope(&self, key: &str, model: Option<&str>) -> Scope {
        let mut hasher = blake3::Hasher::new();
        if matches!(self.per, Per::Key | Per::KeyAndModel) {
            hasher.update(key.as_bytes());
        }
        // No fingerprint holds a zero.
        hasher.update(&[0]);
        if matches!(self.per, Per::Model | Per::KeyAndModel) {
            hasher.update(model.unwrap_or_default().as_bytes());
        }
        let mut scope = [0; 16];
        scope.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Scope(scope)
    }

    /// Whether the tokens of prompts count.
    #[must_use]
    pub fn reads_prompt(&self) -> bool {
        self.amounts
            .keys()
            .any(|counted| matches!(counted, Counted::Tokens | Counted::InputTokens | Counted::Budget))
    }

    /// Whether the tokens of answers count.
    #[must_use]
    pub fn reads_answer(&self) -> bool {
        self.amounts
            .keys()
            .any(|counted| matches!(counted, Counted::Tokens | Counted::OutputTokens | Counted::Budget))
    }
}

// === impl Per ===

impl Per {
    /// The word for it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Per::Key => "key",
            Per::Model => "model",
            Per::KeyAndModel => "key+model",
            Per::All => "all",
        }
    }
}
