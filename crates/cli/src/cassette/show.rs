//! `standin cassette show`.

use super::files;
use crate::failure::Failure;
use crate::terminal::{FAINT, json, line, styled};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::{Value, json};
use standin::cassette::{Chunk, Interaction};
use standin_core::{Headers, shown};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin cassette show tests/cassettes/chat.yaml        all interactions, a line each
  standin cassette show tests/cassettes/chat.yaml 0      the first one, whole")]
pub(super) struct ShowArgs {
    /// The cassette.
    path: PathBuf,
    /// The interaction to show whole, counted from 0.
    index: Option<usize>,
    /// Print JSON, with bodies that are not UTF-8 as base64.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ShowArgs) -> Result<ExitCode, Failure> {
    let cassette = files::read(&args.path)?;
    let count = cassette.interactions.len();
    let chosen: Vec<(usize, &Interaction)> = match args.index {
        None => cassette.interactions.iter().enumerate().collect(),
        Some(index) => match cassette.interactions.get(index) {
            Some(interaction) => vec![(index, interaction)],
            None => return Err(Failure::NoInteraction { path: args.path.clone(), index, count }),
        },
    };
    if args.json {
        let interactions: Vec<Value> = chosen.into_iter().map(|(at, one)| value(at, one)).collect();
        json(&json!({"format": cassette.format.name(), "interactions": interactions}))?;
    } else if args.index.is_some() {
        for (_, interaction) in chosen {
            whole(interaction)?;
        }
    } else {
        for (at, interaction) in chosen {
            let request = format!("{} {}", interaction.request.method, shown(&interaction.request.url));
            let size = format!("{} bytes, line {}", interaction.response.body.len(), interaction.line);
            line(&format!(
                "{at:>3}  {}  {}  {}",
                interaction.response.status,
                files::fit(&request, 90),
                styled(FAINT, &size)
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn value(at: usize, interaction: &Interaction) -> Value {
    let (request, response) = (&interaction.request, &interaction.response);
    let chunks = interaction.chunks.as_ref().map(|chunks| {
        let one = |chunk: &Chunk| json!({"at_ms": chunk.at.as_secs_f64() * 1000.0, "bytes": chunk.len});
        chunks.as_slice().iter().map(one).collect::<Vec<_>>()
    });
    json!({
        "interaction": at,
        "line": interaction.line,
        "request": {
            "method": request.method,
            "url": request.url,
            "headers": headers(&request.headers),
            "body": body(&request.body.bytes()),
        },
        "response": {
            "status": response.status,
            "reason": response.reason,
            "headers": headers(&response.headers),
            "body": body(&response.body),
        },
        "chunks": chunks,
    })
}

fn headers(headers: &Headers) -> Value {
    headers.iter().map(|(name, value)| json!([name, value])).collect()
}

fn body(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!({"text": text}),
        Err(_) => json!({"base64": STANDARD.encode(bytes)}),
    }
}

fn whole(interaction: &Interaction) -> Result<(), Failure> {
    let (request, response) = (&interaction.request, &interaction.response);
    line(&format!("{} {}", request.method, request.url))?;
    part(&request.headers, &request.body.bytes())?;
    line(&format!("{} {}", response.status, response.reason))?;
    part(&response.headers, &response.body)
}

fn part(headers: &Headers, body: &[u8]) -> Result<(), Failure> {
    for (name, value) in headers.iter() {
        line(&styled(FAINT, &format!("{name}: {value}")))?;
    }
    match std::str::from_utf8(body) {
        Ok("") => line(""),
        Ok(text) => line(&format!("\n{text}\n")),
        Err(_) => line(&format!("\n<{} bytes that are not text>\n", body.len())),
    }
}
