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

/// The verdict, and of calls that were not replayed what came of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Classification {
    /// Every call was replayed or mocked.
    #[serde(rename = "HIT")]
    Hit,
    /// No call was replayed, and what was recorded is stored.
    #[serde(rename = "MISS:RECORDED")]
    Recorded,
    /// The cassette would have more interactions than it may, so nothing is stored: mostly each run asks
    /// something else.
    #[serde(rename = "MISS:OVERFLOW")]
    Overflow,
    /// The provider answered, and nothing is stored: the next run asks it again.
    #[serde(rename = "MISS:NOT_PERSISTED")]
    NotPersisted,
    /// Calls were refused, and the provider was not asked.
    #[serde(rename = "MISS:REFUSED")]
    Refused,
    /// Some calls were replayed or mocked.
    #[serde(rename = "PARTIAL")]
    Partial,
    /// There was no call.
    #[serde(rename = "NOOP")]
    Noop,
}

/// Why what a session recorded is not in its cassette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotStored {
    /// The cassette has as many interactions as it may.
    Full,
    /// Anything else.
    Otherwise,
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
    /// The same, and what came of what was not replayed. Known when the session has ended.
    pub classification: Classification,
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
    /// Whether the cassette was too full for one of them.
    pub(super) overflowed: bool,
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

// === impl Classification ===

impl Classification {
    /// `MISS:RECORDED` and the like.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Classification::Hit => "HIT",
            Classification::Recorded => "MISS:RECORDED",
            Classification::Overflow => "MISS:OVERFLOW",
            Classification::NotPersisted => "MISS:NOT_PERSISTED",
            Classification::Refused => "MISS:REFUSED",
            Classification::Partial => "PARTIAL",
            Classification::Noop => "NOOP",
        }
    }

    /// Whether the next run may well ask the provider again, and pay for it: LiteLLM's cost-leak check.
    #[must_use]
    pub const fn leaks(self) -> bool {
        match self {
            Classification::Overflow | Classification::NotPersisted | Classification::Partial => true,
            Classification::Hit
            | Classification::Recorded
            | Classification::Refused
            | Classification::Noop => false,
        }
    }
}

// === impl Report ===

impl Report {
    pub(super) fn new(tape: Option<&Tape>, order: &Order, tally: Tally) -> Self {
        let played = order.played();
        let Tally { mocked, missed, recorded, dropped, why, overflowed } = tally;
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
        let mut report = Report {
            verdict,
            classification: Classification::Noop,
            played,
            mocked,
            missed,
            recorded,
            dropped,
            entries,
            unplayed,
            saved: false,
            reason,
        };
        report.classification = report.classified(overflowed);
        report
    }

    fn classified(&self, overflowed: bool) -> Classification {
        match self.verdict {
            _ if overflowed => Classification::Overflow,
            Verdict::Hit => Classification::Hit,
            Verdict::Partial => Classification::Partial,
            Verdict::Noop => Classification::Noop,
            Verdict::Miss if self.recorded + self.dropped == 0 => Classification::Refused,
            Verdict::Miss if self.saved && self.recorded > 0 => Classification::Recorded,
            Verdict::Miss => Classification::NotPersisted,
        }
    }

    /// What came of saving: the interactions that the cassette has now, or why it is as it was.
    pub(crate) fn saved(&mut self, saved: Result<usize, (NotStored, String)>) {
        let mut overflowed = self.classification == Classification::Overflow;
        match saved {
            Ok(entries) => {
                self.saved = true;
                self.entries = entries;
            }
            Err((why, told)) => {
                overflowed |= why == NotStored::Full;
                self.reason = format!("{}; not saved: {told}", self.reason);
            }
        }
        self.classification = self.classified(overflowed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(tally: Tally) -> Report {
        Report::new(None, &Order::default(), tally)
    }

    #[test]
    fn what_was_not_replayed_is_told_apart() {
        let failed = |why| Some(Err((why, "told".to_owned())));
        let recorded = || Tally { recorded: 2, ..Tally::default() };
        let partly = || Tally { recorded: 1, mocked: 1, ..Tally::default() };
        let dropped = || Tally { dropped: 1, ..Tally::default() };
        let rows = [
            (Tally::default(), None, "NOOP"),
            (Tally { mocked: 1, ..Tally::default() }, None, "HIT"),
            (Tally { missed: 1, ..Tally::default() }, None, "MISS:REFUSED"),
            (recorded(), Some(Ok(2)), "MISS:RECORDED"),
            (recorded(), failed(NotStored::Otherwise), "MISS:NOT_PERSISTED"),
            (recorded(), failed(NotStored::Full), "MISS:OVERFLOW"),
            (dropped(), None, "MISS:NOT_PERSISTED"),
            (Tally { overflowed: true, ..dropped() }, None, "MISS:OVERFLOW"),
            (Tally { overflowed: true, ..recorded() }, Some(Ok(50)), "MISS:OVERFLOW"),
            (partly(), Some(Ok(2)), "PARTIAL"),
            (partly(), failed(NotStored::Otherwise), "PARTIAL"),
            (partly(), failed(NotStored::Full), "MISS:OVERFLOW"),
        ];
        for (tally, saved, expected) in rows {
            let told = format!("{tally:?} {saved:?}");
            let mut report = report(tally);
            if let Some(saved) = saved {
                report.saved(saved);
            }
            assert_eq!(report.classification.name(), expected, "{told}");
            assert_eq!(serde_json::json!(report)["classification"], expected);
        }
    }
}
