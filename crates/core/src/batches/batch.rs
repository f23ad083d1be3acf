//! What is told of a batch.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A batch, at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// What it is asked for by.
    pub id: String,
    /// The name of the provider whose API it was submitted to.
    pub provider: String,
    /// The id, not the value, of the virtual key that it belongs to; `None` for everybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_key: Option<String>,
    /// How far it is.
    pub stage: Stage,
    /// What was asked beside the lines, as the provider's API wants to show it again.
    pub asked: Value,
    /// Header fields that its calls are made with, of which none is a credential.
    pub headers: Vec<(String, String)>,
    /// The file that its lines are read from, where they did not come with it.
    pub input: Option<String>,
    /// The model of its first line.
    pub model: Option<String>,
    /// How many lines have ended, and how.
    pub tally: Tally,
    /// When what happened to it.
    pub times: Times,
    /// Why it has failed.
    pub faults: Vec<Fault>,
    /// The file with the results of lines that succeeded.
    pub output: Option<String>,
    /// The file with the results of the others.
    pub errors: Option<String>,
    /// The tokens that its lines took, as the provider's API tells them.
    pub usage: Option<Value>,
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Its lines are still to be read.
    Validating,
    /// Its lines are answered.
    Running,
    /// Somebody wants it no more; lines that are being answered are waited for.
    Cancelling,
    /// All lines have ended, and its results are put together.
    Finalizing,
    /// All lines were tried.
    Completed,
    /// Its lines cannot be read.
    Failed,
    /// It ended because somebody wanted it no more.
    Cancelled,
    /// It ended because its time was over.
    Expired,
}

/// How many lines there are, and how those ended that did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// All.
    pub total: u32,
    /// Answered with a success.
    pub succeeded: u32,
    /// Answered with an error.
    pub errored: u32,
    /// Not answered, since the batch was cancelled.
    pub canceled: u32,
    /// Not answered, since the batch's time was over.
    pub expired: u32,
}

/// When what happened to a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// It was submitted.
    pub created: Timestamp,
    /// What is not answered by then is not answered any more.
    pub expires: Timestamp,
    /// Its lines were read.
    pub begun: Option<Timestamp>,
    /// Somebody wanted it no more.
    pub cancelling: Option<Timestamp>,
    /// All lines had ended.
    pub finalizing: Option<Timestamp>,
    /// It was over.
    pub ended: Option<Timestamp>,
}

/// What is wrong with the lines of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// A code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// The member that is at fault.
    pub param: Option<String>,
    /// The line, from 1.
    pub line: Option<usize>,
}

// === impl Batch ===

impl Batch {
    /// A batch that is submitted now. Its lines come with it, or are to be read from a file.
    #[must_use]
    pub fn submitted(
        id: String,
        provider: &str,
        asked: Value,
        created: Timestamp,
        expires: Timestamp,
    ) -> Self {
        Batch {
            id,
            provider: provider.to_owned(),
            owner_key: None,
            stage: Stage::Validating,
            asked,
            headers: Vec::new(),
            input: None,
            model: None,
            tally: Tally::default(),
            times: Times { created, expires, begun: None, cancelling: None, finalizing: None, ended: None },
            faults: Vec::new(),
            output: None,
            errors: None,
            usage: None,
        }
    }
}

// === impl Stage ===

impl Stage {
    /// All of them.
    pub const ALL: [Stage; 8] = [
        Stage::Validating,
        Stage::Running,
        Stage::Cancelling,
        Stage::Finalizing,
        Stage::Completed,
        Stage::Failed,
        Stage::Cancelled,
        Stage::Expired,
    ];

    /// Whether nothing follows it.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Stage::Completed | Stage::Failed | Stage::Cancelled | Stage::Expired)
    }
}

// === impl Tally ===

impl Tally {
    /// How many lines have ended.
    #[must_use]
    pub const fn ended(&self) -> u32 {
        self.succeeded.saturating_add(self.errored).saturating_add(self.canceled).saturating_add(self.expired)
    }

    /// How many have not.
    #[must_use]
    pub const fn left(&self) -> u32 {
        self.total.saturating_sub(self.ended())
    }
}
