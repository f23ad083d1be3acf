//! A batch as stores keep it, and every step that it can take.

use super::batch::{Batch, Fault, Stage};
use super::line::LineEnd;
use super::webhook::Webhook;
use crate::jobs::{Attempted, Next};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// A batch as stores keep it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What is told of it.
    pub batch: Batch,
    /// Who works on it.
    pub run: Run,
    /// How often it was begun.
    pub executions: u32,
    /// Where its end is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
}

/// What there is to do for a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Its lines are answered.
    Run,
    /// It has ended, and that is told.
    Tell,
}

/// Who works on a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Run {
    /// Nobody, and somebody may from this time on.
    Free(Timestamp),
    /// Somebody, as long as they are heard of before the lease ends.
    Leased {
        /// Who.
        owner: String,
        /// The end of the lease.
        until: Timestamp,
    },
    /// Nobody: there is nothing more to do.
    Over,
}

/// What shows that a step is taken by who holds the batch now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The batch.
    pub id: String,
    /// Who has claimed it.
    pub owner: String,
    /// Which of its executions this is.
    pub execution: u32,
}

/// A step.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Its holder is heard of.
    Renew {
        /// Who says so.
        fence: Fence,
        /// The end of the lease from now on.
        until: Timestamp,
    },
    /// Its lines cannot be read.
    Fail {
        /// Who says so.
        fence: Fence,
        /// What is wrong with them.
        faults: Vec<Fault>,
    },
    /// All lines have ended; its results are put together next.
    Finalize {
        /// Who says so.
        fence: Fence,
    },
    /// Its results are there.
    End {
        /// Who says so.
        fence: Fence,
        /// The file with the results of lines that succeeded.
        output: Option<String>,
        /// The file with the results of the others.
        errors: Option<String>,
        /// The tokens that its lines took.
        usage: Option<Value>,
    },
    /// Its holder gives it back.
    Release {
        /// Who says so.
        fence: Fence,
        /// Before when nobody begins it again.
        again_at: Timestamp,
    },
    /// Its holder has tried to tell its end.
    Told {
        /// Who says so.
        fence: Fence,
        /// What came of it.
        attempted: Attempted,
    },
    /// Somebody wants it no more.
    Cancel,
}

// === impl Row ===

impl Row {
    /// A batch that has been submitted.
    #[must_use]
    pub fn submitted(batch: Batch) -> Self {
        let created = batch.times.created;
        Row { batch, run: Run::Free(created), executions: 0, webhook: None }
    }

    /// What there is to do, as long as there is something.
    #[must_use]
    pub fn task(&self) -> Task {
        if self.batch.stage.is_over() { Task::Tell } else { Task::Run }
    }

    /// From when on somebody may claim it; `None` where there is nothing more to do.
    #[must_use]
    pub fn ready(&self) -> Option<Timestamp> {
        match &self.run {
            Run::Free(from) => Some(*from),
            Run::Leased { until, .. } => Some(*until),
            Run::Over => None,
        }
    }

    /// Somebody begins it, and is its only holder until the lease ends. `None` where they may not.
    pub fn claim(&mut self, owner: &str, now: Timestamp, lease: Duration) -> Option<Fence> {
        if self.ready()? > now {
            return None;
        }
        self.executions = self.executions.saturating_add(1);
        let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
        self.run = Run::Leased { owner: owner.to_owned(), until };
        Some(Fence { id: self.batch.id.clone(), owner: owner.to_owned(), execution: self.executions })
    }

    /// Whether a step with this fence is its holder's.
    #[must_use]
    pub fn is_held_by(&self, fence: &Fence) -> bool {
        matches!(&self.run, Run::Leased { owner, .. } if *owner == fence.owner)
            && self.batch.id == fence.id
            && self.executions == fence.execution
    }

    /// Whether a step with this fence is of who answers its lines.
    #[must_use]
    pub fn is_run_by(&self, fence: &Fence) -> bool {
        self.task() == Task::Run && self.is_held_by(fence)
    }

