//! `standin requests`: one file for each of its commands.

mod ls;
mod send;
mod show;

use crate::failure::Failure;
use clap::{Args, Subcommand};
use standin::catalogue::{self, Request};
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin requests ls
  standin requests show chat-basic
  standin requests send --all")]
pub(crate) struct RequestsArgs {
    #[command(subcommand)]
    command: RequestsCommand,
}

#[derive(Debug, Subcommand)]
enum RequestsCommand {
    /// List the catalogue's requests.
    Ls(ls::LsArgs),
    /// Show a request as a curl command, or as data.
    Show(show::ShowArgs),
    /// Send requests, and say whether their answers have the status that they should.
    Send(send::SendArgs),
}

/// Where `standin serve` listens if nothing else is said.
const BASE_URL: &str = "http://127.0.0.1:8080";
/// Letters that a misspelt name may have wrong.
const MISSPELT: usize = 3;

pub(crate) fn run(args: RequestsArgs) -> Result<ExitCode, Failure> {
    match args.command {
        RequestsCommand::Ls(args) => ls::run(&args),
        RequestsCommand::Show(args) => show::run(&args),
        RequestsCommand::Send(args) => send::run(&args),
    }
}

/// A request of the catalogue, or which of them may have been meant.
fn find(name: &str) -> Result<&'static Request, Failure> {
    catalogue::find(name).ok_or_else(|| {
        let nearest = catalogue::names()
            .map(|known| (strsim::damerau_levenshtein(known, name), known))
            .filter(|(distance, _)| *distance <= MISSPELT)
            .min();
        let meant = nearest.map(|(_, known)| format!("did you mean `{known}`? ")).unwrap_or_default();
        Failure::Request(format!(
            "there is no request `{name}` in the catalogue: {meant}`standin requests ls` lists them"
        ))
    })
}
