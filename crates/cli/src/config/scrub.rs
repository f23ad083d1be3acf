//! `[scrub]`: what is secret beside what standin knows.

use super::file::read;
use crate::failure::Failure;
use clap::Args;
use serde::Deserialize;
use standin_core::scrub::{ScrubRules, Scrubber};
use std::path::PathBuf;

/// The configuration file of a command that only reads some of its rules.
#[derive(Debug, Args)]
pub(crate) struct ConfigFile {
    /// A TOML file; its table [scrub] adds rules.
    #[arg(long, env = "STANDIN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// `[scrub]`: what is secret beside what standin knows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Scrub {
    /// Whether a server scrubs what it records. The commands that scrub always do.
    enabled: bool,
    headers: Vec<String>,
    names: Vec<String>,
    pointers: Vec<String>,
    patterns: Vec<String>,
    keep: Vec<String>,
    request_headers: Vec<String>,
    request_names: Vec<String>,
}

// === impl ConfigFile ===

impl ConfigFile {
    /// The scrubber with the file's rules; the built-in ones without a file. Who asks for a command that
    /// scrubs has it, `enabled` or not.
    pub(crate) fn scrubber(&self) -> Result<Scrubber, Failure> {
        let file = self.config.as_deref().map(read).transpose()?.unwrap_or_default();
        scrubber(&Scrub { enabled: true, ..file.scrub })
    }
}

// === impl Scrub ===

impl Default for Scrub {
    fn default() -> Self {
        Scrub {
            enabled: true,
            headers: Vec::new(),
            names: Vec::new(),
            pointers: Vec::new(),
            patterns: Vec::new(),
            keep: Vec::new(),
            request_headers: Vec::new(),
            request_names: Vec::new(),
        }
    }
}

/// The built-in rules with those of the table; none where it says so.
pub(crate) fn scrubber(scrub: &Scrub) -> Result<Scrubber, Failure> {
    let rules = ScrubRules {
        headers: scrub.headers.clone(),
        names: scrub.names.clone(),
        pointers: scrub.pointers.clone(),
        patterns: scrub.patterns.clone(),
        keep: scrub.keep.clone(),
        request_headers: scrub.request_headers.clone(),
        request_names: scrub.request_names.clone(),
    };
    let scrubber = Scrubber::new(&rules).map_err(|error| Failure::Config(format!("[scrub]: {error}")))?;
    Ok(if scrub.enabled { scrubber } else { Scrubber::off() })
}
