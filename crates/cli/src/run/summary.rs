//! What came of a run, in a few lines and a list, and as JSON.

use super::child::Ended;
use crate::failure::Failure;
use crate::terminal::{BAD, GOOD, WARN, note, styled};
use serde_json::json;
use standin::{Classification, RecordMode, Report, Verdict};
use std::path::Path;

pub(super) struct Summary<'a> {
    /// Its name and where it is; none where mocks alone answer.
    pub(super) cassette: Option<(&'a str, &'a str)>,
    pub(super) mode: RecordMode,
    pub(super) report: &'a Report,
    pub(super) ended: Ended,
    /// The exit code of standin.
    pub(super) code: u8,
}

/// Recordings without a call that are listed; the JSON has all of them.
const SHOWN: usize = 20;

// === impl Summary ===

impl Summary<'_> {
    pub(super) fn print(&self) {
        let Report { verdict, classification, played, mocked, recorded, dropped, missed, unplayed, .. } =
            self.report;
        let style = match verdict {
            Verdict::Hit | Verdict::Noop => GOOD,
            Verdict::Partial => WARN,
            Verdict::Miss if *missed == 0 => WARN,
            Verdict::Miss => BAD,
        };
        if let Some((name, place)) = self.cassette {
            note(&format!("standin: cassette {name} in {place}, record mode {}", self.mode));
        }
        let from_mocks = if *mocked > 0 { format!("{mocked} mocked, ") } else { String::new() };
        let not_stored = if *dropped > 0 { format!(", {dropped} not stored") } else { String::new() };
        let unasked = match unplayed.len() {
            0 => String::new(),
            count => format!("; {count} recorded interactions were not asked for"),
        };
        note(&format!(
            "standin: {}: {played} calls replayed, {from_mocks}{recorded} recorded, {missed} refused{not_stored}{unasked}",
            styled(style, classification.name()),
        ));
        for left in unplayed.iter().take(SHOWN) {
            note(&format!("  not asked for: {}", left.request));
        }
        if unplayed.len() > SHOWN {
            note(&format!("  ... and {} more", unplayed.len() - SHOWN));
        }
        if self.cassette.is_some() {
            note(&format!("standin: {}", self.saved()));
            note(&format!("standin: cost leak check: {}", leaks(*classification)));
        }
    }

    fn saved(&self) -> String {
        let Report { saved, recorded, dropped, entries, reason, .. } = self.report;
        match (*saved, *recorded) {
            (true, _) => format!("saved; interactions in the cassette: {entries}"),
            (false, 0) if *dropped == 0 => "nothing to save".to_owned(),
            (false, 0) => format!("nothing to save; {reason}"),
            (false, _) if self.ended.code() != 0 => {
                format!("nothing saved: the command {}", self.ended.told())
            }
            (false, _) => format!("nothing saved; {reason}"),
        }
    }

    /// Writes the verdict for programs.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        let mut report = json!(self.report);
        if let Some(members) = report.as_object_mut() {
            members.insert("cassette".to_owned(), json!(self.cassette.map(|(name, _)| name)));
            members.insert("record".to_owned(), json!(self.mode.name()));
            members.insert("command".to_owned(), json!(self.ended.told()));
            members.insert("exit_code".to_owned(), json!(self.code));
        }
        let text = format!("{report:#}\n");
        std::fs::write(path, text).map_err(|source| Failure::Write { path: path.to_owned(), source })
    }
}

/// Whether the next run pays again.
fn leaks(classification: Classification) -> String {
    if classification.leaks() {
        return format!("{}: {}=1", styled(BAD, "FAIL"), classification.name());
    }
    format!("{}: no overflow, partial or not-persisted verdicts", styled(GOOD, "PASS"))
}
