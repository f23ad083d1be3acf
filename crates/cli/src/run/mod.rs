//! `standin run`: one command with a server, a session and a cassette of its own.

mod child;
mod summary;

use crate::config::{Defaults, ServerArgs, Settings};
use crate::failure::Failure;
use crate::serve::start_log;
use child::Ended;
use clap::{Args, ValueEnum};
use standin::{Gate, Keep, Report, SessionOptions, TestOutcome};
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
ANTHROPIC_BASE_URL, ANTHROPIC_API_KEY, AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_API_KEY and their aliases; the real
keys stay with standin. The first run records what is asked, where the key is set; the next one replays it.
What was recorded is written when the command succeeds.

Its exit code is passed on: 128 and more for a signal, 127 and 126 when the command cannot be started, 2 when
standin cannot. --fail-on makes 3 out of a success.")]
pub(crate) struct RunArgs {
    /// The cassette [default: made from the words of the command].
    #[arg(long, env = "STANDIN_CASSETTE", value_name = "NAME")]
    cassette: Option<String>,
    /// What makes 3 out of the exit code 0: miss (a call that was refused or not stored) and unplayed (a
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
    let settings = args.server.resolve(Defaults { port: 0, cassettes: Some(PathBuf::from("cassettes")) })?;
    let Settings { builder, cassettes, mode, keep, log, withheld, .. } = settings;
    start_log(&log)?;
    let cassette = args.cassette.unwrap_or_else(|| name_of(&args.command));
    let server = builder.start_blocking()?;
    // A run that failed must not leave half of what it would have recorded.
    let keep = Keep { gate: Gate::Outcome, ..keep };
    let options = SessionOptions { record: Some(mode), keep: Some(keep), ..SessionOptions::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::Signals)?;
    let session = runtime
        .block_on(server.session(&cassette, options))
        .map_err(|error| Failure::Config(error.to_string()))?;
    let ended =
        runtime.block_on(child::run(&args.command, session.url(), &session.environment(), &withheld))?;
    let outcome = if ended.is_success() { TestOutcome::Passed } else { TestOutcome::Failed };
    let report = runtime
        .block_on(session.end(outcome))
        .map_err(|error| Failure::Config(format!("the verdict is lost: {error}")))?;
    server.stop(PATIENCE);

    let missed = args.fail_on.iter().any(|what| what.strikes(&report));
    let code = if ended.is_success() && missed { FAILED_ON } else { ended.code() };
    let folder = cassettes.unwrap_or_default();
    let summary = Summary { cassette: &cassette, folder: &folder, mode, report: &report, ended, code };
    summary.print();
    if let Some(path) = &args.report {
        summary.write(path)?;
    }
    Ok(ExitCode::from(code))
}

/// `npm-run-test` for `npm run test`, `app.py` for `./app.py`.
fn name_of(command: &[OsString]) -> String {
    let mut words = command.iter().map(|word| word.to_string_lossy().trim_start_matches("./").to_owned());
    let program = words.next().unwrap_or_default();
    let program = program.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    let joined = std::iter::once(program).chain(words).collect::<Vec<_>>().join("-");
    let mut name = String::new();
    for c in joined.chars() {
        let kept = c.is_alphanumeric() || matches!(c, '.' | '_');
        if kept {
            name.push(c);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() { "run".to_owned() } else { name.to_owned() }
}

// === impl FailOn ===

impl FailOn {
    fn strikes(self, report: &Report) -> bool {
        match self {
            FailOn::Miss => report.missed + report.dropped > 0,
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
        assert_eq!(name(&["/usr/bin/python3", "./app.py", "--k=v"]), "python3-app.py-k-v");
        assert_eq!(name(&["sh", "-c", "a && b"]), "sh-c-a-b");
        assert_eq!(name(&["../.."]), "run");
        assert!(name(&["x".repeat(500).as_str()]).len() == LONGEST_NAME);
    }
}
