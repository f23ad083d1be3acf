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
    quiet_on_broken_pipe(writeln!(anstream::stdout(), "{}", harmless(text)))
}

/// Prints text as it is.
pub(crate) fn raw(text: &str) -> Result<(), Failure> {
    quiet_on_broken_pipe(std::io::stdout().write_all(text.as_bytes()))
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
    raw(&format!("{text}\n"))
}

/// Text without control characters, but for line ends, tabs and colours: a recording must not be able to
/// drive the terminal.
fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_control() && !matches!(c, '\n' | '\t')) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let colour = colour_sequence(from);
        let control = from.chars().next().map_or(0, char::len_utf8);
        let taken = colour.unwrap_or(control);
        match colour {
            Some(_) => out.push_str(&from[..taken]),
            None => out.extend(from[..taken].chars().flat_map(char::escape_default)),
        }
        rest = &from[taken..];
    }
    out.push_str(rest);
    out
}

/// The length of `ESC [ 1 ; 31 m` at the start of a text.
fn colour_sequence(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    parameters[end..].starts_with('m').then_some("\u{1b}[".len() + end + 1)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_cannot_drive_the_terminal() {
        assert_eq!(harmless("a\u{1b}]0;title\u{7}b\r\u{7f}\n\tc"), "a\\u{1b}]0;title\\u{7}b\\r\\u{7f}\n\tc");
        assert_eq!(harmless(&styled(BAD.bold(), "x")), styled(BAD.bold(), "x"));
        assert_eq!(harmless("\u{1b}[2J ä"), "\\u{1b}[2J ä");
    }
}
