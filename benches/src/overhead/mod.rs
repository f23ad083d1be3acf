//! What recording costs the one who waits: the same calls to a provider directly and through a standin that
//! records every one of them.
//!
//! Calls a second are not measured: every recording is a file written and synced, so that they would be a
//! figure of the disk.

mod client;
mod latency;
mod volume;

use crate::bare::{LISTENING, Order};
use crate::exchange::Request;
use crate::process::Server;
use crate::report::Row;
use crate::{Bench, Failure, standin};
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bare", "upstream"]);
    let upstream = Server::start(&mut command, LISTENING, &bench.scratch.join("upstream.log"))?;
    let mut rows = latency::measure(bench, upstream.address())?;
    rows.extend(volume::measure(bench, upstream.address())?);
    Ok(rows)
}

/// A call that orders something, for the cassette of a name.
fn call(order: Order, cassette: &str) -> Request {
    let body = json!({
        "model": "gpt-5-nano",
        "messages": [{"role": "user", "content": "What does recording cost?"}],
        "stream": order.events > 0,
        "bench": order,
    });
    Request::chat(body.to_string()).header("x-cassette-name", cassette)
}

/// A standin that records.
#[derive(Debug)]
struct Recorder {
    server: Server,
    /// A folder of its own: what is there already costs memory.
    dir: TempDir,
    log: PathBuf,
}

/// How long a recording may take to be stored.
const PATIENCE: Duration = Duration::from_secs(60);

// === impl Recorder ===

impl Recorder {
    fn start(bench: &Bench, upstream: SocketAddr, more: &[&str]) -> Result<Self, Failure> {
        let dir = tempfile::tempdir_in(&bench.scratch)?;
        let server = standin::record(bench, dir.path(), upstream, more)?;
        Ok(Recorder { server, dir, log: bench.scratch.join(standin::LOG) })
    }

    fn path(&self, cassette: &str) -> PathBuf {
        self.dir.path().join(format!("{cassette}.yaml"))
    }

    /// Waits until a cassette is on disk. It is renamed to its place, so what is there is whole.
    fn on_disk(&self, cassette: &str) -> Result<Duration, Failure> {
        let path = self.path(cassette);
        self.wait(Duration::from_micros(500), || Ok(path.exists()))
    }

    /// Waits until standin counts this many recordings with this result.
    fn counted(&self, result: &str, recordings: u64) -> Result<Duration, Failure> {
        let line = format!("standin_recordings_total{{result=\"{result}\"}} {recordings}");
        self.wait(Duration::from_millis(5), || {
            let answer = Request::get(self.server.address(), "/metrics")?;
            Ok(answer.frames.concat().lines().any(|other| other == line))
        })
    }

    fn wait(
        &self,
        between: Duration,
        mut there: impl FnMut() -> Result<bool, Failure>,
    ) -> Result<Duration, Failure> {
        let started = Instant::now();
        while !there()? {
            if started.elapsed() > PATIENCE {
                let said = std::fs::read_to_string(&self.log).unwrap_or_default();
                return Err(format!("nothing was recorded: {said}").into());
            }
            std::thread::sleep(between);
        }
        Ok(started.elapsed())
    }
}
