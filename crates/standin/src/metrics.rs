//! Counters of one server, in a registry of its own.

use crate::engine::Engine;
use crate::jobs::{Census, Jobs, Stage};
use crate::journal::{Outcome, Recording};
use crate::store::Shared;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use standin_core::dialect::Endpoint;

/// Labels from closed sets only: a client cannot make the number of series grow.
type Labels = [(&'static str, &'static str); 3];

/// What is counted.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    answers: Family<Labels, Counter>,
    recordings: Family<[(&'static str, &'static str); 1], Counter>,
    faults: Family<[(&'static str, &'static str); 2], Counter>,
}

/// A fault that struck a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Struck {
    /// Its kind: what else its writer says would be a series for every rule.
    pub(crate) fault: &'static str,
    /// Where the call asked for something that standin knows.
    pub(crate) endpoint: Option<Endpoint>,
}

// === impl Metrics ===

impl Metrics {
    /// The counter of calls with this outcome.
    pub(crate) fn counter(&self, outcome: &Outcome) -> Counter {
        self.answers
            .get_or_create(&[
                ("source", outcome.source.name()),
                ("provider", outcome.provider),
                ("error", outcome.error.unwrap_or("")),
            ])
            .clone()
    }

    /// Counts a recording by what became of it.
    pub(crate) fn recording(&self, recording: Recording) {
        self.recordings.get_or_create(&[("result", recording.name())]).inc();
    }

    /// Counts a fault that struck.
    pub(crate) fn fault(&self, struck: Struck) {
        let endpoint = struck.endpoint.map_or("", Endpoint::name);
        self.faults.get_or_create(&[("fault", struck.fault), ("endpoint", endpoint)]).inc();
    }

    /// The counters, and what the engine holds now, in the OpenMetrics text format.
    pub(crate) fn render(&self, engine: &Engine, jobs: &Jobs, census: Census) -> String {
        let mut registry = Registry::default();
        registry.register("standin_answers", "Calls answered, by source", self.answers.clone());
        registry.register("standin_recordings", "Recordings, by result", self.recordings.clone());
        registry.register("standin_faults", "Faults that struck, by kind and endpoint", self.faults.clone());
        let mut gauge = |name: &str, help: &str, value: usize| {
            registry.register(name, help, ConstGauge::new(u64::try_from(value).unwrap_or(u64::MAX)));
        };
        let library = engine.store.read();
        gauge("standin_cassettes", "Cassettes that can be read", library.tapes().count());
        gauge("standin_cassettes_broken", "Cassettes that cannot be read", library.broken().count());
        gauge("standin_interactions", "Interactions in all cassettes", library.interactions());
        gauge("standin_mocks", "Mocks", engine.mocks.current().mocks().len());
        gauge("standin_sessions_open", "Sessions begun and not ended", engine.sessions.all().len());
        drop(library);
        let counts = census.counts();
        for stage in Stage::ALL {
            let help = format!("Jobs that are {}", stage.name());
            gauge(&format!("standin_jobs_{}", stage.name()), &help, counts.of(stage));
        }
        let waited = counts.oldest_pending.map(|since| jobs.clock.now().duration_since(since).as_secs());
        gauge(
            "standin_jobs_oldest_pending_seconds",
            "How long the pending job that was submitted first has waited",
            waited.and_then(|seconds| usize::try_from(seconds).ok()).unwrap_or(0),
        );
        jobs.tally.register(&mut registry);
        if let Some(health) = engine.store.shared().map(Shared::health) {
            for (name, help, value) in health.numbers() {
                registry.register(name, help, ConstGauge::new(value));
            }
        }
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &registry);
        text
    }
}
