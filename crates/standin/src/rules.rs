//! Which match rules apply to which cassette.

use globset::{Glob, GlobMatcher};
use standin_core::Keep;
use standin_core::matching::{MatchRules, Matcher};
use standin_core::scrub::Scrubber;
use std::sync::Arc;
use std::time::Duration;

/// The server's rules, and those of cassettes whose names match a pattern. The first pattern wins.
#[derive(Debug, Clone)]
pub(crate) struct RuleBook {
    default: Arc<MatchRules>,
    special: Vec<(GlobMatcher, Arc<MatchRules>)>,
}

/// How a session compares its calls where it does not do so as its server does.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnRules {
    pub(crate) matchers: Option<Vec<Matcher>>,
    /// What is secret in its calls, and in what it records.
    pub(crate) scrubber: Option<Scrubber>,
}

/// What cassettes or hosts were to be told by, and cannot be.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// It is no pattern of cassette names.
    #[error("`{pattern}` is not a pattern of cassette names: {reason}")]
    Cassettes {
        /// What was given.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// It is no host.
    #[error(
        "`{0}` is no host that is never recorded: give its name alone, as in example.com, which has those below it"
    )]
    Host(String),
}

/// How long cassettes are kept whose names match a pattern. The first pattern wins.
#[derive(Debug)]
pub(crate) struct Lifetimes(Vec<(GlobMatcher, Option<Duration>)>);

/// A pattern of cassette names, ready to be asked.
pub(crate) fn pattern(pattern: String) -> Result<GlobMatcher, PatternError> {
    match Glob::new(&pattern) {
        Ok(glob) => Ok(glob.compile_matcher()),
        Err(error) => Err(PatternError::Cassettes { pattern, reason: error.kind().to_string() }),
    }
}

// === impl OwnRules ===

impl OwnRules {
    /// A cassette's rules with these in their place; `None` where there are none.
    pub(crate) fn over(&self, rules: &MatchRules) -> Option<MatchRules> {
        let OwnRules { matchers, scrubber } = self;
        (matchers.is_some() || scrubber.is_some()).then(|| MatchRules {
            matchers: matchers.as_ref().unwrap_or(&rules.matchers).clone(),
            normaliser: rules.normaliser.clone(),
            scrubber: scrubber.as_ref().unwrap_or(&rules.scrubber).clone(),
        })
    }
}

// === impl Lifetimes ===

impl Lifetimes {
    pub(crate) fn new(lifetimes: Vec<(String, Option<Duration>)>) -> Result<Self, PatternError> {
        let read = |(name, expiry)| Ok((pattern(name)?, expiry));
        lifetimes.into_iter().map(read).collect::<Result<_, _>>().map(Lifetimes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How a cassette is kept, where it is not as others are.
    pub(crate) fn over(&self, name: &str, keep: Keep) -> Keep {
        let own = self.0.iter().find(|(pattern, _)| pattern.is_match(name));
        own.map_or(keep, |(_, expiry)| Keep { expiry: *expiry, ..keep })
    }
}

// === impl RuleBook ===

impl RuleBook {
    pub(crate) fn new(default: MatchRules, special: Vec<(String, MatchRules)>) -> Result<Self, PatternError> {
        let special = special
            .into_iter()
            .map(|(name, rules)| Ok((pattern(name)?, Arc::new(rules))))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(RuleBook { default: Arc::new(default), special })
    }

    /// How many sets of rules there are.
    pub(crate) fn len(&self) -> usize {
        1 + self.special.len()
    }

    /// The rules of a cassette, and their place in the book.
    pub(crate) fn for_cassette(&self, name: &str) -> (usize, Arc<MatchRules>) {
        self.special
            .iter()
            .enumerate()
            .find(|(_, (pattern, _))| pattern.is_match(name))
            .map_or((0, Arc::clone(&self.default)), |(at, (_, rules))| (at + 1, Arc::clone(rules)))
    }

    /// All sets of rules, in their places.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<MatchRules>> {
        std::iter::once(&self.default).chain(self.special.iter().map(|(_, rules)| rules))
    }
}
