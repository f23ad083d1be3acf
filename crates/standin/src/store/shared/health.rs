//! How a shelf does.

use serde::Serialize;
use serde_json::{Value, json};

/// How the place of shared cassettes has done since the start.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Reads that failed, corrupt values among them: each was a miss.
    pub load_failures: u64,
    /// Writes that failed: what was recorded is not there.
    pub save_failures: u64,
    /// Values that are no cassettes.
    pub corrupt: u64,
    /// The latest failure.
    pub last_error: Option<String>,
    /// How full it is, where it has a limit and tells.
    pub capacity: Option<Capacity>,
}

/// How much of its memory a place of cassettes has used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Capacity {
    /// Bytes in use.
    pub used: u64,
    /// The most that there may be.
    pub limit: u64,
}

/// From here on, in per cent, a place is nearly full.
const HIGH_WATER: f64 = 85.0;
const MEBIBYTE: f64 = 1024.0 * 1024.0;

// === impl Health ===

impl Health {
    /// What may be told to anybody: counts, without the words of an error.
    pub(crate) fn counts(&self) -> Value {
        let capacity = self.capacity.map(|capacity| {
            json!({
                "used_bytes": capacity.used,
                "limit_bytes": capacity.limit,
                "used_percent": (capacity.percent() * 10.0).round() / 10.0,
                "near_limit": capacity.is_near_limit(),
            })
        });
        json!({
            "load_failures": self.load_failures,
            "save_failures": self.save_failures,
            "corrupt": self.corrupt,
            "capacity": capacity,
        })
    }

    /// Names, meanings and values of what is measured.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let capacity = self.capacity.map(|capacity| {
            [
                ("standin_shared_used_bytes", "Memory in use where cassettes are shared", capacity.used),
                ("standin_shared_limit_bytes", "Memory that there may be in use there", capacity.limit),
            ]
        });
        [
            ("standin_shared_load_failures", "Shared cassettes that could not be read", self.load_failures),
            (
                "standin_shared_save_failures",
                "Shared cassettes that could not be written",
                self.save_failures,
            ),
            ("standin_shared_corrupt", "Shared values that are no cassettes", self.corrupt),
        ]
        .into_iter()
        .chain(capacity.into_iter().flatten())
    }

    /// What the end of a run says of it; nothing where all was well.
    #[must_use]
    pub fn banner(&self) -> Option<String> {
        let near = self.capacity.filter(Capacity::is_near_limit);
        let mut lines = Vec::new();
        if self.load_failures + self.save_failures > 0 {
            lines.push("VCR CASSETTE CACHE DEGRADED".to_owned());
            lines.push(format!(
                "  {} load failures ({} corrupt), {} save failures",
                self.load_failures, self.corrupt, self.save_failures
            ));
            lines.extend(self.last_error.as_ref().map(|error| format!("  last error: {error}")));
        } else if near.is_some() {
            lines.push("VCR CASSETTE CACHE NEAR CAPACITY".to_owned());
        }
        if !lines.is_empty() {
            lines.extend(self.capacity.map(|capacity| format!("  {}", capacity.line())));
        }
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

// === impl Capacity ===

impl Capacity {
    /// The part in use, in per cent.
    #[must_use]
    pub fn percent(&self) -> f64 {
        self.used as f64 * 100.0 / self.limit.max(1) as f64
    }

    /// Whether 85 % or more are in use.
    #[must_use]
    pub fn is_near_limit(&self) -> bool {
        self.percent() >= HIGH_WATER
    }

    /// The numbers as a line.
    #[must_use]
    pub fn line(&self) -> String {
        let mebibytes = |bytes: u64| bytes as f64 / MEBIBYTE;
        format!(
            "Cassette Redis usage: {:.1} MiB / {:.1} MiB ({:.1}% of maxmemory)",
            mebibytes(self.used),
            mebibytes(self.limit),
            self.percent()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn a_healthy_place_is_silent() {
        assert_eq!(Health::default().banner(), None);
        let roomy = Capacity { used: 84 * MIB, limit: 100 * MIB };
        assert_eq!(Health { capacity: Some(roomy), ..Health::default() }.banner(), None);
    }

    #[test]
    fn a_full_place_says_so_from_85_per_cent_on() {
        let full = Capacity { used: 85 * MIB, limit: 100 * MIB };
        assert_eq!(
            Health { capacity: Some(full), ..Health::default() }.banner().unwrap(),
            "VCR CASSETTE CACHE NEAR CAPACITY\n  Cassette Redis usage: 85.0 MiB / 100.0 MiB (85.0% of maxmemory)"
        );
        assert!(!Capacity { used: 849, limit: 1000 }.is_near_limit());
    }

    #[test]
    fn failures_are_counted_with_the_last() {
        let health = Health {
            load_failures: 2,
            save_failures: 1,
            corrupt: 1,
            last_error: Some("refused".to_owned()),
            capacity: None,
        };
        assert_eq!(
            health.banner().unwrap(),
            "VCR CASSETTE CACHE DEGRADED\n  2 load failures (1 corrupt), 1 save failures\n  last error: refused"
        );
    }
}
