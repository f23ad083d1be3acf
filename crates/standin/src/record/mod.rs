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

use crate::engine::{Engine, Routed};
use crate::sessions::Session;
use crate::upstream::{Client, Destination, Upstreams};
use live::Live;
use standin_core::Keep;
use standin_core::cassette::{CassetteName, Format};
use standin_core::matching::ContentKey;
use standin_core::scrub::{Scrubber, Vault};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

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

/// How recordings are made.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) scrubber: Scrubber,
    /// The format of new cassettes.
    pub(crate) format: Format,
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
    idle: Condvar,
}

/// Recordings that are not done.
#[derive(Debug, Default)]
struct Busy {
    /// Those that still hear from their provider.
    arriving: usize,
    /// Those that have heard everything and are being stored.
    storing: usize,
}

/// Something counted as busy while it lives.
#[derive(Debug)]
struct Working {
    engine: Arc<Engine>,
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
        }
    }

    /// Begins a recording, or joins the one of an equal call. `None` when cassettes have changed since the
    /// decision, which then has to be made again.
    pub(crate) fn begin(
        engine: &Arc<Engine>,
        routed: &Routed,
        ticket: Box<Ticket>,
        decided_at: u64,
    ) -> Option<Reader> {
        let recorder = &engine.recorder;
        let (writer, live) = Live::begin();
        let reader = live.join();
        let mut held = Held { engine: Arc::clone(engine), lease: None };
        if let Some(lease) = &ticket.lease {
            let mut leases = lock(&recorder.leases);
            if let Some(joined) = leases.get(lease).and_then(Live::join) {
                return Some(joined);
            }
            // Stored between the look-up and here: what was missing is there now.
            if engine.store.generation() != decided_at {
                return None;
            }
            if !leases.contains_key(lease) {
                leases.insert(lease.clone(), live);
                held.lease = Some(lease.clone());
            }
        }
        if let Some(session) = &ticket.session {
            session.begin_recording();
        }
        let working = Working::new(engine);
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
        reader
    }

    /// The format of new cassettes.
    pub(crate) fn format(&self) -> Format {
        self.settings.format
    }

    fn vault(&self, name: &CassetteName, begin: impl FnOnce() -> Vault) -> Arc<Mutex<Vault>> {
        Arc::clone(lock(&self.vaults).entry(name.clone()).or_insert_with(|| Arc::new(Mutex::new(begin()))))
    }

    /// Gives recordings that are arriving this long, and those being stored a little more. Then they end.
    pub(crate) fn stop(&self, patience: Duration) {
        let started = Instant::now();
        let mut busy = lock(&self.busy);
        loop {
            let limit = match (busy.arriving, busy.storing) {
                (0, 0) => break,
                (_, 0) => patience,
                (_, _) => patience.max(STORING_PATIENCE),
            };
            let Some(left) = limit.checked_sub(started.elapsed()).filter(|left| !left.is_zero()) else {
                tracing::warn!("{} recordings were cut off by the stop", busy.arriving + busy.storing);
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

/// How long what has arrived may take to be stored when the server is dropped.
const STORING_PATIENCE: Duration = Duration::from_secs(10);

fn start_runtime() -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("standin-record")
        .enable_io()
        .enable_time()
        .build()
}

// === impl Working ===

impl Working {
    fn new(engine: &Arc<Engine>) -> Self {
        lock(&engine.recorder.busy).arriving += 1;
        Working { engine: Arc::clone(engine), phase: Phase::Arriving }
    }

    /// Everything has arrived.
    fn storing(&mut self) {
        if self.phase == Phase::Arriving {
            let mut busy = lock(&self.engine.recorder.busy);
            busy.arriving -= 1;
            busy.storing += 1;
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
            Phase::Storing => busy.storing -= 1,
        }
        recorder.idle.notify_all();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(lease) = &self.lease {
            lock(&self.engine.recorder.leases).remove(lease);
        }
    }
}
