//! Jobs: calls that are answered in the background.
//!
//! ```text
//! desk     what callers ask over HTTP: submit, poll, list, cancel, follow
//! work     who runs them: claim, run as a call from inside, end or give back
//! store    where they are kept           rules    what a server decides about them
//! keys     whose they are                clock    what time it is for them
//! ```

mod census;
mod clock;
mod desk;
mod keys;
mod rules;
pub mod store;
pub mod webhook;
mod work;

pub use keys::{BadKeys, VirtualKey};
pub use rules::{Anonymous, JobRules, JobsIn, OnRestart, Reasons};
pub use standin_core::jobs::*;

pub(crate) use census::Census;
pub(crate) use clock::Clock;
pub(crate) use desk::{
    ATTEMPTS_HEADER, Asked, CONTROL_HEADER, Caller, Followed, IDEMPOTENCY_KEY, Said, Told, Visit, told,
};
pub(crate) use keys::VirtualKeys;
pub(crate) use webhook::WEBHOOK_HEADER;

use crate::batches::{BatchRules, BatchStore, Batches, MemoryBatches, Works as BatchWorks};
use crate::random::random_bytes;
use crate::server::Service;
use jiff::Timestamp;
use standin_providers::bifrost::AsyncKind;
#[cfg(feature = "sqlite")]
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;
use store::{JobStore, MemoryStore, StoreError};
use tokio::sync::OnceCell;
use webhook::Courier;
use work::{Running, Tally, Works};

/// Jobs of one server. Nothing is opened and nobody works before the first of them.
#[derive(Debug)]
pub(crate) struct Jobs {
    pub(crate) rules: JobRules,
    pub(crate) clock: Clock,
    pub(crate) keys: VirtualKeys,
    pub(crate) tally: Tally,
    service: Weak<Service>,
    store: OnceCell<Arc<dyn JobStore>>,
    /// Whether the store could not be opened when it was last tried.
    is_closed: AtomicBool,
    works: Mutex<Option<Works>>,
    /// Batches are kept beside jobs, and run by a thread of their own.
    batches: OnceLock<Arc<Batches>>,
    batch_works: Mutex<Option<BatchWorks>>,
    running: Arc<Running>,
}

