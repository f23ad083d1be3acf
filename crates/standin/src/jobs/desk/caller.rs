//! Who asks, and which jobs, files and batches are theirs.

use super::{Jobs, is_background, unavailable};
use crate::jobs::store::Keyholder;
use crate::jobs::{Anonymous, Job, JobId, JobKind, Reasons};
use standin_core::Headers;
use standin_providers::bifrost::{ErrorObject, REASON, virtual_key};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Nobody in particular.
    Anonymous,
    /// Somebody whose virtual key is nobody's.
    Unknown,
    /// Who holds the virtual key with this id.
    Known(String),
}

/// Why there is no job for a caller. Told only where the server's owner wants that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Unknown,
    KeyRequired,
    KeyUnknown,
    KeyMismatch,
    KindMismatch,
}

// === impl Caller ===

impl Caller {
    pub(crate) fn of(headers: &Headers, jobs: &Jobs) -> Self {
        match virtual_key(headers) {
            None => Caller::Anonymous,
            Some(value) => jobs.keys.id_of(value).map_or(Caller::Unknown, Caller::Known),
        }
    }

    /// The id of the key that what they submit belongs to.
    ///
    /// # Errors
    /// Where nothing is taken from them.
    pub(crate) fn owner(&self, anonymous: Anonymous) -> Result<Option<String>, ErrorObject> {
        match self {
            Caller::Anonymous if anonymous == Anonymous::Refuse => Err(ErrorObject::key_required()),
            Caller::Anonymous => Ok(None),
            Caller::Known(id) => Ok(Some(id.clone())),
            Caller::Unknown => Err(ErrorObject::unknown_virtual_key()),
        }
    }

    /// Whose jobs, files and batches are listed for them.
    pub(crate) fn keyholder(&self) -> Keyholder {
        match self {
            Caller::Anonymous | Caller::Unknown => Keyholder::Nobody,
            Caller::Known(id) => Keyholder::Key(id.clone()),
        }
    }

    /// Whether a job is this caller's to see.
    fn sees(&self, job: &Job) -> Result<(), Missing> {
        if self.keyholder().sees(job.owner_key.as_deref()) {
            return Ok(());
        }
        Err(match self {
            Caller::Known(_) => Missing::KeyMismatch,
            Caller::Unknown => Missing::KeyUnknown,
            Caller::Anonymous => Missing::KeyRequired,
        })
    }
}

// === impl Missing ===

impl Missing {
    const fn name(self) -> &'static str {
        match self {
            Missing::Unknown => "unknown job",
            Missing::KeyRequired => "virtual key is required",
            Missing::KeyUnknown => "virtual key not found",
            Missing::KeyMismatch => "virtual key mismatch",
            Missing::KindMismatch => "operation type mismatch",
        }
    }
}

// === impl Jobs ===

impl Jobs {
    /// A job that a caller may see: it is there, it is theirs, and it is of the kind that was asked for.
    ///
    /// # Errors
    /// One and the same whatever is the reason, and another one where the store does not answer.
    pub(super) async fn seen(
        &self,
        headers: &Headers,
        kind: Option<JobKind>,
        id: &str,
    ) -> Result<Job, ErrorObject> {
        let missing = |why: Missing| {
            tracing::debug!("there is no job for this caller: {}", why.name());
            let error = ErrorObject::no_such_job();
            match self.rules.reasons {
                Reasons::Hidden => error,
                Reasons::Told => error.with(REASON, why.name()),
            }
        };
        if self.is_closed() {
            return Err(ErrorObject::store_unavailable());
        }
        let (Some(id), Some(store)) = (JobId::parse(id), self.opened()) else {
            return Err(missing(Missing::Unknown));
        };
        let job = store.find(id, self.clock.now()).await.map_err(|error| unavailable(&error))?;
        let job = job.ok_or_else(|| missing(Missing::Unknown))?;
        if is_background(&job) {
            return Err(missing(Missing::Unknown));
        }
        Caller::of(headers, self).sees(&job).map_err(missing)?;
        if kind.is_some_and(|kind| kind != job.kind) {
            return Err(missing(Missing::KindMismatch));
        }
        Ok(job)
    }
}
