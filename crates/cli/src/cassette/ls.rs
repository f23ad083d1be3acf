//! `standin cassette ls`.

use super::files;
use crate::failure::Failure;
use crate::terminal::{BAD, FAINT, json, line, progress, styled};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  standin cassette ls tests/cassettes\n\nEnds with exit code 1 when a file cannot be read."
)]
pub(super) struct LsArgs {
    /// Cassettes, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &LsArgs) -> Result<ExitCode, Failure> {
    let paths = files::expand(&args.paths)?;
    let bar = progress(paths.len(), "reading");
    let mut rows: Vec<Value> = Vec::new();
    let mut broken = false;
    for path in &paths {
        rows.push(match files::read(path) {
            Ok(cassette) => {
                let streamed = cassette
                    .interactions
                    .iter()
                    .filter(|one| {
                        standin_core::stream::Framing::of(&one.response.headers, &one.response.body).is_some()
                    })
                    .count();
                json!({
                    "path": path,
                    "format": cassette.format.name(),
                    "interactions": cassette.interactions.len(),
                    "streamed": streamed,
                })
            }
            Err(error) => {
                broken = true;
                json!({"path": path, "error": error.to_string()})
            }
        });
        bar.inc(1);
    }
    bar.finish_and_clear();
    if args.json {
        json(&rows)?;
    } else {
        for row in &rows {
            let path = row["path"].as_str().unwrap_or_default();
            match row["error"].as_str() {
                Some(error) => line(&styled(BAD, error))?,
                None => line(&format!(
                    "{path}  {}",
                    styled(
                        FAINT,
                        &format!(
                            "{}, {} interactions, {} streamed",
                            row["format"].as_str().unwrap_or_default(),
                            row["interactions"],
                            row["streamed"]
                        )
                    )
                ))?,
            }
        }
    }
    Ok(if broken { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
