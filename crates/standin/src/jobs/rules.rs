//! How a server keeps and runs jobs.

use super::webhook::WebhookRules;
use standin_core::jobs::{DEFAULT_RESULT_TTL, MOST_RESULT_TTL};
use standin_providers::bifrost::{Manner, ModelRules};
#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::time::Duration;

/// Where jobs are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum JobsIn {
    /// In this process, as long as it lives.
    #[default]
    Memory,
    /// In an SQLite file, in a folder that is there. It is opened when the server starts, and made where there is
    /// none, so that a path which cannot be used is refused at once. What was accepted is finished after a restart.
    #[cfg(feature = "sqlite")]
    File(PathBuf),
    /// The same in a file that is made with the first job, and its folder too: nothing is left by a server that has
    /// no jobs.
    #[cfg(feature = "sqlite")]
    FileOnDemand(PathBuf),
    /// Nowhere: `/v1/async` is not there.
    Off,
}

/// What becomes of jobs that the end of a process interrupts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnRestart {
    /// They are run again, and end.
    #[default]
    Resume,
    /// They stay as they are for ever, as with the gateway that this API comes from.
    Abandon,
}

/// What becomes of jobs and batches without a virtual key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Anonymous {
    /// They are run, and everybody may ask for them.
    #[default]
    Run,
    /// They are accepted and fail with 401, as with the gateway that this API comes from.
    Fail,
    /// They are not accepted.
    Refuse,
}

/// Whether callers are told why there is no such job for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reasons {
    /// They are not: who is told, learns that there is one.
    #[default]
    Hidden,
    /// In the header field `x-standin-reason`, for who writes a client.
    Told,
}

/// How a server keeps and runs jobs. Everything has a default.
#[derive(Debug, Clone)]
pub struct JobRules {
    /// Where they are kept.
    pub kept: JobsIn,
    /// What becomes of those that are interrupted.
    pub on_restart: OnRestart,
    /// What becomes of those without a virtual key.
    pub anonymous: Anonymous,
    /// Whether callers are told why there is no such job for them.
    pub reasons: Reasons,
    /// For how long a result is kept, where its caller does not say.
    pub result_ttl: Duration,
    /// For how long at most.
    pub most_result_ttl: Duration,
    /// How many jobs may be pending; more are refused with 429.
    pub most_pending: usize,
    /// How many are run at once.
    pub workers: usize,
    /// How long a run may take; then it fails with 504.
    pub timeout: Duration,
    /// How many attempts are made where a run fails with 429 or 5xx and its caller does not say.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles with each further one, up to 30 s.
    pub backoff: Duration,
    /// How often a job is begun that is interrupted each time; then it fails.
    pub most_executions: u32,
    /// How long after its worker was last heard of a job is begun again.
    pub lease: Duration,
    /// Bytes of a result.
    pub largest_result: usize,
    /// How the ends of jobs are told; nobody is told where there is none.
    pub webhooks: Option<WebhookRules>,
    /// Which models are taken.
    pub models: ModelRules,
    /// How jobs are told at providers' own paths.
    pub manner: Manner,
}

// === impl JobRules ===

impl Default for JobRules {
    fn default() -> Self {
        JobRules {
            kept: JobsIn::default(),
            on_restart: OnRestart::default(),
            anonymous: Anonymous::default(),
            reasons: Reasons::default(),
            result_ttl: DEFAULT_RESULT_TTL,
            most_result_ttl: MOST_RESULT_TTL,
            most_pending: 10_000,
            workers: 64,
            timeout: Duration::from_secs(15 * 60),
            attempts: 1,
            backoff: Duration::from_millis(500),
            most_executions: 10,
            lease: Duration::from_secs(15),
            largest_result: 64 << 20,
            webhooks: None,
            models: ModelRules::default(),
            manner: Manner::default(),
        }
    }
}
