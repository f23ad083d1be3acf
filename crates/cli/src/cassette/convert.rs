//! `standin cassette convert`.

use super::files::{self, Existing};
use crate::failure::Failure;
use crate::terminal::{WARN, json, line, note, raw, styled};
use clap::{Args, ValueEnum};
use serde_json::json;
use standin::cassette::Format;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin cassette convert chat.yaml --to vcrpy --output vcrpy/chat.yaml
  standin cassette convert chat.yaml --to go-vcr > go/chat.yaml

What the format cannot hold is listed on standard error; with --strict, it is exit code 1 and
nothing is written.")]
pub(super) struct ConvertArgs {
    /// The cassette, of either format.
    path: PathBuf,
    /// The format to write.
    #[arg(long, value_enum)]
    to: Target,
    /// The file to write, instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace the output file where it is there already.
    #[arg(long)]
    force: bool,
    /// Write nothing when something would be lost.
    #[arg(long)]
    strict: bool,
    /// List what is lost as JSON on standard output; the cassette goes to --output.
    #[arg(long, requires = "output")]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Target {
    GoVcr,
    Vcrpy,
}

pub(super) fn run(args: &ConvertArgs) -> Result<ExitCode, Failure> {
    let format = match args.to {
        Target::GoVcr => Format::GoVcr,
        Target::Vcrpy => Format::Vcrpy,
    };
    let cassette = files::read(&args.path)?;
    let losses = cassette.losses(format);
    let written = !args.strict || losses.is_empty();
    if written {
        let text = cassette.render(format);
        match &args.output {
            Some(path) => files::save(path, &text, Existing::of(args.force))?,
            None => raw(&text)?,
        }
    }
    if args.json {
        let rows: Vec<_> = losses
            .iter()
            .map(|loss| json!({"interaction": loss.interaction, "field": loss.field, "reason": loss.reason}))
            .collect();
        json(&json!({"format": format.name(), "written": written, "lost": rows}))?;
    } else {
        for loss in &losses {
            note(&format!(
                "{} interaction {} {}: {}",
                styled(WARN, "lost:"),
                loss.interaction,
                loss.field,
                loss.reason
            ));
        }
        if let Some(path) = args.output.as_deref().filter(|_| written) {
            line(&path.display().to_string())?;
        }
    }
    Ok(if written { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