/// Why jobs cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum JobsError {
    /// The file is none, or is not to be had.
    #[cfg(feature = "sqlite")]
    #[error("jobs cannot be kept: {0}")]
    Open(#[from] store::OpenStoreError),
    /// The folder of the file cannot be made.
    #[cfg(feature = "sqlite")]
    #[error(
        "the folder {path} for jobs cannot be made: {source}; choose another file with --jobs, or memory"
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no thread to run them on.
    #[error("cannot start to run jobs: {0}")]
    Worker(#[from] std::io::Error),
    /// The server ends.
    #[error("the server is ending: no more jobs are run")]
    Ending,
}

// === impl Jobs ===

impl Jobs {
    pub(crate) fn new(rules: JobRules, keys: VirtualKeys, service: Weak<Service>) -> Arc<Self> {
        Arc::new(Jobs {
            rules,
            clock: Clock::new(),
            keys,
            tally: Tally::default(),
            service,
            store: OnceCell::new(),
            is_closed: AtomicBool::new(false),
            works: Mutex::default(),
            batches: OnceLock::new(),
            batch_works: Mutex::default(),
            running: Arc::default(),
        })
    }

    /// Goes on with what a server before this one left, where it left something, and opens what was asked for.
    ///
    /// # Errors
    /// When what is there cannot be opened.
    pub(crate) fn resume(self: &Arc<Self>) -> Result<(), JobsError> {
        let is_opened = match &self.rules.kept {
            JobsIn::Memory | JobsIn::Off => false,
            #[cfg(feature = "sqlite")]
            JobsIn::File(_) => true,
            #[cfg(feature = "sqlite")]
            JobsIn::FileOnDemand(path) => path.exists(),
        };
        if is_opened {
            // Nobody else has this server yet.
            let _ = self.store.set(self.begin()?);
        }
        Ok(())
    }

    /// The store, where there has been a job.
    pub(crate) fn opened(&self) -> Option<&Arc<dyn JobStore>> {
        self.store.get()
    }

    /// The store, opened with the first job.
    ///
    /// # Errors
    /// When it cannot be opened. The next one asks again.
    pub(crate) async fn store(self: &Arc<Self>) -> Result<&Arc<dyn JobStore>, JobsError> {
        let open = || async {
            let jobs = Arc::clone(self);
            tokio::task::spawn_blocking(move || jobs.begin()).await.unwrap_or(Err(JobsError::Ending))
        };
        let opened = self.store.get_or_try_init(open).await;
        self.is_closed.store(opened.is_err(), Ordering::Relaxed);
        opened
    }

    /// Whether the store could not be opened when it was last tried.
    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Opens the store and begins to work.
    fn begin(self: &Arc<Self>) -> Result<Arc<dyn JobStore>, JobsError> {
        let (store, batches): (Arc<dyn JobStore>, Arc<dyn BatchStore>) = match &self.rules.kept {
            JobsIn::Memory | JobsIn::Off => {
                (Arc::new(MemoryStore::new()), Arc::new(MemoryBatches::default()))
            }
            #[cfg(feature = "sqlite")]
            kept @ (JobsIn::File(path) | JobsIn::FileOnDemand(path)) => {
                if matches!(kept, JobsIn::FileOnDemand(_)) {
                    make_folder_of(path)?;
                }
                let store = store::SqliteStore::open(path, store::Durability::Process)?;
                let batches = crate::batches::SqliteBatches::of(&store);
                (Arc::new(store), Arc::new(batches))
            }
        };
        let service = self.service.upgrade().ok_or(JobsError::Ending)?;
        self.begin_batches(batches, &service)?;
        let works = Works::start(Arc::clone(self), service, Arc::clone(&store))?;
        *self.works.lock().unwrap_or_else(PoisonError::into_inner) = Some(works);
        Ok(store)
    }

    /// Begins to work on batches.
    fn begin_batches(
        self: &Arc<Self>,
        store: Arc<dyn BatchStore>,
        service: &Arc<Service>,
    ) -> Result<(), JobsError> {
        let rules = BatchRules {
            lease: self.rules.lease,
            line_timeout: self.rules.timeout,
            anonymous: self.rules.anonymous,
            ..BatchRules::default()
        };
        let jobs = Arc::downgrade(self);
        let now = move || jobs.upgrade().map_or_else(Timestamp::now, |jobs| jobs.clock.now());
        let batches = Batches::new(store, rules, Arc::new(now), random_bytes);
        let batches = Arc::new(match self.rules.webhooks.clone() {
            Some(rules) => batches.told_by(Courier::new(rules, self.tally.webhooks.clone())),
            None => batches,
        });
        let works = BatchWorks::start(Arc::clone(&batches), Arc::clone(service), self.rules.largest_result)?;
        *self.batch_works.lock().unwrap_or_else(PoisonError::into_inner) = Some(works);
        // One store is opened at a time, and no other one once there is one.
        let _ = self.batches.set(batches);
        Ok(())
    }

    /// Batches, kept where jobs are, opened with the first of them.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub(crate) async fn batches(self: &Arc<Self>) -> Result<&Arc<Batches>, JobsError> {
        self.store().await?;
        self.batches.get().ok_or(JobsError::Ending)
    }

    /// Batches, where there is a store.
    pub(crate) fn opened_batches(&self) -> Option<&Arc<Batches>> {
        self.batches.get()
    }

    /// Begins no more jobs from now on. Those that run have this long to end.
    pub(crate) fn drain(&self, patience: Duration) {
        if let Some(works) = self.works.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            works.drain(patience);
        }
    }

    /// Waits for the jobs that run, as long as they were given, and gives back the others.
    pub(crate) fn stop(&self) {
        let works = self.works.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(works) = works {
            works.stop();
        }
        let works = self.batch_works.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(works) = works {
            works.stop();
        }
    }

    /// Whoever runs a job here asks the store about it at once.
    pub(crate) fn look_again(&self, id: JobId) {
        self.running.look_again(id);
    }

    /// Moves the time of jobs on. Leases of running ones move with it: whoever holds them is alive.
    pub(crate) async fn advance(&self, by: Duration) {
        let _moving = self.running.moving().await;
        if let Some(store) = self.opened() {
            let until = self.clock.after(by.saturating_add(self.rules.lease));
            for fence in self.running.fences() {
                // One that has ended meanwhile needs no lease.
                let _ = store.renew(fence, until, self.clock.now()).await;
            }
        }
        match self.opened_batches() {
            Some(batches) => batches.move_on(by, || self.clock.advance(by)).await,
            None => self.clock.advance(by),
        }
    }

    /// Takes all jobs from those who run them, as if these had died: how many there were.
    ///
    /// # Errors
    /// When the store does not answer.
    pub(crate) async fn crash(&self) -> Result<usize, StoreError> {
        let Some(store) = self.opened() else { return Ok(0) };
        let lost = self.running.fences();
        let lapsed = store.lapse(self.clock.now()).await?;
        if self.rules.on_restart == OnRestart::Resume {
            // At once: who is still alive would have its lease prolonged.
            work::take_back(self, &**store).await?;
        }
        for fence in lost {
            self.running.look_again(fence.id);
        }
        Ok(lapsed)
    }
}

