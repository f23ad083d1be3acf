//! `standin cassette scrub`.

use super::files::{self, Existing};
use crate::config::ConfigFile;
use crate::failure::Failure;
use crate::terminal::{BAD, FAINT, GOOD, json, line, note, progress, styled};
use clap::Args;
use serde::Serialize;
use standin_core::scrub::{Kind, Scrubbed};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin cassette scrub tests/cassettes
  standin cassette scrub --check tests/cassettes
  standin cassette scrub --output clean.yaml chat.yaml

Secrets become SCRUBBED-1, SCRUBBED-2 and so on; credential and tracing headers go. A file with
nothing to scrub is not written. With --check nothing is, and a file with something to scrub is exit code 1.")]
pub(super) struct ScrubArgs {
    /// Cassettes, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
    /// Write nothing, and end with exit code 1 when there is something to scrub.
    #[arg(long, conflicts_with = "output")]
    check: bool,
    /// The file to write, instead of the cassette itself; for one cassette.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the output file where it is there already.
    #[arg(long, requires = "output")]
    force: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A file and what was scrubbed in it.
#[derive(Debug, Serialize)]
struct Row {
    path: PathBuf,
    scrubbed: Vec<Scrubbed>,
}

pub(super) fn run(args: &ScrubArgs) -> Result<ExitCode, Failure> {
    let paths = files::expand(&args.paths)?;
    if args.output.is_some() && paths.len() != 1 {
        return Err(Failure::Config(format!("--output takes one cassette, not {}", paths.len())));
    }
    let scrubber = args.config.scrubber()?;
    let bar = progress(paths.len(), "scrubbing");
    let mut rows = Vec::new();
    for path in &paths {
        // A server that records meanwhile waits, so that nothing of either is lost.
        let in_place = (!args.check && args.output.is_none()).then(|| files::lock(path)).transpose()?;
        let mut cassette = files::read(path)?;
        let scrubbed = scrubber.cassette(&mut cassette);
        let text = || cassette.render(cassette.format);
        match &args.output {
            Some(output) if !args.check => files::save(output, &text(), Existing::of(args.force))?,
            None if in_place.is_some() && !scrubbed.is_empty() => files::replace(path, &text())?,
            _ => {}
        }
        if !scrubbed.is_empty() {
            rows.push(Row { path: path.clone(), scrubbed });
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if args.json {
        json(&rows)?;
    } else {
        rows.iter().try_for_each(print)?;
    }
    let what = if args.check { "to scrub" } else { "scrubbed" };
    if rows.is_empty() {
        note(&styled(GOOD, &format!("{} cassettes, nothing to scrub", paths.len())));
    } else {
        note(&format!("{} of {} cassettes {what}", rows.len(), paths.len()));
    }
    Ok(if args.check && !rows.is_empty() { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn print(row: &Row) -> Result<(), Failure> {
    line(&row.path.display().to_string())?;
    row.scrubbed.iter().try_for_each(|one| {
        let style = match one.kind {
            Kind::Secret => BAD,
            Kind::Volatile => FAINT,
        };
        line(&format!("  {} {}: {}", one.interaction, one.place, styled(style, one.rule)))
    })
}
