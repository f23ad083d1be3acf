//! The program under test: built here, so that what is measured is what the checkout says.

use crate::process::Server;
use crate::{Bench, Failure};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What standin says goes to this file of the scratch folder.
pub(crate) const LOG: &str = "standin.log";

/// Builds `standin` in release mode and says where it is.
pub(crate) fn build() -> Result<PathBuf, Failure> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into());
    let output = Command::new(cargo)
        .args(["build", "--release", "-p", "standin-cli", "--message-format=json-render-diagnostics"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err("standin cannot be built; see above".into());
    }
    // Cargo knows where its target folder is; CARGO_TARGET_DIR is only one of the ways to choose it.
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "standin")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| "cargo built standin, but did not say where".into())
}

/// `standin serve` on a free port, with nothing from the environment.
pub(crate) fn serve(bench: &Bench, cassettes: Option<&Path>, pace: &str) -> Result<Server, Failure> {
    let mut command = command(bench, "none");
    command.args(["--pace", pace]);
    if let Some(dir) = cassettes {
        command.arg("--cassettes").arg(dir);
    }
    start(bench, &mut command)
}

/// The same, but it answers from a file of mocks.
pub(crate) fn mock(bench: &Bench, mocks: &Path, pace: &str) -> Result<Server, Failure> {
    let mut command = command(bench, "none");
    command.args(["--pace", pace]).arg("--mocks").arg(mocks);
    start(bench, &mut command)
}

/// The same, and it keeps its jobs in a file or in `memory`, as many as there are.
pub(crate) fn jobs(bench: &Bench, mocks: &Path, kept: &Path) -> Result<Server, Failure> {
    let mut command = command(bench, "none");
    command.args(["--pace", "none", "--job-queue", "100000000"]).arg("--mocks").arg(mocks);
    command.arg("--jobs").arg(kept);
    start(bench, &mut command)
}

/// The same, but it records every call into a folder, from the provider at an address.
pub(crate) fn record(
    bench: &Bench,
    cassettes: &Path,
    upstream: SocketAddr,
    more: &[&str],
) -> Result<Server, Failure> {
    let mut command = command(bench, "all");
    command.arg("--cassettes").arg(cassettes).args(more);
    command.env("OPENAI_API_KEY", "sk-bench-0123456789abcdef");
    command.env("OPENAI_BASE_URL", format!("http://{upstream}/v1"));
    start(bench, &mut command)
}

fn command(bench: &Bench, mode: &str) -> Command {
    let mut command = Command::new(&bench.program);
    command.args(["serve", "--port", "0", "--record", mode]);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STANDIN_") {
            command.env_remove(name);
        }
    }
    command
}

fn start(bench: &Bench, command: &mut Command) -> Result<Server, Failure> {
    Server::start(command, "standin listening on http://", &bench.scratch.join(LOG))
}