/// Makes the folder of a file where there is none, as one that git leaves alone.
#[cfg(feature = "sqlite")]
fn make_folder_of(path: &Path) -> Result<(), JobsError> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    else {
        return Ok(());
    };
    let made =
        std::fs::create_dir_all(folder).and_then(|()| std::fs::write(folder.join(".gitignore"), "*\n"));
    made.map_err(|source| JobsError::Folder { path: folder.to_owned(), source })
}

/// The kind of a job on the wire.
pub(crate) const fn wire_kind(kind: JobKind) -> AsyncKind {
    match kind {
        JobKind::TextCompletion => AsyncKind::Completions,
        JobKind::ChatCompletion => AsyncKind::Chat,
        JobKind::Responses => AsyncKind::Responses,
        JobKind::Embedding => AsyncKind::Embeddings,
        JobKind::Speech => AsyncKind::Speech,
        JobKind::Transcription => AsyncKind::Transcriptions,
        JobKind::ImageGeneration => AsyncKind::ImageGenerations,
        JobKind::ImageEdit => AsyncKind::ImageEdits,
        JobKind::ImageVariation => AsyncKind::ImageVariations,
        JobKind::Rerank => AsyncKind::Rerank,
        JobKind::Ocr => AsyncKind::Ocr,
    }
}

/// The kind of a job in the store.
pub(crate) const fn kept_kind(kind: AsyncKind) -> JobKind {
    match kind {
        AsyncKind::Completions => JobKind::TextCompletion,
        AsyncKind::Chat => JobKind::ChatCompletion,
        AsyncKind::Responses => JobKind::Responses,
        AsyncKind::Embeddings => JobKind::Embedding,
        AsyncKind::Speech => JobKind::Speech,
        AsyncKind::Transcriptions => JobKind::Transcription,
        AsyncKind::ImageGenerations => JobKind::ImageGeneration,
        AsyncKind::ImageEdits => JobKind::ImageEdit,
        AsyncKind::ImageVariations => JobKind::ImageVariation,
        AsyncKind::Rerank => JobKind::Rerank,
        AsyncKind::Ocr => JobKind::Ocr,
    }
}