    /// Its lines were read: so many, of which some have ended already. `false` where it is not its holder who says
    /// so, or where it has lines.
    pub fn begin<'a>(
        &mut self,
        fence: &Fence,
        ends: impl ExactSizeIterator<Item = Option<&'a LineEnd>>,
        model: Option<String>,
        now: Timestamp,
    ) -> bool {
        if !self.is_run_by(fence) || self.batch.times.begun.is_some() {
            return false;
        }
        self.filled(ends, model, now);
        true
    }

    /// Its lines came with it.
    pub fn filled<'a>(
        &mut self,
        ends: impl ExactSizeIterator<Item = Option<&'a LineEnd>>,
        model: Option<String>,
        now: Timestamp,
    ) {
        let batch = &mut self.batch;
        batch.tally.total = u32::try_from(ends.len()).unwrap_or(u32::MAX);
        ends.flatten().for_each(|end| end.count(&mut batch.tally));
        batch.model = model;
        batch.times.begun = Some(now);
        if batch.stage == Stage::Validating {
            batch.stage = Stage::Running;
        }
    }

    /// A line of it ended. The store has seen to it that the line had not.
    pub fn line_ended(&mut self, fence: &Fence, end: &LineEnd) -> bool {
        let held = self.is_run_by(fence);
        if held {
            end.count(&mut self.batch.tally);
        }
        held
    }

    /// Its holder is heard of: the lease ends then. `false` where it is not its holder who says so.
    pub fn prolong(&mut self, fence: Fence, until: Timestamp) -> bool {
        let held = self.is_held_by(&fence);
        if held {
            self.run = Run::Leased { owner: fence.owner, until };
        }
        held
    }

    /// Its holder is known to be dead: somebody else may claim it now. `false` where it has no holder, or may be
    /// claimed anyway.
    pub fn lapse(&mut self, now: Timestamp) -> bool {
        match &mut self.run {
            Run::Leased { until, .. } if *until > now => {
                *until = now;
                true
            }
            Run::Leased { .. } | Run::Free(_) | Run::Over => false,
        }
    }

    /// Takes a step. `false` where it is not taken, and nothing has changed.
    pub fn take(&mut self, step: Step, now: Timestamp) -> bool {
        match step {
            Step::Cancel => return self.cancel(now),
            Step::Renew { fence, until } => return self.prolong(fence, until),
            Step::Release { fence, again_at } if self.is_held_by(&fence) => self.run = Run::Free(again_at),
            Step::Fail { fence, faults } if self.is_run_by(&fence) => {
                self.batch.faults = faults;
                // Who wanted it no more gets what they wanted, and not what they no longer ask about.
                let is_wanted = self.batch.times.cancelling.is_none();
                self.end(if is_wanted { Stage::Failed } else { Stage::Cancelled }, now);
            }
            Step::Finalize { fence } if self.is_run_by(&fence) => {
                self.batch.times.finalizing.get_or_insert(now);
                if self.batch.stage == Stage::Running {
                    self.batch.stage = Stage::Finalizing;
                }
            }
            Step::End { fence, output, errors, usage } if self.is_run_by(&fence) => {
                self.batch.output = output;
                self.batch.errors = errors;
                self.batch.usage = usage;
                let stage = if self.batch.tally.expired > 0 {
                    Stage::Expired
                } else if self.batch.times.cancelling.is_some() {
                    Stage::Cancelled
                } else {
                    Stage::Completed
                };
                self.end(stage, now);
            }
            Step::Told { fence, attempted } if self.task() == Task::Tell && self.is_held_by(&fence) => {
                let Some(webhook) = &mut self.webhook else { return false };
                self.run = match webhook.attempted(attempted) {
                    Next::Again(at) => Run::Free(at),
                    Next::Delivered | Next::GivenUp => Run::Over,
                };
            }
            Step::Release { .. }
            | Step::Fail { .. }
            | Step::Finalize { .. }
            | Step::End { .. }
            | Step::Told { .. } => {
                return false;
            }
        }
        true
    }

    fn cancel(&mut self, now: Timestamp) -> bool {
        let batch = &mut self.batch;
        if !matches!(batch.stage, Stage::Validating | Stage::Running) {
            return false;
        }
        batch.stage = Stage::Cancelling;
        batch.times.cancelling = Some(now);
        true
    }

    fn end(&mut self, stage: Stage, now: Timestamp) {
        self.batch.stage = stage;
        self.batch.times.ended = Some(now);
        self.run = if self.webhook.is_some() { Run::Free(now) } else { Run::Over };
    }
}

#[cfg(test)]
mod tests;
