//! `standin cassette flush`.

use crate::config::shared;
use crate::failure::Failure;
use crate::terminal::{json, line, note, progress};
use clap::Args;
use serde::Serialize;
use std::io::IsTerminal;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin cassette flush --cassettes redis://cache:6379/0
  standin cassette flush --cassettes redis://cache:6379/0 --cassette-prefix litellm:vcr:cassette: --yes

Deletes the keys that begin with the prefix, and no others. The next run records anew.")]
pub(super) struct FlushArgs {
    /// The Redis that keeps the cassettes.
    #[arg(long, env = "STANDIN_CASSETTES", hide_env_values = true, value_name = "redis://...")]
    cassettes: String,
    /// What the keys begin with [default: standin:cassette:].
    #[arg(long, visible_alias = "prefix", env = "STANDIN_CASSETTE_PREFIX", value_name = "PREFIX")]
    cassette_prefix: Option<String>,
    /// Delete without asking.
    #[arg(long, short)]
    yes: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What was deleted.
#[derive(Debug, Serialize)]
struct Row<'a> {
    deleted: u64,
    prefix: &'a str,
    address: String,
}

pub(super) fn run(args: &FlushArgs) -> Result<ExitCode, Failure> {
    let place = shared(&args.cassettes, args.cassette_prefix.as_deref())?;
    let prefix = place.prefix();
    if !args.yes && !confirmed(&format!("Delete every key under '{prefix}' in {place}?"))? {
        note("nothing deleted");
        return Ok(ExitCode::from(1));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::Signals)?;
    let bar = progress(0, "deleting");
    let flushed = runtime.block_on(place.flush(|so_far| {
        bar.set_length(so_far.total);
        bar.set_position(so_far.scanned);
    }));
    bar.finish_and_clear();
    let flushed = flushed.map_err(|trouble| Failure::Config(format!("{place}: {trouble}")))?;
    if args.json {
        json(&Row { deleted: flushed.deleted, prefix, address: place.to_string() })?;
    } else {
        line(&format!("Deleted {} VCR cassette key(s) under '{prefix}'", flushed.deleted))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks on a terminal. Where nobody can answer, the flag has to say it.
fn confirmed(question: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure::Config(format!("{question} There is nobody to ask: add --yes")));
    }
    note(&format!("{question} [y/N]"));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(Failure::Signals)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
