//! What is counted of jobs.

use super::super::Stage;
use super::super::webhook::Attempts;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// What is counted, since the server started. Labels are from closed sets.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    submitted: Family<[(&'static str, &'static str); 1], Counter>,
    ended: Family<[(&'static str, &'static str); 2], Counter>,
    attempts: Counter,
    given_back: Family<[(&'static str, &'static str); 1], Counter>,
    pub(in crate::jobs) webhooks: Attempts,
}

/// What became of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// A new job.
    New,
    /// The job of the same submission before.
    Same,
    /// None: too many were pending.
    Full,
}

/// Why a job that was begun did not end with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GivenBack {
    /// Its answer is worth another attempt.
    Retry,
    /// The server stopped.
    Stop,
    /// Nobody was heard of for too long.
    Lapsed,
}

// === impl Tally ===

impl Tally {
    pub(crate) fn submitted(&self, what: Taken) {
        let name = match what {
            Taken::New => "new",
            Taken::Same => "same",
            Taken::Full => "full",
        };
        self.submitted.get_or_create(&[("result", name)]).inc();
    }

    pub(crate) fn attempt(&self) {
        self.attempts.inc();
    }

    pub(crate) fn ended(&self, kind: &'static str, stage: Stage) {
        self.ended.get_or_create(&[("type", kind), ("outcome", stage.name())]).inc();
    }

    pub(crate) fn given_back(&self, why: GivenBack, how_many: u64) {
        let name = match why {
            GivenBack::Retry => "retry",
            GivenBack::Stop => "stop",
            GivenBack::Lapsed => "lapsed",
        };
        self.given_back.get_or_create(&[("reason", name)]).inc_by(how_many);
    }

    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("standin_jobs_submitted", "Jobs submitted, by result", self.submitted.clone());
        registry.register("standin_jobs_ended", "Jobs that ended, by type and outcome", self.ended.clone());
        registry.register("standin_job_attempts", "Attempts to run jobs", self.attempts.clone());
        let help = "Jobs that were begun and given back, by reason";
        registry.register("standin_jobs_given_back", help, self.given_back.clone());
        self.webhooks.register(registry);
    }
}
