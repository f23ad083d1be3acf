//! `standin cassette diff`.

use super::files;
use crate::failure::Failure;
use crate::terminal::{BAD, GOOD, WARN, json, line, note, styled};
use clap::Args;
use standin::MatchRules;
use standin_core::review::{Change, diff};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  standin cassette diff before.yaml after.yaml\n\nFormats, key order and spelling do not count. Ends with exit code 1 when the cassettes differ."
)]
pub(super) struct DiffArgs {
    /// The first cassette.
    left: PathBuf,
    /// The second cassette.
    right: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &DiffArgs) -> Result<ExitCode, Failure> {
    let changes = diff(&files::read(&args.left)?, &files::read(&args.right)?, &MatchRules::default());
    if args.json {
        json(&changes)?;
    } else {
        for change in &changes {
            show(change)?;
        }
    }
    if changes.is_empty() {
        note("no difference in meaning");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(1))
}

fn show(change: &Change) -> Result<(), Failure> {
    match change {
        Change::Removed { interaction, request } => {
            line(&format!("{} {interaction} {request}", styled(BAD, "-")))
        }
        Change::Added { interaction, request } => {
            line(&format!("{} {interaction} {request}", styled(GOOD, "+")))
        }
        Change::Answer { left, right, request, differences } => {
            line(&format!("{} {left} {right} {request}", styled(WARN, "~")))?;
            for one in differences {
                let absent = "(absent)";
                line(&format!(
                    "    {}\n      {} {}\n      {} {}",
                    one.pointer,
                    styled(BAD, "-"),
                    one.recorded.as_deref().unwrap_or(absent),
                    styled(GOOD, "+"),
                    one.called.as_deref().unwrap_or(absent)
                ))?;
            }
            Ok(())
        }
    }
}
