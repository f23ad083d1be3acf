//! Who runs jobs: one thread begins as many at once as the rules say and keeps their leases, others make the attempts.
//!
//! ```text
//! plan     what is kept beside a call for its run        attempt   one attempt: the call from inside, its outcome
//! run      a job that was begun: its lease, its end       tidy      leases that have passed, results that have
//! inherit  what a server before this one left             tally     what is counted
//! ```

mod attempt;
mod inherit;
mod plan;
mod run;
mod tally;
mod tidy;

pub(super) use plan::Plan;
pub(super) use tally::Taken;
pub(crate) use tally::Tally;
pub(super) use tidy::take_back;

use super::Jobs;
use super::desk::envelope;
use super::store::{Claim, Claimant, JobStore};
use super::webhook::Deliveries;
use super::{Fence, JobId, OnRestart};
use crate::random::random_bytes;
use crate::server::Service;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{Notify, OwnedSemaphorePermit, RwLock, RwLockWriteGuard, Semaphore, watch};
use tokio::task::JoinSet;

/// Everybody who runs jobs.
#[derive(Debug)]
pub(super) struct Works {
    stop: watch::Sender<Stop>,
    thread: JoinHandle<()>,
    attempts: Runtime,
}

/// What those who run jobs have in common.
#[derive(Debug)]
struct Work {
    jobs: Arc<Jobs>,
    service: Arc<Service>,
    store: Arc<dyn JobStore>,
    /// Who claims.
    owner: String,
    /// Where attempts are made. One that computes for long keeps nobody from saying that its job is being run.
    attempts: Handle,
}

/// The jobs that are run here now: what shows that they are, and who is woken to look at one again.
#[derive(Debug, Default)]
pub(super) struct Running {
    held: Mutex<BTreeMap<JobId, (Fence, Arc<Notify>)>>,
    /// Read from a claim until what was claimed is held, and written while the time is moved on: nothing is claimed
    /// before and unknown to be held after.
    still: RwLock<()>,
}

/// A job that is run here, as long as this lives, however its run ends.
#[derive(Debug)]
struct Held {
    running: Arc<Running>,
    fence: Fence,
    /// Whoever runs it is to look at it again.
    woken: Arc<Notify>,
}

/// How far a stop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    No,
    /// Nothing new is begun; what runs may end until then.
    Draining(Instant),
    /// What runs is given back.
    Now,
}

/// What came of asking for jobs.
#[derive(Debug, Clone, Copy)]
enum Begun {
    /// There was one for each place, and may be more.
    All,
    /// There are no more of them.
    AllThatAre {
        /// When there is one, if nothing happens before.
        next: Option<Timestamp>,
    },
    /// The store failed.
    Failed,
}

/// How many jobs a store is asked for together.
const TOGETHER: usize = 16;
/// How often a store is asked although nobody was woken: another process may have submitted a job to it.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// A pause after a store failed.
const FAILED_PAUSE: Duration = Duration::from_millis(500);
/// How much longer than asked a stop may take.
const STOP_MARGIN: Duration = Duration::from_secs(2);

async fn over(mut told: watch::Receiver<bool>) {
    // Nobody tells any more where there is nobody left.
    let _ = told.wait_for(|over| *over).await;
}

// === impl Works ===

impl Works {
    /// Takes over what a server before this one left, and begins to work.
    pub(super) fn start(
        jobs: Arc<Jobs>,
        service: Arc<Service>,
        store: Arc<dyn JobStore>,
    ) -> io::Result<Self> {
        let (stop, stopped) = watch::channel(Stop::No);
        let owner = format!("{}-{:08x}", std::process::id(), u128::from_be_bytes(random_bytes()) >> 96);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let attempts = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
            .thread_name("standin-attempts")
            .enable_all()
            .build()?;
        let work = Arc::new(Work { jobs, service, store, owner, attempts: attempts.handle().clone() });
        let (heir, inherited) = mpsc::channel::<()>();
        let thread = std::thread::Builder::new().name("standin-jobs".to_owned()).spawn(move || {
            runtime.block_on(async {
                work.inherit().await;
                drop(heir);
                work.run(stopped).await;
            });
        })?;
        // Nothing new is submitted before: it would be taken for what was left. Nothing is sent, only the end is heard.
        let _ = inherited.recv();
        Ok(Works { stop, thread, attempts })
    }

    /// Nothing new is begun from now on.
    pub(super) fn drain(&self, patience: Duration) {
        self.stop.send_replace(Stop::Draining(Instant::now() + patience));
    }

    /// Waits until nothing runs any more; what still does when its time is up is given back.
    pub(super) fn stop(self) {
        let until = match *self.stop.borrow() {
            Stop::Draining(until) => until,
            Stop::No | Stop::Now => Instant::now(),
        };
        while !self.thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.stop.send_replace(Stop::Now);
        while !self.thread.is_finished() && Instant::now() < until + STOP_MARGIN {
            std::thread::sleep(Duration::from_millis(1));
        }
        // What is still computed is for nobody any more.
        self.attempts.shutdown_background();
        if self.thread.is_finished() && self.thread.join().is_err() {
            tracing::error!("the thread that runs jobs panicked");
        }
    }
}

// === impl Work ===

