//! Cassettes on a shelf that many machines share.
//!
//! ```text
//! a session begins, or a call names a cassette --fetch--> shelf: read --> the library, for a short while
//! what a session recorded --write_shared--> shelf: read, merge, replace what was read; again where it had changed
//! ```
//!
//! - `shelf` is what keeps them, whatever that is; `health` tells how it does;
//! - `merge` puts together what several processes recorded; this file reads and writes.
//!
//! A shelf that fails costs no call: what cannot be read is missing, and what cannot be written is said.

mod health;
mod merge;
mod shelf;
#[cfg(test)]
mod tests;

pub use health::{Capacity, Health};
pub use shelf::{Answer, Shelf, Stored, Trouble, Version};

use super::files::{self, Found, Loaded, Stamp};
use super::save::{Addition, SaveError, Saved};
use super::{Named, Store, Tape};
use standin_core::cassette::{self, Cassette, CassetteName, Format};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

/// A shelf, and what is known of it.
#[derive(Debug)]
pub(crate) struct Shared {
    shelf: Arc<dyn Shelf>,
    /// The shelf is waited for on a thread of its own: neither a worker nor a guest's runtime may hang with it.
    runtime: Option<Runtime>,
    /// When each cassette was read.
    read_at: Mutex<BTreeMap<CassetteName, Instant>>,
    health: Mutex<Health>,
    capacity_at: Mutex<Option<Instant>>,
    /// Why cassettes do not belong there.
    misplaced: Option<String>,
}

/// What was read.
enum Read {
    Missing,
    /// What is known already.
    Same,
    Loaded(Loaded),
}

/// How long calls that name a cassette are answered from what was read. A session reads when it begins.
const FRESH: Duration = Duration::from_secs(1);
/// How long a cassette is remembered that nobody asks for.
const REMEMBERED: Duration = Duration::from_secs(60);
/// How long the shelf's capacity is believed, and how long it is waited for.
const CAPACITY_FRESH: Duration = Duration::from_secs(5);
const CAPACITY_PATIENCE: Duration = Duration::from_secs(1);
/// How often a write begins anew because somebody else's came first. Each of those was a success of another.
const MOST_TRIES: usize = 100;

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves these whole: every change is made in one call.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How full a shelf is, where it tells quickly.
async fn capacity_of(shelf: Arc<dyn Shelf>) -> Option<Capacity> {
    tokio::time::timeout(CAPACITY_PATIENCE, shelf.capacity()).await.ok()?.ok()?
}

// === impl Shared ===

