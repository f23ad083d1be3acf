//! A call whose answer is slow, or goes wrong, because somebody says so.

use super::arrived::arrived;
use super::batched::Batched;
use super::line::Line;
use super::own;
use super::play::{Cut, PlayBody, play};
use super::serve::{Decision, Service, job_of, unrouted};
use crate::engine::{Answer, Routed};
use bytes::Bytes;
use http::request::Parts;
use std::borrow::Cow;
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
        let batched = self.about_batches(head, &routed);
        let at_the_gate =
            batched.as_ref().map_or(Cow::Borrowed(&routed), |batched| batched.at_the_gate(&routed));
        let mut passed = match engine.gate(&at_the_gate) {
            Ok(passed) => passed,
            Err(answer) => {
                engine.note(&answer, job_of(head));
                return play(answer.reply, started, line).await;
            }
        };
        drop(at_the_gate);
        if batched.is_some() {
            passed.at_once();
        }
        routed.pace = passed.pace.clone();
        let decision = match self.kept(head, &routed, batched.as_ref()).await {
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

    /// The answer to a call about what jobs or batches keep; `None` where it is about nothing of theirs.
    async fn kept(&self, head: &Parts, routed: &Routed, batched: Option<&Batched>) -> Option<Answer> {
        match batched {
            Some(batched) => Some(self.answer_batch(batched, routed).await),
            None => self.made_by_a_job(head, routed).await,
        }
    }
}