impl Work {
    async fn run(self: Arc<Self>, stopped: watch::Receiver<Stop>) {
        if self.jobs.rules.on_restart == OnRestart::Resume {
            tokio::spawn(tidy::reclaim(Arc::clone(&self)));
        }
        tokio::spawn(tidy::purge(Arc::clone(&self)));
        let (ended, told) = watch::channel(false);
        let telling = self.jobs.rules.webhooks.clone().map(|rules| {
            let (store, time) = (Arc::clone(&self.store), Arc::clone(&self.jobs));
            let owner = format!("{}-webhooks", self.owner);
            let deliveries = Deliveries::new(store, time, rules, owner, envelope);
            tokio::spawn(Arc::new(deliveries.counting(&self.jobs.tally.webhooks)).run(over(told)))
        });
        let mut running = JoinSet::new();
        self.begin(&mut running, stopped.clone()).await;
        tracing::debug!("the server ends while {} jobs are running", running.len());
        while running.join_next().await.is_some() {}
        ended.send_replace(true);
        if let Some(telling) = telling
            && let Err(error) = telling.await
        {
            tracing::error!("whoever sends webhooks panicked: {error}");
        }
    }

    /// Begins jobs while there are places for them, until it is told to stop.
    async fn begin(self: &Arc<Self>, running: &mut JoinSet<()>, mut stopped: watch::Receiver<Stop>) {
        let free = Arc::new(Semaphore::new(self.jobs.rules.workers.max(1)));
        let mut together = 1;
        loop {
            let place = tokio::select! {
                _ = stopped.changed() => return,
                place = Arc::clone(&free).acquire_owned() => place,
            };
            // It is never closed.
            let Ok(place) = place else { return };
            let more = (1..together).map_while(|_| Arc::clone(&free).try_acquire_owned().ok());
            let places = std::iter::once(place).chain(more).collect();
            let begun = self.begin_in(places, running, &stopped).await;
            while running.try_join_next().is_some() {}
            // Where there was a job for every place there may be many; where not, one claim is enough to see the next.
            together = if let Begun::All = begun { TOGETHER.min(together * 2) } else { 1 };
            let next = match begun {
                Begun::All => continue,
                Begun::Failed => {
                    tokio::time::sleep(FAILED_PAUSE).await;
                    continue;
                }
                Begun::AllThatAre { next } => {
                    async move {
                        match next {
                            Some(next) => self.jobs.clock.wait_until(next).await,
                            None => std::future::pending().await,
                        }
                    }
                }
            };
            tokio::select! {
                _ = stopped.changed() => return,
                () = self.store.wakes().claimable() => {}
                () = next => {}
                () = tokio::time::sleep(ASK_AGAIN) => {}
            }
        }
    }

    /// Begins a job in each of these places. All are asked for before the first is waited for, since a store writes
    /// together what comes together.
    async fn begin_in(
        self: &Arc<Self>,
        places: Vec<OwnedSemaphorePermit>,
        running: &mut JoinSet<()>,
        stopped: &watch::Receiver<Stop>,
    ) -> Begun {
        let _still = self.jobs.running.still.read().await;
        let now = self.jobs.clock.now();
        let claims: Vec<_> = places.iter().map(|_| self.store.claim(self.claimant(), now)).collect();
        let mut begun = Begun::All;
        for (claim, place) in claims.into_iter().zip(places) {
            match claim.await {
                Ok(Claim::Begun(claimed)) => {
                    let (work, stopped) = (Arc::clone(self), stopped.clone());
                    let held = self.jobs.running.begin(&claimed.fence);
                    running.spawn(async move {
                        run::run(&work, *claimed, held, stopped).await;
                        drop(place);
                    });
                }
                Ok(Claim::Nothing { next }) => {
                    if let Begun::All = begun {
                        begun = Begun::AllThatAre { next };
                    }
                }
                Err(error) => {
                    tracing::warn!("no job can be begun: {error}");
                    // Of the others some may have been begun, and those are run.
                    begun = Begun::Failed;
                }
            }
        }
        begun
    }

    fn claimant(&self) -> Claimant {
        let rules = &self.jobs.rules;
        // A store takes back what has passed only for those who may begin it again.
        let most_attempts = match rules.on_restart {
            OnRestart::Resume => rules.most_executions,
            OnRestart::Abandon => 0,
        };
        Claimant { owner: self.owner.clone(), lease: rules.lease, most_attempts }
    }
}

// === impl Running ===

impl Running {
    pub(super) fn fences(&self) -> Vec<Fence> {
        self.all().values().map(|(fence, _)| fence.clone()).collect()
    }

    /// Whoever runs a job, if somebody does here, asks the store about it at once.
    pub(super) fn look_again(&self, id: JobId) {
        if let Some((_, woken)) = self.all().get(&id) {
            woken.notify_one();
        }
    }

    /// Nothing is claimed as long as this is kept.
    pub(super) async fn moving(&self) -> RwLockWriteGuard<'_, ()> {
        self.still.write().await
    }

    fn begin(self: &Arc<Self>, fence: &Fence) -> Held {
        let woken = Arc::<Notify>::default();
        self.all().insert(fence.id, (fence.clone(), Arc::clone(&woken)));
        Held { running: Arc::clone(self), fence: fence.clone(), woken }
    }

    fn end(&self, fence: &Fence) {
        let mut all = self.all();
        if all.get(&fence.id).is_some_and(|(held, _)| held == fence) {
            all.remove(&fence.id);
        }
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<JobId, (Fence, Arc<Notify>)>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Held ===

impl Drop for Held {
    fn drop(&mut self) {
        self.running.end(&self.fence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_run_here_no_longer_when_its_run_panics() {
        let running = Arc::<Running>::default();
        let fence = |execution| Fence { id: JobId::new([1; 16]), owner: "me".to_owned(), execution };
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _held = running.begin(&fence(1));
            assert_eq!(running.fences(), [fence(1)]);
            panic!("a fault in the program");
        }));
        assert!(ran.is_err());
        assert_eq!(running.fences(), []);
        let first = running.begin(&fence(1));
        let second = running.begin(&fence(2));
        drop(first);
        assert_eq!(running.fences(), [fence(2)], "a later run is another one");
        drop(second);
        assert_eq!(running.fences(), []);
    }
}
