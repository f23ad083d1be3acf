//! `standin requests show`.

use super::{BASE_URL, find};
use crate::failure::Failure;
use crate::terminal::raw;
use clap::Args;
use standin::catalogue::{self, Content, Request};
use std::io::Write;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin requests show chat-basic             a curl command
  standin requests show chat-basic --json      name, path, headers and body, as data
  standin requests show chat-basic --body      the body alone, as it is sent")]
pub(super) struct ShowArgs {
    /// The request's name.
    name: String,
    /// The server that the command is for; an SDK's base URL does as well.
    #[arg(long, env = "STANDIN_URL", value_name = "URL", default_value = BASE_URL)]
    base_url: String,
    /// Print the data of the request.
    #[arg(long)]
    json: bool,
    /// Print the bytes of the body.
    #[arg(long, conflicts_with = "json")]
    body: bool,
}

pub(super) fn run(args: &ShowArgs) -> Result<ExitCode, Failure> {
    let request = find(&args.name)?;
    if args.json {
        raw(catalogue::data(request.name).unwrap_or_default())?;
    } else if args.body {
        std::io::stdout().write_all(&request.body()).map_err(Failure::Output)?;
    } else {
        raw(&curl(request, &args.base_url)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The request as a command for a shell. A form's body, which is not text, comes from this very command.
fn curl(request: &Request, base_url: &str) -> Result<String, Failure> {
    let built = request.build(base_url).map_err(|error| Failure::Request(format!("{base_url}: {error}")))?;
    let mut lines = vec![format!("curl {}", quoted(&request.url(base_url)))];
    for (name, value) in built.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        lines.push(format!("-H {}", quoted(&format!("{name}: {value}"))));
    }
    let command = match &request.content {
        Content::Body(body) => {
            lines.push(format!("-d {}", quoted(&body.to_string())));
            lines.join(" \\\n  ")
        }
        Content::Form(_) => {
            lines.push("--data-binary @-".to_owned());
            format!("standin requests show {} --body | {}", request.name, lines.join(" \\\n  "))
        }
    };
    Ok(format!("{command}\n"))
}

/// One word to a shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
