//! `standin cassette`: one file for each of its commands.

mod convert;
mod diff;
mod files;
mod flush;
mod lint;
mod ls;
mod scrub;
mod show;

use crate::failure::Failure;
use clap::{Args, Subcommand};
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin cassette ls tests/cassettes
  standin cassette lint tests/cassettes
  standin cassette flush --cassettes redis://cache:6379/0")]
pub(crate) struct CassetteArgs {
    #[command(subcommand)]
    command: CassetteCommand,
}

#[derive(Debug, Subcommand)]
enum CassetteCommand {
    /// List cassettes and what they hold.
    Ls(ls::LsArgs),
    /// Show a cassette's interactions, or one of them whole.
    Show(show::ShowArgs),
    /// Find secrets, unreadable files, duplicates, and interactions that can never be reached.
    Lint(lint::LintArgs),
    /// Replace secrets by placeholders.
    Scrub(scrub::ScrubArgs),
    /// Write a cassette in the other library's format.
    Convert(convert::ConvertArgs),
    /// Compare two cassettes by meaning.
    Diff(diff::DiffArgs),
    /// Delete all cassettes that are kept in a Redis.
    Flush(flush::FlushArgs),
}

pub(crate) fn run(args: CassetteArgs) -> Result<ExitCode, Failure> {
    match args.command {
        CassetteCommand::Ls(args) => ls::run(&args),
        CassetteCommand::Show(args) => show::run(&args),
        CassetteCommand::Lint(args) => lint::run(&args),
        CassetteCommand::Scrub(args) => scrub::run(&args),
        CassetteCommand::Convert(args) => convert::run(&args),
        CassetteCommand::Diff(args) => diff::run(&args),
        CassetteCommand::Flush(args) => flush::run(&args),
    }
}
