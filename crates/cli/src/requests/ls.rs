//! `standin requests ls`.

use crate::failure::Failure;
use crate::terminal::{FAINT, json, line, styled};
use clap::Args;
use serde_json::{Value, json};
use standin::catalogue;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  standin requests ls\n\nThe number is the status of a provider's answer.")]
pub(super) struct LsArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &LsArgs) -> Result<ExitCode, Failure> {
    let requests = catalogue::all();
    if args.json {
        let rows: Vec<Value> = requests
            .iter()
            .map(|one| {
                json!({
                    "name": one.name, "method": one.method, "path": one.path, "status": one.status, "shows": one.shows,
                })
            })
            .collect();
        json(&rows)?;
        return Ok(ExitCode::SUCCESS);
    }
    let endpoint = |path: &'static str| path.split('?').next().unwrap_or(path);
    let name_width = requests.iter().map(|one| one.name.len()).max().unwrap_or(0);
    let path_width = requests.iter().map(|one| endpoint(one.path).len()).max().unwrap_or(0);
    for one in requests {
        line(&format!(
            "{:name_width$}  {}  {:path_width$}  {}",
            one.name,
            one.status,
            endpoint(one.path),
            styled(FAINT, one.shows)
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
