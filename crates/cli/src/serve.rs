//! `standin serve`.

use crate::config::{Cassettes, ServeArgs, Settings};
use crate::failure::Failure;
use crate::terminal::{line, note};
use standin::RecordMode;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

/// How long answers in progress may take when the server is told to stop.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) fn run(args: ServeArgs) -> Result<ExitCode, Failure> {
    let until = if args.stop_with_stdin { Until::SignalOrEnd } else { Until::Signal };
    let Settings { builder, cassettes, mocks, mode, pace, log, .. } = args.resolve()?;
    start_log(&log)?;
    let server = builder.start_blocking()?;
    // Who reads the line may send a signal at once.
    let signals = Signals::listen().map_err(Failure::Signals)?;
    line(&format!("standin listening on {}", server.url()))?;
    let counts = server.counts();
    if !mocks.is_empty() {
        let files: Vec<String> = mocks.iter().map(|file| file.display().to_string()).collect();
        note(&format!("{} mocks from {}; pace {pace}", counts.mocks, files.join(", ")));
    }
    match &cassettes {
        Some(Cassettes::Shared(_)) => {}
        Some(place) if counts.cassettes + counts.broken == 0 && mode == RecordMode::None => note(&format!(
            "no cassettes in {place}: every call will be refused until there is one. They end in .yaml or .yml",
        )),
        Some(place) => note(&format!(
            "{} cassettes with {} interactions from {place}; record mode {mode}; pace {pace}",
            counts.cassettes, counts.interactions,
        )),
        None if counts.mocks == 0 => {
            note(
                "no mocks and no cassettes: answers are made up, and the catalogue's cassettes answer by name. Start with --mocks FILE to write them, with --cassettes DIR to replay and record",
            );
        }
        None => {}
    }
    match &cassettes {
        Some(Cassettes::Folder(dir)) if counts.broken > 0 => note(&format!(
            "{} files cannot be read and are left out: `standin cassette lint {}` says why",
            counts.broken,
            dir.display()
        )),
        Some(place @ Cassettes::Shared(_)) => {
            note(&format!("cassettes in {place}; record mode {mode}; pace {pace}"));
        }
        _ => {}
    }
    for warning in server.warnings() {
        note(&warning);
    }
    if !server.address().ip().is_loopback() {
        note(&format!("control token: {}", server.control_token().unwrap_or_default()));
    }
    signals.wait(until).map_err(Failure::Signals)?;
    if let Some(health) = server.finish(PATIENCE) {
        health.banner().iter().for_each(|banner| note(banner));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn start_log(filter: &str) -> Result<(), Failure> {
    // One word that is no level would be taken for the name of a module, and silence everything else.
    let word = filter.chars().all(|c| c.is_ascii_alphanumeric());
    if word && filter.parse::<tracing::Level>().is_err() && filter != "off" {
        let message = format!("`{filter}` is not a log level: use off, error, warn, info, debug or trace");
        return Err(Failure::Config(message));
    }
    let filter = tracing_subscriber::EnvFilter::builder()
        .parse(filter)
        .map_err(|error| Failure::Config(format!("`{filter}` is not a log level or filter: {error}")))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    Ok(())
}

/// What ends the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    Signal,
    /// The end of standard input as well.
    SignalOrEnd,
}

/// The end of standard input; never, where it does not count.
async fn end_of_input(until: Until) {
    let (ended, end) = tokio::sync::oneshot::channel();
    match until {
        // A thread of its own: nobody waits for a read that never returns.
        Until::SignalOrEnd => drop(std::thread::spawn(move || {
            let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
            // Nobody listens any more where a signal came first.
            let _ = ended.send(());
        })),
        Until::Signal => std::future::pending().await,
    }
    let _ = end.await;
}

/// An interrupt, or what a supervisor sends. Told from here on, waited for later.
struct Signals {
    runtime: tokio::runtime::Runtime,
    #[cfg(unix)]
    streams: [tokio::signal::unix::Signal; 2],
}

// === impl Signals ===

impl Signals {
    fn listen() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        #[cfg(unix)]
        let streams = {
            use tokio::signal::unix::{SignalKind, signal};
            let _within = runtime.enter();
            [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?]
        };
        Ok(Signals {
            runtime,
            #[cfg(unix)]
            streams,
        })
    }

    #[cfg(unix)]
    fn wait(self, until: Until) -> std::io::Result<()> {
        let [mut terminated, mut interrupted] = self.streams;
        self.runtime.block_on(async {
            tokio::select! {
                _ = terminated.recv() => {}
                _ = interrupted.recv() => {}
                () = end_of_input(until) => {}
            }
        });
        Ok(())
    }

    #[cfg(not(unix))]
    fn wait(self, until: Until) -> std::io::Result<()> {
        self.runtime.block_on(async {
            tokio::select! {
                interrupted = tokio::signal::ctrl_c() => interrupted,
                () = end_of_input(until) => Ok(()),
            }
        })
    }
}
