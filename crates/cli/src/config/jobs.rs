//! Asynchronous jobs, as `serve` is told.

use super::file::File;
use crate::failure::Failure;
use crate::terminal::note;
use clap::Args;
use standin::Builder;
use standin::jobs::webhook::{Addresses, Secret, WebhookRules};
use standin::jobs::{Anonymous, JobRules, JobsIn, OnRestart, Reasons};
use standin_providers::bifrost::{FailedAs, StatusWords, Unprefixed};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Flags and environment of jobs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Asynchronous jobs (/v1/async/...)")]
pub(super) struct JobArgs {
    /// Where jobs are kept: memory, off, or an SQLite file, in a folder that is there [default:
    /// .standin/jobs-PORT.sqlite, made with the first job; memory where a free port is chosen].
    #[arg(long, env = "STANDIN_JOBS", value_name = "FILE")]
    jobs: Option<String>,
    #[command(flatten)]
    chosen: Chosen,
}

/// How jobs are run.
#[derive(Debug, Args)]
struct Chosen {
    /// What becomes of jobs that the end of a server interrupted: resume, or abandon as the original does
    /// [default: resume].
    #[arg(long, env = "STANDIN_JOBS_ON_RESTART", value_name = "WHAT")]
    jobs_on_restart: Option<String>,
    /// What becomes of jobs and batches without a virtual key: run, fail, or refuse [default: run].
    #[arg(long, env = "STANDIN_JOBS_WITHOUT_KEY", value_name = "WHAT")]
    jobs_without_key: Option<String>,
    /// How many jobs may wait; more are refused with 429 [default: 10000].
    #[arg(long, env = "STANDIN_JOB_QUEUE", value_name = "N")]
    job_queue: Option<usize>,
    /// How many jobs are run at once [default: 64].
    #[arg(long, env = "STANDIN_JOB_WORKERS", value_name = "N")]
    job_workers: Option<usize>,
    /// How many attempts a job has where it fails with 429 or 5xx [default: 1].
    #[arg(long, env = "STANDIN_JOB_ATTEMPTS", value_name = "N")]
    job_attempts: Option<u32>,
    /// The wait before a second attempt; it doubles with each further one [default: 500ms].
    #[arg(long, env = "STANDIN_JOB_BACKOFF", value_name = "TIME")]
    job_backoff: Option<String>,
    /// How long one attempt may take [default: 15m].
    #[arg(long, env = "STANDIN_JOB_TIMEOUT", value_name = "TIME")]
    job_timeout: Option<String>,
    /// How long a result is kept where its caller does not say [default: 1h].
    #[arg(long, env = "STANDIN_JOB_RESULT_TTL", value_name = "TIME")]
    job_result_ttl: Option<String>,
    /// How long a result is kept at most [default: 720h].
    #[arg(long, env = "STANDIN_JOB_MAX_RESULT_TTL", value_name = "TIME")]
    job_max_result_ttl: Option<String>,
    /// How long after a server was last heard of its jobs are run again [default: 15s].
    #[arg(long, env = "STANDIN_JOB_LEASE", value_name = "TIME")]
    job_lease: Option<String>,
    /// How often a job is begun that is interrupted each time; then it fails [default: 10].
    #[arg(long, env = "STANDIN_JOB_EXECUTIONS", value_name = "N")]
    job_executions: Option<u32>,
    /// What webhooks are signed with: whsec_..., or new, which is made and printed at the start; may be given more
    /// than once, the newest first.
    #[arg(
        long,
        env = "STANDIN_WEBHOOK_SECRET",
        hide_env_values = true,
        value_name = "SECRET",
        value_delimiter = ','
    )]
    webhook_secret: Option<Vec<String>>,
    /// Where the ends of all jobs are told whose submissions do not say, such as https://example.com/hooks; takes
    /// --webhook-secret.
    #[arg(long, env = "STANDIN_WEBHOOK", value_name = "URL")]
    webhook: Option<String>,
    /// Send webhooks to private addresses and to this machine, too.
    #[arg(long, env = "STANDIN_WEBHOOK_ALLOW_PRIVATE", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    webhook_allow_private: Option<bool>,
    /// What the waits between attempts to send a webhook are multiplied by, which are those of Standard Webhooks (5s
    /// to 24h): 0 to 10; 0.01 for tests [default: 1].
    #[arg(long, env = "STANDIN_WEBHOOK_RETRIES", value_name = "SCALE")]
    webhook_retries: Option<String>,
    /// Take models without a provider in front, `gpt-4o` as well as `openai/gpt-4o`.
    #[arg(long, env = "STANDIN_UNPREFIXED_MODELS", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    unprefixed_models: Option<bool>,
    /// Providers that a model may name beside the known ones.
    #[arg(long, env = "STANDIN_CUSTOM_PROVIDERS", value_delimiter = ',', value_name = "NAMES")]
    custom_providers: Option<Vec<String>>,
    /// The words at providers' own paths for a job that has not ended: bifrost, or openai [default: bifrost].
    #[arg(long, env = "STANDIN_JOB_STATUS_WORDS", value_name = "WORDS")]
    job_status_words: Option<String>,
    /// How a failed job is told at OpenAI's own paths: error, or response [default: error].
    #[arg(long, env = "STANDIN_JOB_FAILED_AS", value_name = "WHAT")]
    job_failed_as: Option<String>,
    /// Tell in x-standin-reason why there is no such job for a caller.
    #[arg(long, env = "STANDIN_JOB_REASONS", num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    job_reasons: Option<bool>,
}

