//! Which match rules apply to which cassette.

use globset::{Glob, GlobMatcher};
use standin_core::Keep;
use standin_core::cassette::CassetteName;
use standin_core::matching::{
    MatchRules, Matcher, Normaliser, NormaliserError, NormaliserRules, UnknownMatcher,
};
use standin_core::scrub::{ScrubError, ScrubRules, Scrubber};
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
    matchers: Option<Vec<Matcher>>,
    /// What is taken out of its calls beside what is everywhere.
    normaliser: Normaliser,
    /// What is secret in its calls, and in what it records.
    scrubber: Option<Scrubber>,
}

/// A session was to compare its calls by rules that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadRules {
    #[error("match_on: {0}")]
    Matcher(#[from] UnknownMatcher),
    #[error("a session without a cassette compares no calls: give it one, or leave {0} out")]
    NoCassette(&'static str),
    #[error("match_on: without a matcher every recording answers every call; name one, or leave it out")]
    NoMatcher,
    #[error("normalise: {0}")]
    Normaliser(#[from] NormaliserError),
    #[error("scrub: {0}")]
    Scrub(#[from] ScrubError),
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
    pub(crate) fn new(
        matchers: Option<Vec<Matcher>>,
        normalise: &NormaliserRules,
        scrub: &ScrubRules,
        everywhere: &Scrubber,
        cassette: Option<&CassetteName>,
    ) -> Result<Self, BadRules> {
        let said = [
            ("match_on", matchers.is_some()),
            ("normalise", *normalise != NormaliserRules::default()),
            ("scrub", *scrub != ScrubRules::default()),
        ];
        if let Some((name, _)) = said.into_iter().find(|(_, said)| *said && cassette.is_none()) {
            return Err(BadRules::NoCassette(name));
        }
        if matchers.as_ref().is_some_and(Vec::is_empty) {
            return Err(BadRules::NoMatcher);
        }
        let scrubs = *scrub != ScrubRules::default();
        let scrubber = scrubs.then(|| everywhere.with(scrub)).transpose()?;
        Ok(OwnRules { matchers, normaliser: Normaliser::new(normalise)?, scrubber })
    }

    /// A cassette's rules with these over them; `None` where there are none.
    pub(crate) fn over(&self, rules: &MatchRules) -> Option<MatchRules> {
        let OwnRules { matchers, normaliser, scrubber } = self;
        let is_any = matchers.is_some() || !normaliser.is_empty() || scrubber.is_some();
        is_any.then(|| MatchRules {
            matchers: matchers.as_ref().unwrap_or(&rules.matchers).clone(),
            normaliser: rules.normaliser.and(normaliser),
            scrubber: scrubber.as_ref().unwrap_or(&rules.scrubber).clone(),
        })
    }

    /// What takes secrets out of what is recorded, where that is not what does so everywhere.
    pub(crate) const fn scrubber(&self) -> Option<&Scrubber> {
        self.scrubber.as_ref()
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
