//! `standin cassette convert`.

use super::files;
use crate::failure::Failure;
use crate::terminal::{WARN, json, line, note, raw, styled};
use clap::{Args, ValueEnum};
use serde_json::json;
use standin::cassette::Format;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin cassette convert chat.yaml --to vcrpy --output vcrpy/chat.yaml
  standin cassette convert chat.yaml --to go-vcr > go/chat.yaml

What the format cannot hold is listed on standard error; with --strict, it is exit code 1 and nothing is
written.")]
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
            Some(path) => save(path, &text, args.force)?,
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

/// Writes beside the file and renames, so that no reader sees half of it.
fn save(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let failed = |source| Failure::Write { path: path.to_owned(), source };
    if !force && path.exists() {
        return Err(Failure::Exists(path.to_owned()));
    }
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".standin-");
    // A temporary file is its owner's alone; a cassette is everybody's that the umask allows.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(dir).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
