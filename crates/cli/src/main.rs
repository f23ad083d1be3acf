//! The command `standin`: a thin shell over the library.

mod cassette;
mod config;
mod environment;
mod failure;
mod mocks;
mod requests;
mod run;
mod serve;
mod terminal;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::process::ExitCode;

/// Small allocations on many threads are what a server makes; the binary may choose for itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Stands in for LLM provider APIs in tests: answers from mocks, records and replays traffic, on a real port.
#[derive(Debug, Parser)]
#[command(
    name = "standin",
    version,
    arg_required_else_help = true,
    after_help = "Examples:\n  standin run -- python app.py\n  standin serve --mocks mocks.yaml\n  standin serve --cassettes tests/cassettes\n  OPENAI_BASE_URL=http://127.0.0.1:8080/v1 OPENAI_API_KEY=none python app.py"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve mocks and cassettes over HTTP.
    Serve(Box<config::ServeArgs>),
    /// Run a command with a server of its own: record what it asks, replay it the next time.
    Run(Box<run::RunArgs>),
    /// List, show, check, convert and compare cassettes.
    Cassette(cassette::CassetteArgs),
    /// Check mocks, and explain which of them answers a request.
    Mocks(mocks::MocksArgs),
    /// List, show and send the catalogue's requests.
    Requests(requests::RequestsArgs),
}

fn main() -> ExitCode {
    match answered() {
        Ok(code) => code,
        Err(failure) => {
            terminal::error(&failure.to_string());
            ExitCode::from(2)
        }
    }
}

fn answered() -> Result<ExitCode, failure::Failure> {
    let mut line = environment::fitted(Cli::command());
    let matches = line.get_matches_mut();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut line).exit());
    for told in environment::check(&line, &matches)? {
        terminal::note(&told);
    }
    match cli.command {
        Command::Serve(args) => serve::run(*args),
        Command::Run(args) => run::run(*args),
        Command::Cassette(args) => cassette::run(args),
        Command::Mocks(args) => mocks::run(args),
        Command::Requests(args) => requests::run(args),
    }
}
