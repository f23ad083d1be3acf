//! The configuration file: the flags by the same names, and the tables that have none.

use super::recording::Upstream;
use super::rules::ForCassettes;
use super::scrub::Scrub;
use crate::failure::Failure;
use serde::Deserialize;
use standin::jobs::VirtualKey;
use standin::matching::NormaliserRules;
use standin::{FaultRule, LimitRule};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct File {
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) cassettes: Option<PathBuf>,
    pub(super) cassette_prefix: Option<String>,
    pub(super) load: Option<String>,
    pub(super) mocks: Vec<PathBuf>,
    pub(super) simulate: Option<bool>,
    pub(super) lenient: Option<bool>,
    pub(super) record: Option<String>,
    pub(super) policy: Option<String>,
    pub(super) pace: Option<String>,
    pub(super) seed: Option<u64>,
    pub(super) startup_delay: Option<String>,
    pub(super) faults: Vec<FaultRule>,
    pub(super) limits: Vec<LimitRule>,
    pub(super) match_on: Option<Vec<String>>,
    pub(super) workers: Option<usize>,
    pub(super) max_body: Option<usize>,
    pub(super) max_connections: Option<usize>,
    pub(super) journal: Option<usize>,
    pub(super) control_token: Option<String>,
    pub(super) log: Option<String>,
    pub(super) upstreams: Vec<Upstream>,
    pub(super) upstream_auth: Option<String>,
    pub(super) cassette_format: Option<String>,
    pub(super) max_recording: Option<usize>,
    pub(super) statuses: Option<String>,
    pub(super) max_interactions: Option<usize>,
    pub(super) outcome_gate: Option<bool>,
    pub(super) key_fingerprint: Option<bool>,
    pub(super) expiry: Option<String>,
    pub(super) jobs: Option<String>,
    pub(super) webhook_secret: Option<Vec<String>>,
    pub(super) webhook: Option<String>,
    pub(super) webhook_allow_private: Option<bool>,
    pub(super) webhook_retries: Option<String>,
    pub(super) webhook_endpoints: BTreeMap<String, String>,
    pub(super) virtual_keys: Vec<VirtualKey>,
    pub(super) jobs_on_restart: Option<String>,
    pub(super) jobs_without_key: Option<String>,
    pub(super) job_queue: Option<usize>,
    pub(super) job_workers: Option<usize>,
    pub(super) job_attempts: Option<u32>,
    pub(super) job_backoff: Option<String>,
    pub(super) job_timeout: Option<String>,
    pub(super) job_result_ttl: Option<String>,
    pub(super) job_max_result_ttl: Option<String>,
    pub(super) job_lease: Option<String>,
    pub(super) job_executions: Option<u32>,
    pub(super) unprefixed_models: Option<bool>,
    pub(super) custom_providers: Option<Vec<String>>,
    pub(super) job_status_words: Option<String>,
    pub(super) job_failed_as: Option<String>,
    pub(super) job_reasons: Option<bool>,
    pub(super) opt_out: Vec<String>,
    pub(super) never_record: Vec<String>,
    pub(super) disable_cassettes: Option<bool>,
    pub(super) normalise: Option<NormaliserRules>,
    pub(super) scrub: Scrub,
    pub(super) cassette: Vec<ForCassettes>,
}

pub(super) fn read(path: &Path) -> Result<File, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| {
        let table = text.contains("[[cassettes]]").then(|| "did you mean `[[cassette]]`?\n".to_owned());
        // The right key is worth more than the list of all.
        let told = match suggestion(error.message()) {
            Some(hint) => error.to_string().replace(error.message(), &hint),
            None => format!("{error}{}", table.unwrap_or_default()),
        };
        Failure::Config(format!("{}: {told}", path.display()))
    })
}

/// The known name that comes closest to an unknown one, where one does, from serde's "unknown field `x`, expected
/// one of `a`, `b`".
fn suggestion(message: &str) -> Option<String> {
    let mut quoted = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let unknown = quoted.next()?;
    quoted
        .map(|known| (strsim::damerau_levenshtein(unknown, known), known))
        .min()
        .filter(|(distance, _)| *distance <= 3)
        .map(|(_, known)| format!("unknown key `{unknown}`: did you mean `{known}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_refused_with_the_right_one() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("standin.toml");
        for (text, line, right) in [
            ("port = 1\nmax_body = 5\n", "line 2", "max-body"),
            ("[normalise]\nuids = true\n", "line 2", "uuids"),
            ("[[cassette]]\nnane = 'x'\n", "line 2", "name"),
            ("[scrub]\npattern = ['x']\n", "line 2", "patterns"),
            ("[[cassettes]]\nname = 'x'\n", "line 1", "[[cassette]]"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(line), "{error}");
            assert!(error.trim_end().ends_with(&format!("did you mean `{right}`?")), "{error}");
            assert!(!error.contains("expected one of"), "{error}");
        }
    }
}
