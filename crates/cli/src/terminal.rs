//! Colours and progress: on terminals only. Results go to standard output, everything else to standard
//! error.

use crate::failure::Failure;
use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::Write;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Prints a line of the result. A reader that has gone away, as `head` does, ends the program quietly.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    quiet_on_broken_pipe(writeln!(anstream::stdout(), "{text}"))
}

fn quiet_on_broken_pipe(written: std::io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => other.map_err(Failure::Output),
    }
}

/// Prints a value as JSON, byte for byte: what [`line()`] does for terminals would take characters out.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::Output(error.into()))?;
    quiet_on_broken_pipe(writeln!(std::io::stdout(), "{text}"))
}

/// Recorded text as it may be shown: a recording must not be able to drive the terminal.
pub(crate) fn harmless(text: &str) -> String {
    let escape = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    if !text.contains(escape) {
        return text.to_owned();
    }
    text.chars().map(|c| if escape(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// Prints a note beside the result.
pub(crate) fn note(text: &str) {
    // There is nowhere left to say that standard error is gone.
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Prints why the command failed.
pub(crate) fn error(text: &str) {
    let bold = BAD.bold();
    note(&format!("{bold}error:{bold:#} {text}"));
}

/// Text in a style.
pub(crate) fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A progress bar on standard error, where that is a terminal.
pub(crate) fn progress(steps: usize, what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len}") {
        bar.set_style(style);
    }
    bar.with_message(what)
}
