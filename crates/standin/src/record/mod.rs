//! Recording: a call goes on to its provider, the answer to the client as it arrives, and a scrubbed copy
//! into the cassette.
//!
//! ```text
//! engine decides to record --Recorder::begin--> a reader of a new answer, or of one in flight
//!   capture   upstream -> live, piece by piece; goes on when the client has left
//!   live      one writer, many readers
//!   keep      what arrived -> scrubbed interaction -> session or store
//! ```
//!
//! It all runs on one thread of its own, which is started by the first recording: replaying is never
//! slowed by it. What is written is written beside it, on the runtime's blocking threads.

mod capture;
mod keep;
mod live;

pub(crate) use live::Reader;

use crate::bypass::Passed;
use crate::engine::{Engine, Routed};
use crate::journal::{Outcome, Recording, Source};
use crate::sessions::Session;
use crate::store::Twins;
use crate::upstream::{Client, Destination, Upstreams};
use live::Live;
use standin_core::Keep;
use standin_core::cassette::{CassetteName, Format};
use standin_core::matching::ContentKey;
use standin_core::record::Bodies;
use standin_core::scrub::{Scrubber, Vault};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::sync::Notify;

/// A decision to record, with what it takes.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) cassette: CassetteName,
    pub(crate) session: Option<Arc<Session>>,
    pub(crate) keep: Keep,
    pub(crate) destination: Destination,
    /// Calls with the same lease share one call upstream. A session has none: there, equal calls are
    /// separate, since each may get another answer.
    pub(crate) lease: Option<Lease>,
    /// What becomes of it where another process records the same.
    pub(crate) twins: Twins,
    /// Why it passes by the cassette, where it does.
    pub(crate) passed: Option<Passed>,
}

/// What makes two calls the same for recording.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Lease {
    pub(crate) cassette: CassetteName,
    pub(crate) key: ContentKey,
    pub(crate) host: Option<String>,
    /// The fingerprint of the caller's credential.
    pub(crate) credential: String,
}

/// What became of a decision to record.
#[derive(Debug)]
pub(crate) enum Begun {
    /// The answer is arriving.
    Reader(Reader),
    /// The answer to an equal call is; what the journal is told of this one.
    Joined(Reader, Box<Outcome>),
    /// An equal answer has arrived and is being stored, or has just been: decide again when it is.
    Later(CassetteName),
}

/// Whether a call has waited for what is being stored. It does so once: a disk that hangs is no reason for a
/// call to hang with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waited {
    No,
    Once,
}

/// How recordings are made.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) scrubber: Scrubber,
    /// The format of new cassettes.
    pub(crate) format: Format,
    /// How JSON stands in them.
    pub(crate) bodies: Bodies,
    /// The largest body that is stored, in bytes as they arrive.
    pub(crate) largest: usize,
}

/// Makes the recordings of one server.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) upstreams: Upstreams,
    settings: Settings,
    client: Client,
    leases: Mutex<HashMap<Lease, Arc<Live>>>,
    /// What each cassette's recordings had replaced, so that equal secrets get equal placeholders.
    vaults: Mutex<BTreeMap<CassetteName, Arc<Mutex<Vault>>>>,
    runtime: Mutex<Option<Runtime>>,
    busy: Mutex<Busy>,
    /// Told when one is done: to whoever stops the server, and to calls.
    idle: Condvar,
    stored: Notify,
}

/// Recordings that are not done.
#[derive(Debug, Default)]
struct Busy {
    /// Those that still hear from their provider.
    arriving: usize,
    /// The cassettes of those that have heard everything and are being stored.
    storing: Vec<CassetteName>,
}

/// A recording that counts as busy, and as its session's, while it lives.
#[derive(Debug)]
struct Working {
    engine: Arc<Engine>,
    cassette: CassetteName,
    session: Option<Arc<Session>>,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Arriving,
    Storing,
}

/// A lease that is given back when the recording is done, whatever came of it.
#[derive(Debug)]
struct Held {
    engine: Arc<Engine>,
    lease: Option<Lease>,
}

