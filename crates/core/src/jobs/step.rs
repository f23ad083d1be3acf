//! The steps that a job can take beside being claimed.

use super::job::{EventKind, Finished, Stage};
use super::row::{Fence, Row, Run, kept};
use bytes::Bytes;
use jiff::Timestamp;

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Somebody asks how far it is, and a test may have decided that this is what moves it.
    Poll,
    /// Its holder is heard of.
    Renew {
        /// Who says so.
        fence: Fence,
        /// The end of the lease from now on.
        until: Timestamp,
    },
    /// Its holder has an answer.
    Finish {
        /// Who says so.
        fence: Fence,
        /// The answer.
        finished: Finished,
    },
    /// Its holder gives it back.
    Release {
        /// Who says so.
        fence: Fence,
        /// Before when nobody begins it again.
        again_at: Timestamp,
        /// Whether that was an attempt.
        attempt: Attempt,
    },
    /// Somebody wants it no more.
    Cancel {
        /// The error that it ends with, as JSON.
        error: Bytes,
    },
    /// It makes no more progress.
    Hold,
    /// It makes progress again.
    LetGo,
    /// It ends like this, whoever works on it.
    Force(Finished),
    /// It is over, and is seen no longer.
    Expire,
    /// Its lease passes.
    Lapse,
    /// Something is told of it.
    Note {
        /// What.
        kind: EventKind,
        /// More of it, as JSON.
        data: Option<Bytes>,
    },
}

/// Whether what a holder gives back was an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It was: the answer is worth another one.
    Spent,
    /// It was not: the holder stops for reasons of its own.
    Unspent,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is not taken: the fence is not the holder's, or the job is not where the step starts.
    Refused,
    /// It is taken, and tells nobody anything.
    Silent,
    /// It is taken, and an event.
    Told(EventKind, Option<Bytes>),
}

// === impl Row ===

impl Row {
    /// Takes a step.
    pub fn take(&mut self, step: Step, now: Timestamp) -> Taken {
        let now = kept(now);
        let told = match step {
            Step::Poll => return self.poll(now).map_or(Taken::Silent, |kind| Taken::Told(kind, None)),
            Step::Renew { fence, until } => return self.renew(&fence, until),
            Step::Note { kind, data } => return Taken::Told(kind, data),
            Step::Hold => return self.hold(),
            Step::LetGo => return self.let_go(now),
            Step::Expire => return self.expire(now),
            Step::Lapse => return self.lapse(now),
            Step::Finish { fence, finished } if self.is_held_by(&fence) => {
                if self.is_told() {
                    self.end(finished, now)
                } else {
                    self.run = Run::Answered(finished);
                    return Taken::Silent;
                }
            }
            Step::Release { fence, again_at, attempt } if self.is_held_by(&fence) => {
                if attempt == Attempt::Unspent {
                    self.job.attempt = self.job.attempt.saturating_sub(1);
                }
                self.run = Run::Free(kept(again_at));
                self.end_cancelled(now).unwrap_or(EventKind::Released)
            }
            Step::Cancel { error } => return self.cancel(error, now),
            Step::Force(finished) if !self.job.stage.is_over() => self.end(finished, now),
            Step::Finish { .. } | Step::Release { .. } | Step::Force(_) => return Taken::Refused,
        };
        Taken::Told(told, None)
    }

    fn is_held_by(&self, fence: &Fence) -> bool {
        matches!(&self.run, Run::Leased { owner, .. } if *owner == fence.owner)
            && self.job.id == fence.id
            && self.job.executions == fence.execution
    }

    /// Whether its end is told once there is one.
    fn is_told(&self) -> bool {
        !self.job.held && self.job.polls >= self.job.control.unfinished_polls()
    }

    fn poll(&mut self, now: Timestamp) -> Option<EventKind> {
        let job = &mut self.job;
        job.polls = job.polls.saturating_add(1);
        if !job.control.counts_polls() || job.held {
            return None;
        }
        let may_start = job.polls > job.control.pending_polls() && job.not_before.is_none_or(|at| at <= now);
        if job.stage == Stage::Pending && may_start {
            // The poll itself moves it: whether a worker was quick must not decide what is seen.
            job.stage = Stage::Processing;
            job.started = Some(now);
            self.run = Run::Free(now);
            return Some(EventKind::Started);
        }
        if job.polls > job.control.unfinished_polls() {
            return self.tell(now);
        }
        None
    }

    /// Ends it with the answer that it has.
    fn tell(&mut self, now: Timestamp) -> Option<EventKind> {
        match std::mem::replace(&mut self.run, Run::Over) {
            Run::Answered(finished) => Some(self.end(finished, now)),
            other => {
                self.run = other;
                None
            }
        }
    }

    fn renew(&mut self, fence: &Fence, to: Timestamp) -> Taken {
        let is_held = self.is_held_by(fence);
        match &mut self.run {
            Run::Leased { until, .. } if is_held => {
                *until = kept(to);
                Taken::Silent
            }
            _ => Taken::Refused,
        }
    }

    fn cancel(&mut self, error: Bytes, now: Timestamp) -> Taken {
        match &self.run {
            Run::Over => Taken::Refused,
            Run::Leased { .. } if self.job.cancel_requested.is_some() => Taken::Refused,
            Run::Leased { .. } => {
                self.job.cancel_requested = Some(now);
                self.cancellation = Some(error);
                Taken::Told(EventKind::CancelRequested, None)
            }
            Run::Free(_) | Run::Answered(_) => {
                self.job.cancel_requested = Some(now);
                Taken::Told(self.end_with_cancellation(error, now), None)
            }
        }
    }

