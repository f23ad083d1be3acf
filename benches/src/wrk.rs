//! The load: wrk, one thread and 64 connections, for every server alike.

use crate::Failure;
use crate::process::Server;
use std::path::Path;
use std::process::Command;

/// What a run of load came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) per_second: f64,
    /// Microseconds of the server's processor time for a request.
    pub(crate) cpu_us: f64,
    /// Microseconds to the answer, at the 99th percentile.
    pub(crate) p99_us: f64,
}

const CONNECTIONS: &str = "-c64";
/// Marks the line that [`REPORT`] prints.
const MARK: &str = "standin-bench:";
/// Appended to every script: wrk's own report is rounded and made for people.
pub(crate) const REPORT: &str = "
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('standin-bench: %d %d %d %d\\n', summary.requests, summary.duration,
    e.connect + e.read + e.write + e.timeout + e.status, latency:percentile(99)))
end
";

/// Fails with what to do where wrk is missing.
pub(crate) fn require() -> Result<(), Failure> {
    match Command::new("wrk").arg("--version").output() {
        Ok(_) => Ok(()),
        Err(_) => Err("wrk is missing; install it with: apt-get install -y wrk".into()),
    }
}

/// Loads a server with a script for some seconds. Any answer but a good one is a failure.
pub(crate) fn load(server: &Server, script: &Path, seconds: u32) -> Result<Load, Failure> {
    let before = server.cpu_seconds()?;
    let output = Command::new("wrk")
        .args(["-t1", CONNECTIONS, &format!("-d{seconds}s"), "-s"])
        .arg(script)
        .arg(format!("http://{}", server.address()))
        .output()?;
    let cpu = server.cpu_seconds()? - before;
    let text = String::from_utf8_lossy(&output.stdout);
    let figures = text
        .lines()
        .find_map(|line| line.strip_prefix(MARK))
        .map(|line| line.split_whitespace().map(str::parse::<f64>).collect::<Result<Vec<_>, _>>())
        .transpose()?;
    match figures.as_deref() {
        Some(&[requests, micros, 0.0, p99_us]) if requests > 0.0 => {
            Ok(Load { per_second: requests / (micros / 1e6), cpu_us: cpu * 1e6 / requests, p99_us })
        }
        _ => Err(format!("wrk failed: {text}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
