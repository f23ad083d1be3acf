//! A cassette, ready to answer.

use super::Stamp;
use crate::journal::{CASSETTE_HEADER, SOURCE_HEADER, Source};
use crate::rules::RuleBook;
use http::header::HeaderValue;
use standin_core::cassette::{Cassette, CassetteName, ReadError};
use standin_core::matching::{ContentKey, Index, MatchRules, recorded_keys};
use standin_core::replay::replay;
use standin_core::shape::Pace;
use standin_core::{Call, Reply};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// A cassette with its index. Replies are rendered when they are first asked for.
#[derive(Debug)]
pub(crate) struct Tape {
    pub(crate) name: CassetteName,
    pub(crate) path: PathBuf,
    pub(super) stamp: Stamp,
    pub(crate) cassette: Cassette,
    /// Which rules of the rule book apply.
    pub(crate) ruleset: usize,
    pub(crate) rules: Arc<MatchRules>,
    pub(super) keys: Vec<Vec<ContentKey>>,
    index: Index<u32>,
    pace: Pace,
    replies: Vec<OnceLock<Reply>>,
}

/// A file that should be a cassette and cannot be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}: {}", position(.path, .error), .error.reason)]
pub(crate) struct Broken {
    pub(crate) name: CassetteName,
    pub(crate) path: PathBuf,
    pub(super) stamp: Stamp,
    pub(crate) error: ReadError,
}

/// `path:line`, as compilers write it.
fn position(path: &std::path::Path, error: &ReadError) -> String {
    match error.line {
        Some(line) => format!("{}:{line}", path.display()),
        None => path.display().to_string(),
    }
}

/// Where each interaction is found, and which ones are found there.
fn indexed(cassette: &Cassette, rules: &MatchRules) -> (Vec<Vec<ContentKey>>, Index<u32>) {
    let keys: Vec<Vec<ContentKey>> =
        cassette.interactions.iter().map(|one| recorded_keys(&one.request, rules)).collect();
    let mut index = Index::default();
    for (at, keys) in (0u32..).zip(&keys) {
        for key in keys {
            index.insert(*key, at);
        }
    }
    (keys, index)
}

fn unrendered(cassette: &Cassette) -> Vec<OnceLock<Reply>> {
    cassette.interactions.iter().map(|_| OnceLock::new()).collect()
}

// === impl Tape ===

impl Tape {
    pub(super) fn new(
        name: CassetteName,
        path: PathBuf,
        stamp: Stamp,
        cassette: Cassette,
        book: &RuleBook,
        pace: Pace,
    ) -> Self {
        let (ruleset, rules) = book.for_cassette(name.as_str());
        let (keys, index) = indexed(&cassette, &rules);
        let replies = unrendered(&cassette);
        Tape { name, path, stamp, cassette, ruleset, rules, keys, index, pace, replies }
    }

    /// The same for calls that are compared by other rules.
    pub(crate) fn compared_by(&self, rules: MatchRules) -> Self {
        let (keys, index) = indexed(&self.cassette, &rules);
        Tape {
            name: self.name.clone(),
            path: self.path.clone(),
            stamp: self.stamp,
            cassette: self.cassette.clone(),
            ruleset: self.ruleset,
            rules: Arc::new(rules),
            keys,
            index,
            pace: self.pace.clone(),
            replies: unrendered(&self.cassette),
        }
    }

    /// The interactions that share a content key with a call, in recorded order.
    pub(crate) fn candidates(&self, call: &Call) -> &[u32] {
        self.index.look_up(call, &self.rules)
    }

    /// The reply that replays an interaction at a pace, marked with where it comes from.
    pub(crate) fn reply(&self, interaction: u32, pace: &Pace) -> Reply {
        let at = interaction as usize;
        let render = || {
            let mut reply = replay(&self.cassette.interactions[at], pace);
            let headers = Arc::make_mut(&mut reply.headers);
            headers.insert(SOURCE_HEADER, HeaderValue::from_static(Source::Tape.name()));
            if let Ok(place) = HeaderValue::from_str(&format!("{}#{at}", self.name)) {
                headers.insert(CASSETTE_HEADER, place);
            }
            reply
        };
        // The usual pace is rendered once.
        if *pace == self.pace { self.replies[at].get_or_init(render).clone() } else { render() }
    }
}