// === impl JobArgs ===

impl JobArgs {
    /// The builder with what was chosen; flags in the place of the file's.
    pub(super) fn apply(
        self,
        file: &File,
        beside: &Path,
        port: u16,
        builder: Builder,
    ) -> Result<Builder, Failure> {
        let kept = match (self.jobs, &file.jobs) {
            (Some(text), _) => kept_in(&text, Path::new(""))?,
            (None, Some(text)) => kept_in(text, beside)?,
            (None, None) if port == 0 => JobsIn::Memory,
            (None, None) => JobsIn::FileOnDemand(PathBuf::from(format!(".standin/jobs-{port}.sqlite"))),
        };
        let chosen = self.chosen.over(file);
        let webhooks = chosen.webhooks(file)?;
        let mut rules = chosen.rules()?;
        rules.webhooks = webhooks;
        rules.kept = kept;
        let builder = builder.jobs(rules);
        Ok(file.virtual_keys.iter().cloned().fold(builder, Builder::virtual_key))
    }
}

/// Where jobs are kept. Words of SQLite's that would be no file, or one of an odd name, are refused.
fn kept_in(text: &str, beside: &Path) -> Result<JobsIn, Failure> {
    let wrong = |advice: &str| Err(Failure::Config(format!("jobs: `{text}` {advice}")));
    match text {
        "memory" => Ok(JobsIn::Memory),
        "off" => Ok(JobsIn::Off),
        ":memory:" => wrong("is no file: say `memory` to keep jobs without one"),
        blank if blank.trim().is_empty() => {
            wrong("is no place for jobs: give the path of a file, `memory`, or `off`")
        }
        uri if uri.starts_with("file:") => wrong("is a URI: give the path of the file alone, or `memory`"),
        word if is_nearly(word, "memory") || is_nearly(word, "off") => wrong(&format!(
            "is neither `memory` nor `off`: say one of them, or `./{word}` for a file of this name"
        )),
        path => Ok(JobsIn::File(beside.join(path))),
    }
}

/// Whether a word is meant for another: in other case, cut off, with a mistake in it or in
/// other words. A path is none.
fn is_nearly(word: &str, known: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    if known == "off" && ["no", "none", "false", "disabled"].contains(&lower.as_str()) {
        return true;
    }
    let is_cut = lower.len() > 1 && known.starts_with(&lower);
    is_cut || strsim::damerau_levenshtein(&lower, known) <= known.len() / 3
}

fn time(name: &str, text: Option<&String>, usual: Duration) -> Result<Duration, Failure> {
    let Some(text) = text else { return Ok(usual) };
    standin::cassette::go_duration(text)
        .filter(|time| !time.is_zero())
        .ok_or_else(|| Failure::Config(format!("{name}: `{text}` is not a time: use 500ms, 10s or 2m")))
}

fn one_of<T: Copy>(name: &str, text: Option<&String>, known: &[(&str, T)], usual: T) -> Result<T, Failure> {
    let Some(text) = text else { return Ok(usual) };
    let found = known.iter().find(|(known, _)| known == text).map(|(_, value)| *value);
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    found.ok_or_else(|| Failure::Config(format!("{name}: `{text}` is none of {}", names.join(", "))))
}

// === impl Chosen ===

impl Chosen {
    /// What is chosen here, and what the file says where nothing is.
    fn over(self, file: &File) -> Chosen {
        Chosen {
            jobs_on_restart: self.jobs_on_restart.or_else(|| file.jobs_on_restart.clone()),
            jobs_without_key: self.jobs_without_key.or_else(|| file.jobs_without_key.clone()),
            job_queue: self.job_queue.or(file.job_queue),
            job_workers: self.job_workers.or(file.job_workers),
            job_attempts: self.job_attempts.or(file.job_attempts),
            job_backoff: self.job_backoff.or_else(|| file.job_backoff.clone()),
            job_timeout: self.job_timeout.or_else(|| file.job_timeout.clone()),
            job_result_ttl: self.job_result_ttl.or_else(|| file.job_result_ttl.clone()),
            job_max_result_ttl: self.job_max_result_ttl.or_else(|| file.job_max_result_ttl.clone()),
            job_lease: self.job_lease.or_else(|| file.job_lease.clone()),
            job_executions: self.job_executions.or(file.job_executions),
            webhook_secret: self.webhook_secret.or_else(|| file.webhook_secret.clone()),
            webhook: self.webhook.or_else(|| file.webhook.clone()),
            webhook_allow_private: self.webhook_allow_private.or(file.webhook_allow_private),
            webhook_retries: self.webhook_retries.or_else(|| file.webhook_retries.clone()),
            unprefixed_models: self.unprefixed_models.or(file.unprefixed_models),
            custom_providers: self.custom_providers.or_else(|| file.custom_providers.clone()),
            job_status_words: self.job_status_words.or_else(|| file.job_status_words.clone()),
            job_failed_as: self.job_failed_as.or_else(|| file.job_failed_as.clone()),
            job_reasons: self.job_reasons.or(file.job_reasons),
        }
    }

