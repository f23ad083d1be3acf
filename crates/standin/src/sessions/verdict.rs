//! The verdict: whether a test was replayed.

use super::order::Order;
use crate::store::Tape;
use serde::Serialize;
use standin_core::shown;

/// How a session's calls were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Verdict {
    /// Every call was replayed.
    Hit,
    /// No call was.
    Miss,
    /// Some were.
    Partial,
    /// There was no call.
    Noop,
}

/// What a session did.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    pub(crate) verdict: Verdict,
    /// Calls that were replayed.
    pub(crate) played: u64,
    /// Calls that were refused because nothing matched.
    pub(crate) missed: u64,
    /// Interactions recorded.
    pub(crate) recorded: u64,
    /// Interactions in the cassette.
    pub(crate) entries: usize,
    /// Interactions that no call asked for.
    pub(crate) unplayed: Vec<Unplayed>,
    /// Whether the cassette was written.
    pub(crate) saved: bool,
    pub(crate) reason: String,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Unplayed {
    interaction: usize,
    request: String,
}

// === impl Report ===

impl Report {
    pub(super) fn new(tape: Option<&Tape>, order: &Order, missed: u64) -> Self {
        let played = order.played();
        let verdict = match (played, missed) {
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
        let reason = match verdict {
            Verdict::Noop => "no call was made".to_owned(),
            Verdict::Hit => format!("{played} calls were replayed"),
            Verdict::Miss => format!("{missed} calls were refused, none was replayed"),
            Verdict::Partial => format!("{played} calls were replayed, {missed} were refused"),
        };
        Report {
            verdict,
            played,
            missed,
            recorded: 0,
            entries: interactions.len(),
            unplayed,
            saved: false,
            reason,
        }
    }
}
