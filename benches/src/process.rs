//! A server in a child process that ends with its owner.

use crate::Failure;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

/// Ticks of `/proc/PID/stat`: 100 a second in every Linux ABI.
const TICKS_PER_SECOND: f64 = 100.0;

// === impl Server ===

impl Server {
    /// Starts a server and waits for the line on its standard output that ends with its address. What it says
    /// on standard error goes to a file, and into the failure when it does not start.
    pub(crate) fn start(command: &mut Command, prefix: &str, log: &Path) -> Result<Self, Failure> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(log)?)
            .spawn()
            .map_err(|error| format!("cannot start {}: {error}", command.get_program().display()))?;
        let mut line = String::new();
        let read = match child.stdout.take() {
            Some(stdout) => BufReader::new(stdout).read_line(&mut line).map(|_| ()),
            None => Ok(()),
        };
        // From here on the guard ends the child, whatever fails.
        let mut server = Server { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        read?;
        match line.trim_end().strip_prefix(prefix).map(str::parse) {
            Some(Ok(address)) => server.address = address,
            _ => {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                return Err(format!("{} did not start: {line}{said}", command.get_program().display()).into());
            }
        }
        Ok(server)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resident memory, in megabytes.
    pub(crate) fn resident_mb(&self) -> Result<f64, Failure> {
        self.memory_mb("VmRSS:")
    }

    /// The most memory that was resident since the start, in megabytes.
    pub(crate) fn peak_mb(&self) -> Result<f64, Failure> {
        self.memory_mb("VmHWM:")
    }

    fn memory_mb(&self, field: &str) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kilobytes: f64 = status
            .lines()
            .find_map(|line| line.strip_prefix(field))
            .and_then(|rest| rest.trim().strip_suffix("kB"))
            .ok_or_else(|| format!("no {field} in /proc/PID/status"))?
            .trim()
            .parse()?;
        Ok(kilobytes / 1024.0)
    }

    /// Processor time spent so far, in seconds, by all threads together.
    pub(crate) fn cpu_seconds(&self) -> Result<f64, Failure> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name before the last parenthesis may hold spaces; user and system time are the 12th and 13th
        // fields after it.
        let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/PID/stat")?;
        let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
        Ok(ticks.sum::<Result<f64, _>>()? / TICKS_PER_SECOND)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
