//! `standin run`: one command with a server, a session and a cassette of its own.

mod child;
mod summary;

use crate::config::{Defaults, Folder, ServerArgs, Settings};
use crate::failure::Failure;
use crate::serve::start_log;
use crate::terminal::note;
use child::Ended;
use clap::{Args, ValueEnum};
use standin::{Gate, Keep, Report, SessionOptions, TestOutcome};
use standin_core::shown_text;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use summary::Summary;

/// Flags of `run`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  standin run -- pytest tests
  standin run --cassette agents/weather -- node agent.mjs
  standin run --record none --fail-on miss,unplayed -- go test ./...

The command finds the addresses of standin and worthless keys in OPENAI_BASE_URL, OPENAI_API_KEY,
ANTHROPIC_BASE_URL, ANTHROPIC_API_KEY, AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_KEY and their
aliases; the real keys stay with standin. The first run records what is asked, where the key is
set; the next one replays it. What was recorded is written when the command succeeds.

Its exit code is passed on: 128 and more for a signal, 127 and 126 when the command cannot be
started, 2 when standin cannot. --fail-on makes 3 out of a success.")]
pub(crate) struct RunArgs {
    /// The cassette [default: made from the words of the command].
    #[arg(long, env = "STANDIN_CASSETTE", value_name = "NAME")]
    cassette: Option<String>,
    /// What makes 3 out of the exit code 0: miss (a call that was refused, not stored or not saved) and unplayed (a
    /// recording that no call asked for).
    #[arg(long, value_enum, value_delimiter = ',', value_name = "WHAT")]
    fail_on: Vec<FailOn>,
    /// Write the verdict as JSON to this file.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    #[command(flatten)]
    server: ServerArgs,
    /// The command and its arguments.
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Miss,
    Unplayed,
}

/// What --fail-on makes out of a success.
const FAILED_ON: u8 = 3;
/// How long answers in progress may take when the command has ended.
const PATIENCE: Duration = Duration::from_secs(5);
/// A name is a file's, and has to be read by people.
const LONGEST_NAME: usize = 60;

pub(crate) fn run(args: RunArgs) -> Result<ExitCode, Failure> {
    let folder = PathBuf::from("cassettes");
    let folder = match args.cassette {
        Some(_) => Folder::Always(folder),
        None => Folder::WithoutMocks(folder),
    };
    let settings = args.server.resolve(Defaults { port: 0, folder })?;
    let Settings { builder, cassettes, mode, keep, log, withheld, .. } = settings;
    start_log(&log)?;
    // Without a folder there are mocks alone.
    let cassette = cassettes.as_ref().map(|_| args.cassette.unwrap_or_else(|| name_of(&args.command)));
    let server = builder.start_blocking()?;
    // A run that failed must not leave half of what it would have recorded.
    let keep = Keep { gate: Gate::Outcome, ..keep };
    let options = SessionOptions { record: Some(mode), keep: Some(keep), ..SessionOptions::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::Signals)?;
    let session = runtime
        .block_on(server.session(cassette.as_deref(), options))
        .map_err(|error| Failure::Config(error.to_string()))?;
    for warning in server.warnings() {
        note(&warning);
    }
    let environment = session.environment();
    let (ended, mut signals) =
        runtime.block_on(child::run(&args.command, session.url(), &environment, &withheld))?;
    let outcome = if ended.is_success() { TestOutcome::Passed } else { TestOutcome::Failed };
    let report = runtime.block_on(async {
        tokio::select! {
            report = session.end(outcome) => report.map_err(|error| Failure::Config(format!("the verdict is lost: {error}"))),
            // The command is over: who asks again means standin.
            () = signals.any() => Err(Failure::Config("interrupted while recordings were being stored".to_owned())),
        }
    })?;
    let health = server.finish(PATIENCE);

    let struck = args.fail_on.iter().any(|what| what.strikes(&report));
    let code = if ended.is_success() && struck { FAILED_ON } else { ended.code() };
    let place = cassettes.map(|place| place.to_string());
    let cassette = cassette.as_deref().zip(place.as_deref());
    let summary = Summary { cassette, mode, report: &report, ended, code };
    // Of a command that never ran there is nothing to tell.
    if ended.has_run() {
        summary.print();
    }
    health.and_then(|health| health.banner()).iter().for_each(|banner| note(banner));
    if let Some(path) = &args.report {
        summary.write(path)?;
    }
    Ok(ExitCode::from(code))
}

/// `npm-run-test` for `npm run test`. What follows a flag may be anything, a password too, and is told apart
/// by a hash alone: `python-1f2e3d4c` for `python -c ...`.
fn name_of(command: &[OsString]) -> String {
    let words: Vec<String> =
        command.iter().map(|word| shown_text(&word.to_string_lossy()).into_owned()).collect();
    let plain = |word: &&String| {
        let known = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '\\' | ':');
        !word.starts_with('-') && word.chars().all(known)
    };
    let kept: Vec<&String> = words.iter().take_while(plain).collect();
    let mut joined = String::new();
    for (at, word) in kept.iter().enumerate() {
        let word = if at == 0 { word.rsplit(['/', '\\']).next().unwrap_or_default() } else { word };
        for c in std::iter::once('-').chain(word.trim_start_matches("./").chars()) {
            let c = if c.is_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
            if !(c == '-' && joined.ends_with('-')) {
                joined.push(c);
            }
        }
    }
    let name: String = joined.trim_matches(['-', '.']).chars().take(LONGEST_NAME).collect();
    let whole = kept.len() == words.len() && joined.trim_matches(['-', '.']) == name;
    match (name.is_empty(), whole) {
        (false, true) => name,
        (true, true) => "run".to_owned(),
        (empty, false) => {
            let hash = blake3::hash(words.join("\n").as_bytes()).to_hex();
            format!("{}-{}", if empty { "run" } else { &name }, &hash[..8])
        }
    }
}

// === impl FailOn ===

impl FailOn {
    fn strikes(self, report: &Report) -> bool {
        match self {
            // What was recorded and not saved will be missing the next time.
            FailOn::Miss => report.missed + report.dropped > 0 || (report.recorded > 0 && !report.saved),
            FailOn::Unplayed => !report.unplayed.is_empty(),
        }
    }
}

// === impl Ended ===

impl Ended {
    fn is_success(self) -> bool {
        self.code() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cassette_is_named_after_its_command() {
        let name = |words: &[&str]| name_of(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(name(&["npm", "run", "test"]), "npm-run-test");
        assert_eq!(name(&["/usr/bin/python3", "./app.py"]), "python3-app.py");
        assert_eq!(name(&["../.."]), "run");
        for (words, start) in [
            (&["curl", "-H", "Authorization: Bearer sk-0123456789abcdefghijkl"][..], "curl-"),
            (&["sh", "-c", "KEY=hunter2 ./deploy"], "sh-"),
            (&["env", "KEY=hunter2", "./deploy"], "env-"),
            (&["x".repeat(500).as_str()], "xxx"),
        ] {
            let name = name(words);
            assert!(name.starts_with(start), "{name}");
            assert!(!name.contains("hunter") && !name.contains("0123"), "{name}");
            let (_, hash) = name.rsplit_once('-').unwrap();
            assert_eq!(hash.len(), 8, "{name}");
        }
        assert_ne!(name(&["sh", "-c", "a"]), name(&["sh", "-c", "b"]));
    }
}
