//! A call at the gate: what is decided before anybody answers it.

use super::answer::{Answer, Engine, Routed, refuse};
use super::draft::{Draft, ascii};
use super::mocked::seen;
use super::refusal::Refusal;
use crate::journal::{FAULT_HEADER, Source};
use crate::limits::Refused;
use crate::metrics::Struck;
use crate::shaping::{Gate, Passed};
use http::header::{HeaderValue, RETRY_AFTER};
use jiff::Timestamp;
use standin_core::dialect::{Endpoint, Failure, Rendered};
use standin_core::shape::FaultRule;
use standin_core::{ErrorReport, Reply};
use std::sync::Arc;
use std::time::Duration;

/// What the journal and the counters call a limit that a call is beyond.
const LIMIT: &str = "limit";

// === impl Engine ===

impl Engine {
    /// What is decided about a call before it is answered, or the answer where that is none of the sources'.
    pub(crate) fn gate(&self, routed: &Routed) -> Result<Passed, Box<Answer>> {
        let session = routed.selectors.session.as_ref().and_then(|id| self.sessions.find(id));
        let id = session.as_ref().map(|session| Arc::clone(&session.id));
        if let Some(left) = self.shaping.starting() {
            return Err(Box::new(self.starting(routed, left).of_session(id)));
        }
        let mock =
            self.mocks.of(id.as_ref()).shapes().then(|| self.level_of_mock(routed, id.as_ref())).flatten();
        let gate = Gate::new(&self.shaping, routed, session.as_deref(), mock).map_err(|bad| {
            Box::new(refuse(self, routed, &Refusal::BadShape(bad.to_string())).of_session(id.clone()))
        })?;
        let passed = seen(routed, |seen| gate.pass(seen)).map_err(|refused| {
            Box::new(self.beyond(routed, &refused, gate.endpoint).of_session(id.clone()))
        })?;
        match &passed.fault {
            Some(rule) if rule.fault.replaces() => {
                Err(Box::new(self.struck(routed, &passed, rule).of_session(id)))
            }
            _ => Ok(passed),
        }
    }

    /// The answer that a fault makes in the place of all sources.
    fn struck(&self, routed: &Routed, passed: &Passed, rule: &FaultRule) -> Answer {
        let bad_gateway = Failure::of(502);
        let mut answer = self.failed(routed, rule.fault.failure().unwrap_or(&bad_gateway), &[]);
        answer.reply = passed.distort(rule, answer.reply, routed);
        mark(&mut answer.reply, rule);
        answer.struck_by(rule, passed.endpoint)
    }

    /// What a vendor says of a call beyond a limit.
    fn beyond(&self, routed: &Routed, refused: &Refused, endpoint: Option<Endpoint>) -> Answer {
        let Refused { exceeded, standing } = refused;
        let model = seen(routed, |seen| seen.asked.model.as_deref().map(str::to_owned));
        let dialect = routed.provider.dialect();
        let failure = match dialect {
            Some(dialect) => dialect.exceeded(exceeded, model.as_deref()),
            None => Failure::of(429),
        };
        let retry = |after| match dialect {
            Some(dialect) => dialect.retry(after),
            None => Vec::new(),
        };
        let mut fields = exceeded.retry_after.map(retry).unwrap_or_default();
        if let Some(dialect) = dialect {
            fields.extend(dialect.standing(standing, Timestamp::now()));
        }
        let fields: Vec<_> = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let mut answer = self.failed(routed, &failure, &fields);
        if exceeded.retry_after.is_none() {
            let headers = Arc::make_mut(&mut answer.reply.headers);
            headers.remove(RETRY_AFTER);
            headers.remove("retry-after-ms");
        }
        answer.struck = Some(Box::new(Struck { fault: LIMIT, endpoint }));
        Arc::make_mut(&mut answer.outcome).fault = Some(LIMIT.to_owned());
        answer
    }

    /// What a vendor says that is still starting.
    fn starting(&self, routed: &Routed, left: Duration) -> Answer {
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        let headers = [("retry-after".to_owned(), seconds.to_string())];
        let failure = Failure::of(503).saying("The model is still being loaded. Try again in a moment.");
        self.failed(routed, &failure, &headers)
    }

    /// An error in the vendor's words.
    fn failed(&self, routed: &Routed, failure: &Failure, headers: &[(String, String)]) -> Answer {
        let dialect = routed.provider.dialect();
        let body = match dialect {
            Some(dialect) => dialect.failure(failure),
            None => routed.provider.error(&ErrorReport {
                status: failure.status,
                code: "fault",
                message: failure.message.as_deref().unwrap_or("This error was asked for."),
            }),
        };
        let draft = Draft {
            source: Source::Fault,
            status: failure.status,
            headers,
            message: failure.message.clone(),
            repeats: false,
            ..Draft::of(Rendered::json(&body))
        };
        draft.finish(self, routed, dialect, None, None)
    }
}

// === impl Answer ===

impl Answer {
    /// The same, with what struck it for the journal and the metrics.
    pub(crate) fn struck_by(mut self, rule: &FaultRule, endpoint: Option<Endpoint>) -> Self {
        self.struck = Some(Box::new(Struck { fault: rule.fault.name(), endpoint }));
        Arc::make_mut(&mut self.outcome).fault = Some(rule.to_string());
        self
    }
}

/// Says in a reply's head what struck it.
pub(crate) fn mark(reply: &mut Reply, rule: &FaultRule) {
    if let Ok(value) = HeaderValue::try_from(ascii(&rule.to_string())) {
        Arc::make_mut(&mut reply.headers).insert(FAULT_HEADER, value);
    }
}