    /// How the ends of jobs are told, where there is something to sign that with.
    fn webhooks(&self, file: &File) -> Result<Option<WebhookRules>, Failure> {
        let wrong = |name: &str, error: &dyn Display| Failure::Config(format!("{name}: {error}"));
        let Some(secrets) = self.webhook_secret.as_ref().filter(|secrets| !secrets.is_empty()) else {
            return match self.webhook.is_some() || !file.webhook_endpoints.is_empty() {
                true => {
                    Err(wrong("webhook", &"what is sent is signed: add --webhook-secret whsec_... or new"))
                }
                false => Ok(None),
            };
        };
        let secret = |text: &String| match text.as_str() {
            "new" => Secret::generate().inspect(|secret| {
                note(&format!("webhooks are signed with {}", secret.reveal()));
            }),
            text => text.parse(),
        };
        let secrets = secrets.iter().map(secret).collect::<Result<_, _>>();
        let mut rules = WebhookRules::new(secrets.map_err(|error| wrong("webhook-secret", &error))?);
        let url = |name: &str, text: &String| text.parse().map_err(|error| wrong(name, &error));
        rules.default = self.webhook.as_ref().map(|text| url("webhook", text)).transpose()?;
        for (name, text) in &file.webhook_endpoints {
            rules.named.insert(name.clone(), url("webhook-endpoints", text)?);
        }
        if self.webhook_allow_private == Some(true) {
            rules.addresses = Addresses::Private;
        }
        // Otherwise every submission would be refused.
        if let Some(url) = &rules.default {
            url.admit(rules.addresses).map_err(|error| wrong("webhook", &error))?;
        }
        for (name, url) in &rules.named {
            let place = format!("webhook-endpoints: {name}");
            url.admit(rules.addresses).map_err(|error| wrong(&place, &error))?;
        }
        if let Some(text) = &self.webhook_retries {
            rules.retries = text.parse().map_err(|error| wrong("webhook-retries", &error))?;
        }
        Ok(Some(rules))
    }

    fn rules(self) -> Result<JobRules, Failure> {
        let mut rules = JobRules::default();
        let restart = [("resume", OnRestart::Resume), ("abandon", OnRestart::Abandon)];
        rules.on_restart =
            one_of("jobs-on-restart", self.jobs_on_restart.as_ref(), &restart, rules.on_restart)?;
        let anonymous = [("run", Anonymous::Run), ("fail", Anonymous::Fail), ("refuse", Anonymous::Refuse)];
        rules.anonymous =
            one_of("jobs-without-key", self.jobs_without_key.as_ref(), &anonymous, rules.anonymous)?;
        let words = [("bifrost", StatusWords::Bifrost), ("openai", StatusWords::OpenAi)];
        rules.manner.words =
            one_of("job-status-words", self.job_status_words.as_ref(), &words, rules.manner.words)?;
        let failed = [("error", FailedAs::Error), ("response", FailedAs::Response)];
        rules.manner.failed =
            one_of("job-failed-as", self.job_failed_as.as_ref(), &failed, rules.manner.failed)?;
        rules.backoff = time("job-backoff", self.job_backoff.as_ref(), rules.backoff)?;
        rules.timeout = time("job-timeout", self.job_timeout.as_ref(), rules.timeout)?;
        rules.result_ttl = time("job-result-ttl", self.job_result_ttl.as_ref(), rules.result_ttl)?;
        rules.most_result_ttl =
            time("job-max-result-ttl", self.job_max_result_ttl.as_ref(), rules.most_result_ttl)?;
        rules.lease = time("job-lease", self.job_lease.as_ref(), rules.lease)?;
        rules.most_pending = self.job_queue.unwrap_or(rules.most_pending);
        rules.workers = self.job_workers.unwrap_or(rules.workers);
        rules.attempts = self.job_attempts.unwrap_or(rules.attempts).max(1);
        rules.most_executions = self.job_executions.unwrap_or(rules.most_executions).max(1);
        rules.models.custom_providers = self.custom_providers.unwrap_or_default();
        if self.unprefixed_models == Some(true) {
            rules.models.unprefixed = Unprefixed::Accepted;
        }
        if self.job_reasons == Some(true) {
            rules.reasons = Reasons::Told;
        }
        Ok(rules)
    }
}
