//! A mock: what has to hold, and what is answered.

use super::answer::Answer;
use super::condition::Condition;
use crate::dialect::Endpoint;
use crate::shape::{FaultRule, Pace};
use std::sync::Arc;

/// A rule.
#[derive(Debug)]
pub struct Mock {
    /// Tells it from all others, also after a reload that leaves it as it is.
    pub id: MockId,
    /// What its writer calls it.
    pub name: Option<String>,
    /// Where it is written.
    pub place: Place,
    /// As it is written, in JSON: a text takes less room than a tree.
    pub written: Box<str>,
    /// The list of the file that it stands in.
    pub list: &'static str,
    /// Its place in that list, from 0.
    pub index: usize,
    /// The endpoints that it may answer, in order.
    pub endpoints: Vec<Endpoint>,
    /// The only provider that it answers for.
    pub provider: Option<String>,
    pub(super) condition: Condition,
    /// Its answers, at least one.
    pub answers: Vec<Answer>,
    /// Which of several answers is next.
    pub steps: Steps,
    /// What comes after the last one.
    pub exhausted: Exhausted,
    /// How often it answers.
    pub times: Option<u64>,
    /// Higher ones are asked first.
    pub priority: i64,
    /// Its part in a story.
    pub scenario: Option<Scenario>,
    /// When its answers are sent, where it says so.
    pub pace: Option<Pace>,
    /// What goes wrong with them, where it says so.
    pub faults: Option<Arc<[FaultRule]>>,
}

/// Tells mocks apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MockId(pub(super) u128);

/// A file, or another source of mocks, and a line in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The path as it was given.
    pub file: Arc<str>,
    /// Counted from 1.
    pub line: u32,
}

/// What moves on in a list of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Steps {
    /// Each call of the session that the mock answers.
    #[default]
    Session,
    /// The turns that the assistant has had, as the call tells.
    Conversation,
    /// Those since the user last said something.
    SinceUser,
}

/// What follows the last answer of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Exhausted {
    /// The last one again.
    #[default]
    Repeat,
    /// The first one.
    Cycle,
    /// An error.
    Error,
}

/// A mock's part in a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scenario {
    /// The story.
    pub name: String,
    /// The state in which it answers; any, where there is none.
    pub when: Option<String>,
    /// The state that follows.
    pub then: Option<String>,
}

/// Turns of the assistant in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turns {
    /// All of them.
    pub all: usize,
    /// Those after the user's last message.
    pub since_user: usize,
}

// === impl Mock ===

impl Mock {
    /// Its name, or its place in its list: a file may be one long line.
    #[must_use]
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("{}[{}] of {}", self.list, self.index, self.place.file))
    }

    /// Whether what it answers depends on what it answered before.
    #[must_use]
    pub fn has_state(&self) -> bool {
        let ends = self.answers.len() > 1 || self.exhausted == Exhausted::Error;
        let counts = ends && self.steps == Steps::Session;
        counts || self.times.is_some() || self.scenario.is_some()
    }

    /// Which answer is next, after so many calls; `None` where the list is exhausted and says so.
    #[must_use]
    pub fn answer(&self, answered: u64, turns: Turns) -> Option<&Answer> {
        let step = match self.steps {
            Steps::Session => usize::try_from(answered).unwrap_or(usize::MAX),
            Steps::Conversation => turns.all,
            Steps::SinceUser => turns.since_user,
        };
        let last = self.answers.len().checked_sub(1)?;
        match self.exhausted {
            _ if step <= last => self.answers.get(step),
            Exhausted::Repeat => self.answers.get(last),
            Exhausted::Cycle => self.answers.get(step % (last + 1)),
            Exhausted::Error => None,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}
