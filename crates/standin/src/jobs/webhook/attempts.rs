//! What is counted of webhooks.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use standin_core::jobs::Next;

/// Attempts to send webhooks, by what followed them. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Attempts(Family<[(&'static str, &'static str); 1], Counter>);

// === impl Attempts ===

impl Attempts {
    pub(super) fn count(&self, next: Next) {
        let result = match next {
            Next::Delivered => "delivered",
            Next::Again(_) => "again",
            Next::GivenUp => "given_up",
        };
        self.0.get_or_create(&[("result", result)]).inc();
    }

    pub(in crate::jobs) fn register(&self, registry: &mut Registry) {
        let help = "Attempts to send webhooks, by what followed: delivered, again or given_up";
        registry.register("standin_webhook_attempts", help, self.0.clone());
    }
}
