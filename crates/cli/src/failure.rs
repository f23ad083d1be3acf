//! What makes a command end with exit code 2.

use std::path::PathBuf;

/// A command that could not do its work. Findings and differences are not failures: they are exit code 1.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Config(String),
    #[error(transparent)]
    Start(#[from] standin::StartError),
    #[error("{0}")]
    Request(String),
    #[error("cannot wait for signals: {0}")]
    Signals(std::io::Error),
    #[error("cannot wait for the command: {0}")]
    Wait(std::io::Error),
    #[error("cannot read {}: {source}", .path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("there is no .yaml or .yml file in {}", .0.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", "))]
    NoCassettes(Vec<PathBuf>),
    #[error("cannot write {}: {source}", .path.display())]
    Write { path: PathBuf, source: std::io::Error },
    #[error("{}{}: {}", .path.display(), .error.line.map(|line| format!(":{line}")).unwrap_or_default(), .error.reason)]
    Cassette { path: PathBuf, error: standin::cassette::ReadError },
    #[error("{} has {count} interactions, counted from 0: there is no {index}", .path.display())]
    NoInteraction { path: PathBuf, index: usize, count: usize },
    #[error("{} is there already: choose another --output, or add --force", .0.display())]
    Exists(PathBuf),
    #[error("cannot write to standard output: {0}")]
    Output(std::io::Error),
}
