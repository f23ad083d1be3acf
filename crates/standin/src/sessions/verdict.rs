//! The verdict: whether a test was replayed.

use super::order::Order;
use crate::store::Tape;
use serde::{Deserialize, Serialize};
use standin_core::shown;

/// How a session's calls were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    /// Every call was replayed or mocked.
    Hit,
    /// No call was.
    Miss,
    /// Some were.
    Partial,
    /// There was no call.
    Noop,
}

/// How the test that used a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed: where the policy waits for the outcome, nothing is written.
    Failed,
    /// Nobody knows: it counts as passed.
    #[default]
    Unknown,
}

/// What a session did.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// How its calls were answered.
    pub verdict: Verdict,
    /// Calls that were replayed.
    pub played: u64,
    /// Calls that mocks or the simulator answered.
    pub mocked: u64,
    /// Calls that were refused.
    pub missed: u64,
    /// Interactions recorded.
    pub recorded: u64,
    /// Answers of the provider that were not stored.
    pub dropped: u64,
    /// Interactions in the cassette, those just recorded included where they were saved.
    pub entries: usize,
    /// Interactions that no call asked for.
    pub unplayed: Vec<Unplayed>,
    /// Whether the cassette was written.
    pub saved: bool,
    /// The same in words.
    pub reason: String,
}

/// An interaction that no call asked for.
#[derive(Debug, Clone, Serialize)]
pub struct Unplayed {
    /// Its place in the cassette, counted from 0.
    pub interaction: usize,
    /// Method and address, credentials left out.
    pub request: String,
}

/// What a session did beside playing.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) mocked: u64,
    pub(super) missed: u64,
    pub(super) recorded: u64,
    pub(super) dropped: u64,
    /// Why the first of the dropped ones was.
    pub(super) why: Option<String>,
}

// === impl Verdict ===

impl Verdict {
    /// `HIT` and the like.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Verdict::Hit => "HIT",
            Verdict::Miss => "MISS",
            Verdict::Partial => "PARTIAL",
            Verdict::Noop => "NOOP",
        }
    }
}

// === impl Report ===

impl Report {
    pub(super) fn new(tape: Option<&Tape>, order: &Order, tally: Tally) -> Self {
        let played = order.played();
        let Tally { mocked, missed, recorded, dropped, why } = tally;
        let verdict = match (played + mocked, missed + recorded + dropped) {
            (0, 0) => Verdict::Noop,
            (_, 0) => Verdict::Hit,
            (0, _) => Verdict::Miss,
            _ => Verdict::Partial,
        };
        let interactions = tape.map_or(&[][..], |tape| &tape.cassette.interactions);
        let unplayed: Vec<Unplayed> = order
            .unplayed()
            .filter_map(|at| interactions.get(at).map(|one| (at, &one.request)))
            .map(|(interaction, request)| Unplayed {
                interaction,
                request: format!("{} {}", request.method, shown(&request.url)),
            })
            .collect();
        let counts = [
            (played, "replayed"),
            (mocked, "mocked"),
            (recorded, "recorded"),
            (dropped, "answered by the provider and not stored"),
            (missed, "refused"),
        ];
        let told: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let mut reason = match told.as_slice() {
            [] => "no call was made".to_owned(),
            told => format!("calls: {}", told.join(", ")),
        };
        if let Some(why) = why {
            reason = format!("{reason}: {why}");
        }
        let entries = interactions.len();
        Report { verdict, played, mocked, missed, recorded, dropped, entries, unplayed, saved: false, reason }
    }

    /// What came of saving: the interactions that the cassette has now, or why it is as it was.
    pub(crate) fn saved(&mut self, saved: Result<usize, String>) {
        match saved {
            Ok(entries) => {
                self.saved = true;
                self.entries = entries;
            }
            Err(why) => self.reason = format!("{}; not saved: {why}", self.reason),
        }
    }
}