    fn hold(&mut self) -> Taken {
        if self.job.held || self.job.stage.is_over() {
            return Taken::Refused;
        }
        self.job.held = true;
        Taken::Silent
    }

    fn let_go(&mut self, now: Timestamp) -> Taken {
        if !self.job.held || self.job.stage.is_over() {
            return Taken::Refused;
        }
        self.job.held = false;
        if !self.is_told() {
            return Taken::Silent;
        }
        self.tell(now).map_or(Taken::Silent, |kind| Taken::Told(kind, None))
    }

    fn expire(&mut self, now: Timestamp) -> Taken {
        if !self.job.is_seen(now) || !self.job.stage.is_over() {
            return Taken::Refused;
        }
        self.job.expires = Some(now);
        Taken::Silent
    }

    fn lapse(&mut self, now: Timestamp) -> Taken {
        match &mut self.run {
            Run::Leased { until, .. } => {
                *until = now.min(*until);
                Taken::Silent
            }
            _ => Taken::Refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::{JobId, JobKind, NewJob};
    use proptest::prelude::*;
    use std::time::Duration;

    #[derive(Debug, Clone)]
    enum Try {
        Claim,
        Reclaim,
        Step(Step),
    }

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    /// Steps with the fence of an execution that there may have been.
    fn tries() -> impl Strategy<Value = Try> {
        let fence = || {
            let owner = "o".to_owned();
            (1u32..4).prop_map(move |execution| Fence {
                id: JobId::new([0; 16]),
                owner: owner.clone(),
                execution,
            })
        };
        let finished = || {
            prop_oneof![
                Just(Finished::Completed { status_code: 200, result: Bytes::from_static(b"1") }),
                Just(Finished::Failed { status_code: 500, error: Bytes::from_static(b"2") }),
            ]
        };
        let attempt = prop_oneof![Just(Attempt::Spent), Just(Attempt::Unspent)];
        prop_oneof![
            3 => Just(Try::Claim),
            1 => Just(Try::Reclaim),
            4 => Just(Try::Step(Step::Poll)),
            2 => (fence(), finished()).prop_map(|(fence, finished)| Try::Step(Step::Finish { fence, finished })),
            1 => (fence(), attempt).prop_map(|(fence, attempt)| {
                Try::Step(Step::Release { fence, again_at: at(5), attempt })
            }),
            1 => fence().prop_map(|fence| Try::Step(Step::Renew { fence, until: at(50) })),
            1 => Just(Try::Step(Step::Cancel { error: Bytes::from_static(b"3") })),
            1 => Just(Try::Step(Step::Hold)),
            2 => Just(Try::Step(Step::LetGo)),
            1 => finished().prop_map(|finished| Try::Step(Step::Force(finished))),
            1 => Just(Try::Step(Step::Expire)),
            1 => Just(Try::Step(Step::Lapse)),
        ]
    }

    proptest! {
        /// Whatever is tried in whatever order, a job goes forward, ends once, and says of itself what is so.
        #[test]
        fn a_job_never_goes_back(
            tries in proptest::collection::vec((tries(), -3i64..20), 1..60),
            control in prop_oneof![Just(""), Just("hold"), Just("pending-polls=1,polls=3"), Just("delay=10ms")],
        ) {
            let mut row = Row::submitted(1, NewJob {
                id: JobId::new([0; 16]),
                kind: JobKind::Speech,
                owner_key: None,
                batch: None,
                created: at(0),
                ttl: Duration::from_millis(40),
                max_attempts: 1,
                control: control.parse().unwrap(),
            });
            // A clock that is set back now and then is among what happens.
            let mut now = 0;
            for (what, passed) in tries {
                now += passed;
                let before = row.clone();
                match what {
                    Try::Claim if row.is_claimable(at(now), 2) => {
                        row.claim("o", at(now), Duration::from_millis(15));
                        prop_assert!(row.job.executions > before.job.executions);
                    }
                    Try::Claim => {}
                    Try::Reclaim => drop(row.reclaim(at(now), 2, &Bytes::from_static(b"4"))),
                    Try::Step(step) => {
                        if row.take(step, at(now)) == Taken::Refused {
                            prop_assert_eq!(&row, &before);
                        }
                    }
                }
                let (job, was) = (&row.job, &before.job);
                prop_assert!(job.stage >= was.stage);
                prop_assert!(job.executions >= job.attempt);
                prop_assert_eq!(job.stage.is_over(), row.run == Run::Over);
                prop_assert_eq!(job.stage.is_over(), job.completed.is_some() && job.expires.is_some());
                prop_assert_eq!(job.result.is_some(), job.stage == Stage::Completed);
                prop_assert_eq!(job.error.is_some(), job.stage == Stage::Failed);
                prop_assert_eq!(job.status_code.is_some(), job.stage.is_over());
                prop_assert!(job.completed.is_none_or(|end| end >= job.started.unwrap_or(job.created)));
                if was.stage.is_over() {
                    let unchanged = (&was.stage, &was.result, &was.error, was.completed);
                    prop_assert_eq!((&job.stage, &job.result, &job.error, job.completed), unchanged);
                    prop_assert!(row.ready().is_none());
                }
            }
        }
    }
}