impl Shared {
    pub(crate) fn new(shelf: Arc<dyn Shelf>, misplaced: Option<String>) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("standin-shelf")
            .thread_keep_alive(Duration::from_secs(1))
            .enable_io()
            .enable_time()
            .build()?;
        Ok(Shared {
            shelf,
            runtime: Some(runtime),
            read_at: Mutex::default(),
            health: Mutex::default(),
            capacity_at: Mutex::default(),
            misplaced,
        })
    }

    /// Where the shelf is, for messages.
    pub(crate) fn address(&self) -> String {
        self.shelf.address()
    }

    /// Why cassettes do not belong where they are.
    pub(crate) fn misplaced(&self) -> Option<&str> {
        self.misplaced.as_deref()
    }

    /// The key of a cassette.
    pub(crate) fn key(&self, name: &CassetteName) -> String {
        self.shelf.key(name.as_str())
    }

    /// How the shelf has done so far.
    pub(crate) fn health(&self) -> Health {
        held(&self.health).clone()
    }

    /// The same, with a capacity that is no older than a few seconds, where the shelf tells it quickly.
    pub(crate) async fn looked_at(&self) -> Health {
        let recent = held(&self.capacity_at).is_some_and(|at| at.elapsed() < CAPACITY_FRESH);
        if !recent {
            *held(&self.capacity_at) = Some(Instant::now());
            let capacity = self.ask(capacity_of(Arc::clone(&self.shelf))).await;
            held(&self.health).capacity = capacity.flatten();
        }
        self.health()
    }

    /// [`Shared::looked_at`], for callers that may wait.
    pub(crate) fn look(&self) -> Health {
        let capacity = self.wait(capacity_of(Arc::clone(&self.shelf)));
        held(&self.health).capacity = capacity.flatten();
        self.health()
    }

    /// Says early that a shelf cannot be reached; nobody waits for it.
    pub(crate) fn knock(&self) {
        let shelf = Arc::clone(&self.shelf);
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move {
                // A read, since who may do that need not be let to ask for anything else.
                if let Err(trouble) = shelf.read(&shelf.key("")).await {
                    let address = shelf.address();
                    tracing::warn!(
                        "{address} does not answer, so that every cassette there is missing: {trouble}"
                    );
                }
            });
        }
    }

    fn is_fresh(&self, name: &CassetteName) -> bool {
        held(&self.read_at).get(name).is_some_and(|at| at.elapsed() < FRESH)
    }

    /// Does something on the shelf's own thread. `None` where that has stopped.
    async fn ask<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (send, receive) = oneshot::channel();
        self.runtime.as_ref()?.spawn(async move {
            // Whoever asked may have left.
            let _ = send.send(work.await);
        });
        receive.await.ok()
    }

    /// [`Shared::ask`], for callers that may wait. Within a runtime too, which tokio's own ways forbid.
    fn wait<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let (send, receive) = std::sync::mpsc::channel();
        self.runtime.as_ref()?.spawn(async move {
            let _ = send.send(work.await);
        });
        receive.recv().ok()
    }

    fn load_failed(&self, key: &str, trouble: &Trouble) {
        tracing::warn!("cassette load failed for {key}; treating as cache miss: {trouble}");
        let mut health = held(&self.health);
        health.load_failures += 1;
        health.last_error = Some(trouble.to_string());
    }

    fn save_failed(&self, key: &str, trouble: &Trouble) {
        tracing::warn!("cassette save failed for {key}; cassette not persisted: {trouble}");
        let mut health = held(&self.health);
        health.save_failures += 1;
        health.last_error = Some(trouble.to_string());
    }

    fn corrupt(&self, key: &str, reason: &str) {
        tracing::warn!(
            "cassette load failed for {key}; cached payload is corrupt, treating as cache miss: {reason}"
        );
        let mut health = held(&self.health);
        health.load_failures += 1;
        health.corrupt += 1;
        health.last_error = Some(format!("corrupt payload: {reason}"));
    }

    /// Remembers that a cassette was read; which others nobody has asked for in a while.
    fn note_read(&self, name: &CassetteName) -> Vec<CassetteName> {
        let now = Instant::now();
        let mut read_at = held(&self.read_at);
        read_at.insert(name.clone(), now);
        let old = |at: &Instant| now.duration_since(*at) > REMEMBERED;
        let forgotten: Vec<CassetteName> =
            read_at.iter().filter(|(_, at)| old(at)).map(|(name, _)| name.clone()).collect();
        read_at.retain(|_, at| !old(at));
        forgotten
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping it would block, which is forbidden inside another runtime.
            runtime.shutdown_background();
        }
    }
}

// === impl Store ===

impl Store {
    /// Whether a cassette has to be fetched before a call that names it can be decided on.
    pub(crate) fn is_unread(&self, name: &CassetteName) -> bool {
        self.shared().is_some_and(|shared| !shared.is_fresh(name))
    }