/// What the journal is told of a call that went upstream.
fn outcome(engine: &Engine, routed: &Routed, ticket: &Ticket, recording: Option<Recording>) -> Outcome {
    Outcome {
        method: routed.call.method.clone(),
        target: engine.shown(&routed.call, &routed.call.target()),
        provider: routed.provider.name(),
        source: Source::Upstream,
        status: 0,
        cassette: Some(ticket.cassette.to_string()),
        interaction: None,
        mock: None,
        fault: None,
        recording,
        error: None,
        message: None,
        near_misses: Vec::new(),
        near_mocks: Vec::new(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves these whole: every change is made in one call.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// === impl Recorder ===

impl Recorder {
    pub(crate) fn new(upstreams: Upstreams, settings: Settings) -> Self {
        Recorder {
            upstreams,
            settings,
            client: Client::default(),
            leases: Mutex::default(),
            vaults: Mutex::default(),
            runtime: Mutex::default(),
            busy: Mutex::default(),
            idle: Condvar::new(),
            stored: Notify::new(),
        }
    }

    /// Begins a recording, or joins the one of an equal call that is arriving.
    pub(crate) fn begin(
        engine: &Arc<Engine>,
        routed: &Routed,
        ticket: Box<Ticket>,
        decided_at: u64,
        waited: Waited,
    ) -> Begun {
        let recorder = &engine.recorder;
        let (writer, live) = Live::begin();
        let mut held = Held { engine: Arc::clone(engine), lease: None };
        if let Some(lease) = &ticket.lease {
            let mut leases = lock(&recorder.leases);
            match leases.get(lease) {
                Some(other) if other.has_ended() && waited == Waited::No => {
                    return Begun::Later(ticket.cassette.clone());
                }
                Some(other) => {
                    if let Some(joined) = other.join() {
                        let outcome = outcome(engine, routed, &ticket, Some(Recording::Shared));
                        return Begun::Joined(joined, Box::new(outcome));
                    }
                }
                // Stored between the look-up and here: what was missing is there now.
                None if engine.store.generation() != decided_at && waited == Waited::No => {
                    return Begun::Later(ticket.cassette.clone());
                }
                None => {
                    leases.insert(lease.clone(), Arc::clone(&live));
                    held.lease = Some(lease.clone());
                }
            }
        }
        let reader = live.join();
        let working = Working::new(engine, &ticket);
        let cassette = ticket.cassette.clone();
        let task = capture::run(Arc::clone(engine), routed.clone(), ticket, writer, working, held);
        let mut runtime = lock(&recorder.runtime);
        match &*runtime {
            Some(runtime) => drop(runtime.spawn(task)),
            None => match start_runtime() {
                Ok(started) => {
                    started.spawn(task);
                    *runtime = Some(started);
                }
                // The task is dropped, and its writer tells the reader.
                Err(error) => tracing::error!("cannot start a thread for recording: {error}"),
            },
        }
        reader.map_or(Begun::Later(cassette), Begun::Reader)
    }

    /// Waits until what has arrived for a cassette, or for any, is stored, so that it can answer.
    pub(crate) async fn settled(&self, cassette: Option<&CassetteName>) {
        let settled = async {
            loop {
                let mut done = std::pin::pin!(self.stored.notified());
                done.as_mut().enable();
                if !self.is_storing(cassette) {
                    return;
                }
                done.await;
            }
        };
        let _ = tokio::time::timeout(CALL_PATIENCE, settled).await;
    }

    /// Whether something has arrived for a cassette, or for any, and is not stored yet.
    pub(crate) fn is_storing(&self, cassette: Option<&CassetteName>) -> bool {
        let busy = lock(&self.busy);
        cassette.map_or(!busy.storing.is_empty(), |name| busy.storing.contains(name))
    }

    /// The format of new cassettes.
    pub(crate) fn format(&self) -> Format {
        self.settings.format
    }

    /// What is secret, where a session says no more.
    pub(crate) fn scrubber(&self) -> &Scrubber {
        &self.settings.scrubber
    }

    fn vault(&self, name: &CassetteName, begin: impl FnOnce() -> Vault) -> Arc<Mutex<Vault>> {
        let known = lock(&self.vaults).get(name).cloned();
        // Looking through a large cassette takes a while, and other cassettes do not wait for it.
        known.unwrap_or_else(|| {
            let begun = Arc::new(Mutex::new(begin()));
            Arc::clone(lock(&self.vaults).entry(name.clone()).or_insert(begun))
        })
    }

    /// Forgets what was replaced, as at the start.
    pub(crate) fn forget(&self) {
        lock(&self.vaults).clear();
    }

    /// Gives recordings that are arriving this long, and those being stored a little more. Then they end.
    pub(crate) fn stop(&self, patience: Duration) {
        let started = Instant::now();
        let mut busy = lock(&self.busy);
        loop {
            let limit = match (busy.arriving, busy.storing.len()) {
                (0, 0) => break,
                (_, 0) => patience,
                (_, _) => patience.max(STORING_PATIENCE),
            };
            let Some(left) = limit.checked_sub(started.elapsed()).filter(|left| !left.is_zero()) else {
                tracing::warn!("{} recordings were cut off by the stop", busy.arriving + busy.storing.len());
                break;
            };
            busy = self.idle.wait_timeout(busy, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(busy);
        if let Some(runtime) = lock(&self.runtime).take() {
            // Dropping it would block, which is forbidden inside another runtime.
            runtime.shutdown_background();
        }
    }
}

/// How long a call waits for what is being stored.
const CALL_PATIENCE: Duration = Duration::from_secs(5);
/// How long what has arrived may take to be stored when the server is dropped.
const STORING_PATIENCE: Duration = Duration::from_secs(10);

fn start_runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("standin-record")
        // What a thread has used goes back when it ends.
        .thread_keep_alive(Duration::from_secs(1))
        .enable_io()
        .enable_time()
        .build()
}

// === impl Working ===

impl Working {
    fn new(engine: &Arc<Engine>, ticket: &Ticket) -> Self {
        lock(&engine.recorder.busy).arriving += 1;
        if let Some(session) = &ticket.session {
            session.begin_recording();
        }
        Working {
            engine: Arc::clone(engine),
            cassette: ticket.cassette.clone(),
            session: ticket.session.clone(),
            phase: Phase::Arriving,
        }
    }

    /// Everything has arrived.
    fn storing(&mut self) {
        if self.phase == Phase::Arriving {
            let mut busy = lock(&self.engine.recorder.busy);
            busy.arriving -= 1;
            busy.storing.push(self.cassette.clone());
            self.phase = Phase::Storing;
        }
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let recorder = &self.engine.recorder;
        let mut busy = lock(&recorder.busy);
        match self.phase {
            Phase::Arriving => busy.arriving -= 1,
            Phase::Storing => {
                if let Some(at) = busy.storing.iter().position(|name| *name == self.cassette) {
                    busy.storing.swap_remove(at);
                }
            }
        }
        drop(busy);
        if let Some(session) = &self.session {
            session.end_recording();
        }
        recorder.idle.notify_all();
        recorder.stored.notify_waiters();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(lease) = &self.lease {
            lock(&self.engine.recorder.leases).remove(lease);
        }
    }
}
