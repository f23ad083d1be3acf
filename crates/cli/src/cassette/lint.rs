//! `standin cassette lint`.

use super::files;
use crate::config::ConfigFile;
use crate::failure::Failure;
use crate::terminal::{BAD, GOOD, WARN, json, line, note, progress, styled};
use clap::Args;
use serde::Serialize;
use standin::MatchRules;
use standin_core::review::{Problem, lint};
use standin_core::scrub::Scrubber;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  standin cassette lint tests/cassettes\n\nEnds with exit code 1 when there is a finding."
)]
pub(super) struct LintArgs {
    /// Cassettes, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    config: ConfigFile,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// One line of the result: `path:line: problem: message`.
#[derive(Debug, Serialize)]
struct Row {
    path: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interaction: Option<usize>,
    problem: &'static str,
    message: String,
}

pub(super) fn run(args: &LintArgs) -> Result<ExitCode, Failure> {
    let paths = files::expand(&args.paths)?;
    let rules = MatchRules::default();
    let scrubber = args.config.scrubber()?;
    let bar = progress(paths.len(), "checking");
    let mut rows = Vec::new();
    for path in &paths {
        check(path, &rules, &scrubber, &mut rows)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    if args.json {
        json(&rows)?;
    } else {
        for row in &rows {
            let place = row.line.map(|line| format!(":{line}")).unwrap_or_default();
            let style = if row.problem == "duplicate" { WARN } else { BAD };
            line(&format!("{}{place}: {}: {}", row.path.display(), styled(style, row.problem), row.message))?;
        }
    }
    if rows.is_empty() {
        note(&styled(GOOD, &format!("{} cassettes, nothing to mend", paths.len())));
        return Ok(ExitCode::SUCCESS);
    }
    note(&format!("{} findings in {} cassettes", rows.len(), paths.len()));
    Ok(ExitCode::from(1))
}

fn check(path: &Path, rules: &MatchRules, scrubber: &Scrubber, rows: &mut Vec<Row>) -> Result<(), Failure> {
    let mut row = |line, interaction, problem, message| {
        rows.push(Row { path: path.to_owned(), line, interaction, problem, message });
    };
    if path.extension().is_some_and(|extension| extension == "yml") && path.with_extension("yaml").is_file() {
        let message = format!(
            "{} has the same name and is the one that is read",
            path.with_extension("yaml").display()
        );
        row(None, None, "shadowed", message);
    }
    let cassette = match files::read(path) {
        Ok(cassette) => cassette,
        Err(Failure::Cassette { error, .. }) => {
            row(error.line, None, "unreadable", error.reason);
            return Ok(());
        }
        Err(Failure::Read { source, .. }) => {
            row(None, None, "unreadable", source.to_string());
            return Ok(());
        }
        Err(failure) => return Err(failure),
    };
    for finding in lint(&cassette, rules, scrubber) {
        let problem = match finding.problem {
            Problem::Duplicate => "duplicate",
            Problem::Unreachable => "unreachable",
            Problem::UnsendableHeader => "unsendable-header",
            Problem::Secret => "secret",
        };
        row(Some(finding.line), Some(finding.interaction), problem, finding.message);
    }
    Ok(())
}
