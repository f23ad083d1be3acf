//! `standin mocks check`.

use crate::failure::Failure;
use crate::terminal::{BAD, GOOD, WARN, json, line, note, styled};
use clap::Args;
use standin_core::mock::{MockSet, Severity};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  standin mocks check mocks.yaml\n\nThe files are checked together, in the order in which `serve` is given them. Ends with exit code 1 when there is a finding."
)]
pub(super) struct CheckArgs {
    /// Files of mocks.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let (mut mocks, mut problems) = (Vec::new(), Vec::new());
    for path in &args.files {
        let file = super::read(path)?;
        mocks.extend(file.mocks);
        problems.extend(file.problems);
    }
    let count = mocks.len();
    problems.extend(MockSet::new(mocks).shadowed());
    if args.json {
        json(&problems)?;
    } else {
        for problem in &problems {
            let (style, severity) = match problem.severity {
                Severity::Error => (BAD, "error"),
                Severity::Warning => (WARN, "warning"),
            };
            let severity = styled(style, severity);
            line(&format!("{}:{}: {severity}: {}", problem.file, problem.line, problem.message))?;
        }
    }
    if problems.is_empty() {
        note(&styled(GOOD, &format!("{count} mocks, nothing to mend")));
        return Ok(ExitCode::SUCCESS);
    }
    note(&format!("{} findings, {count} mocks that can be used", problems.len()));
    Ok(ExitCode::from(1))
}