    /// Reads a cassette from the shelf, where there is one.
    pub(crate) async fn fetch(&self, name: &CassetteName) {
        let Some(shared) = self.shared() else { return };
        let key = shared.key(name);
        let known = self.read().stamp(name);
        let shelf = Arc::clone(&shared.shelf);
        let (rules, pace) = (self.rules.clone(), self.pace.clone());
        let (of, at) = (name.clone(), key.clone());
        let asked = shared.ask(async move {
            let Some(stored) = shelf.read(&at).await? else { return Ok(Read::Missing) };
            let stamp = Stamp::Value(stored.version);
            if known == Some(stamp) {
                return Ok(Read::Same);
            }
            let found = Found { name: of, path: at.into(), stamp };
            let parsed =
                tokio::task::spawn_blocking(move || files::read(&found, &stored.bytes, &rules, &pace));
            parsed.await.map(Read::Loaded).map_err(|error| Trouble::new(error.to_string()))
        });
        let read = asked.await.unwrap_or_else(|| Err(Trouble::stopped()));
        let forgotten = shared.note_read(name);
        let tape = match read {
            Ok(Read::Same) => return,
            Ok(Read::Loaded(Ok(tape))) => Some(tape),
            Ok(Read::Loaded(Err(broken))) => {
                shared.corrupt(&key, &broken.error.reason);
                None
            }
            Ok(Read::Missing) => None,
            Err(trouble) => {
                shared.load_failed(&key, &trouble);
                None
            }
        };
        let mut library = self.write();
        for name in forgotten {
            library.remove(&name);
        }
        // Otherwise somebody has written it since it was read.
        if library.stamp(name) == known && (known.is_some() || tape.is_some()) {
            match tape {
                Some(tape) => library.insert(tape),
                None => library.remove(name),
            }
            drop(library);
            self.changed();
        }
    }

    /// Adds interactions to a cassette on the shelf. Several processes may do so at once: each puts its own into
    /// what it has read, and begins anew where that was no longer there.
    pub(super) fn write_shared(
        &self,
        shared: &Shared,
        name: &CassetteName,
        additions: &[Addition],
    ) -> Result<Vec<Saved>, SaveError> {
        let key = shared.key(name);
        let failed = |trouble: Trouble| {
            shared.save_failed(&key, &trouble);
            SaveError::Shelf { key: key.clone(), trouble }
        };
        let (_, rules) = self.rules.for_cassette(name.as_str());
        for _ in 0..MOST_TRIES {
            let (shelf, at) = (Arc::clone(&shared.shelf), key.clone());
            let read = shared.wait(async move { shelf.read(&at).await });
            let stored = read.unwrap_or_else(|| Err(Trouble::stopped())).map_err(failed)?;
            let version = stored.as_ref().map(|stored| stored.version);
            let mut cassette = self.on_shelf(name, stored.as_ref());
            let merged = merge::merge(&mut cassette, additions, &rules);
            let Some(expiry) = merged.changed else { return Ok(merged.results) };
            cassette.format = Format::Vcrpy;
            let text = cassette.render(Format::Vcrpy);
            let (shelf, at) = (Arc::clone(&shared.shelf), key.clone());
            let replaced = shared.wait(async move { shelf.replace(&at, version, text.into(), expiry).await });
            if let Some(version) = replaced.unwrap_or_else(|| Err(Trouble::stopped())).map_err(failed)? {
                shared.note_read(name);
                self.put(Tape::new(
                    name.clone(),
                    key.into(),
                    Stamp::Value(version),
                    cassette,
                    &self.rules,
                    self.pace.clone(),
                ));
                return Ok(merged.results);
            }
        }
        Err(SaveError::Contended { key })
    }

    /// The cassette that the shelf has now; what cannot be read is nothing, and is replaced.
    fn on_shelf(&self, name: &CassetteName, stored: Option<&Stored>) -> Cassette {
        let empty = || Cassette {
            format: Format::Vcrpy,
            interactions: Vec::new(),
            unknown: cassette::Unknown::default(),
        };
        let Some(stored) = stored else { return empty() };
        match self.named(name) {
            Named::Tape(tape) if tape.stamp == Stamp::Value(stored.version) => tape.cassette.clone(),
            _ => cassette::parse(&stored.bytes).unwrap_or_else(|_| empty()),
        }
    }
}
