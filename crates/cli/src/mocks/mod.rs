//! `standin mocks`: one file for each of its commands.

mod check;
mod explain;
mod request;

use crate::failure::Failure;
use clap::{Args, Subcommand};
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin mocks check mocks.yaml
  standin mocks explain mocks.yaml --request request.json")]
pub(crate) struct MocksArgs {
    #[command(subcommand)]
    command: MocksCommand,
}

#[derive(Debug, Subcommand)]
enum MocksCommand {
    /// Find unknown fields, conditions that never hold, and mocks that never answer.
    Check(check::CheckArgs),
    /// Say which mock answers a request, and why the others do not.
    Explain(explain::ExplainArgs),
}

pub(crate) fn run(args: MocksArgs) -> Result<ExitCode, Failure> {
    match args.command {
        MocksCommand::Check(args) => check::run(&args),
        MocksCommand::Explain(args) => explain::run(&args),
    }
}

fn read(path: &Path) -> Result<standin_core::mock::File, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    Ok(standin_core::mock::read(&path.display().to_string(), &text))
}
