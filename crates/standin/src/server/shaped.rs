//! A call whose answer is slow, or goes wrong, because somebody says so.

use super::arrived::arrived;
use super::line::Line;
use super::own;
use super::play::{Cut, PlayBody, play};
use super::serve::{Decision, Service, job_of, unrouted};
use bytes::Bytes;
use http::request::Parts;
use std::sync::Arc;
use tokio::time::Instant;

// === impl Service ===

impl Service {
    /// Whether somebody says how slow the answer is to be, or what is to go wrong with it.
    pub(super) fn is_shaped(&self, head: &Parts) -> bool {
        let engine = &self.engine;
        !engine.shaping.is_quiet()
            || engine.mocks.current().shapes()
            || own::any(&head.headers)
            || head.uri.path().starts_with("/s/")
            || (head.uri.path().starts_with("/c/") && head.uri.path().contains("/s/"))
    }

    /// Answers a call that passes the gate.
    pub(super) async fn shaped(
        &self,
        head: &Parts,
        body: &Bytes,
        started: Instant,
        line: &Line,
    ) -> Result<http::Response<PlayBody>, Cut> {
        let engine = &self.engine;
        let mut routed = match self.routed(head, body) {
            Ok(routed) => routed,
            Err(refusal) => {
                let answer = unrouted(head, &refusal);
                engine.note(&answer, job_of(head));
                return play(answer.reply, started, line).await;
            }
        };
        let mut passed = match engine.gate(&routed) {
            Ok(passed) => passed,
            Err(answer) => {
                engine.note(&answer, job_of(head));
                return play(answer.reply, started, line).await;
            }
        };
        routed.pace = passed.pace.clone();
        let decision = match self.made_by_a_job(head, &routed).await {
            Some(answer) => Decision::Answer(Arc::new(answer)),
            None => self.decided(|waited| self.served(&routed, waited)).await,
        };
        let response = match decision {
            Decision::Response(response) => match passed.strikes() {
                false => Ok(*response),
                true => {
                    let pace = routed.pace.clone().unwrap_or_else(|| engine.shaping.pace());
                    let reply = arrived(*response, &pace, self.limits.recording).await;
                    play(passed.strike(reply, &routed).0, Instant::now(), line).await
                }
            },
            Decision::Answer(answer) => {
                let answer = passed.shape(answer, &routed);
                self.send(head, body, answer, started, line).await
            }
        };
        response.map(|response| response.map(|body| body.holding(passed.hold())))
    }
}
