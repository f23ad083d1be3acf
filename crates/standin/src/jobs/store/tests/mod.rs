//! What every store does, asked of all of them.

#[cfg(feature = "sqlite")]
mod alike;
mod deliveries;
mod inquiries;
mod lives;
mod model;
#[cfg(feature = "sqlite")]
mod processes;
mod submissions;
mod together;

use super::*;
use standin_core::jobs::{Control, JobKind, NewJob, StoredRequest};
use std::cell::RefCell;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// A store, and the folder in which it is.
pub(super) struct Opened {
    pub(super) store: Arc<dyn JobStore>,
    #[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "a store in memory is in no folder"))]
    pub(super) folder: TempDir,
}

pub(super) fn memory() -> Opened {
    Opened { store: Arc::new(MemoryStore::new()), folder: TempDir::new().unwrap() }
}

#[cfg(feature = "sqlite")]
pub(super) fn sqlite() -> Opened {
    let folder = TempDir::new().unwrap();
    let store = SqliteStore::open(&folder.path().join("jobs.db"), Durability::Process).unwrap();
    Opened { store: Arc::new(store), folder }
}

/// One test for each store and case.
macro_rules! every_store {
    ($($case:ident),* $(,)?) => {
        mod in_memory {
            $(#[test] fn $case() { super::$case(&*crate::jobs::store::tests::memory().store) })*
        }
        #[cfg(feature = "sqlite")]
        mod in_a_file {
            $(#[test] fn $case() { super::$case(&*crate::jobs::store::tests::sqlite().store) })*
        }
    };
}
pub(super) use every_store;

thread_local! {
    static RUNTIME: RefCell<Runtime> = RefCell::new(Builder::new_current_thread().build().unwrap());
}

/// Waits for an answer.
pub(super) fn wait<T>(answer: Answer<T>) -> Result<T, StoreError> {
    RUNTIME.with_borrow(|runtime| runtime.block_on(answer))
}

/// An answer that there is.
pub(super) fn done<T>(answer: Answer<T>) -> T {
    wait(answer).unwrap()
}

/// So many milliseconds after the tests' beginning.
pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
}

pub(super) fn id(number: u64) -> JobId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    JobId::new(bytes)
}

pub(super) fn new_job(number: u64, created: Timestamp) -> NewJob {
    NewJob {
        id: id(number),
        kind: JobKind::ChatCompletion,
        owner_key: None,
        batch: None,
        created,
        ttl: Duration::from_secs(60),
        max_attempts: 1,
        control: Control::default(),
    }
}

pub(super) fn request(number: u64) -> StoredRequest {
    StoredRequest {
        method: "POST".to_owned(),
        target: "/v1/chat/completions?n=1".to_owned(),
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: Bytes::from([b"\0\xff\r\n".as_slice(), &number.to_be_bytes()].concat()),
        route: "/v1/async/chat/completions".to_owned(),
    }
}

pub(super) fn submission(job: NewJob) -> Submission {
    // Without the variant's bits.
    let number = u64::from_be_bytes(job.id.bytes()[8..].try_into().unwrap()) & (u64::MAX >> 2);
    Submission { request: request(number), job, idempotency: None, most_pending: 1000, webhook: None }
}

/// Submits a plain job.
pub(super) fn submit(store: &dyn JobStore, number: u64, created: Timestamp) -> Job {
    submit_with(store, number, created, "")
}

/// Submits a job about which a test decides something.
pub(super) fn submit_with(store: &dyn JobStore, number: u64, created: Timestamp, control: &str) -> Job {
    let job = NewJob { control: control.parse().unwrap(), ..new_job(number, created) };
    match done(store.submit(submission(job))) {
        Submitted::New(job) => job,
        other => panic!("{other:?}"),
    }
}

pub(super) fn claimant(owner: &str) -> Claimant {
    Claimant { owner: owner.to_owned(), lease: Duration::from_secs(10), most_attempts: 2 }
}

/// Claims a job that has to be there.
pub(super) fn claim(store: &dyn JobStore, owner: &str, now: Timestamp) -> Claimed {
    match done(store.claim(claimant(owner), now)) {
        Claim::Begun(claimed) => *claimed,
        Claim::Nothing { next } => panic!("nothing to claim before {next:?}"),
    }
}

/// When there will be a job to claim, which there is not now.
pub(super) fn idle(store: &dyn JobStore, now: Timestamp) -> Option<Timestamp> {
    match done(store.claim(claimant("idle"), now)) {
        Claim::Begun(claimed) => panic!("{claimed:?}"),
        Claim::Nothing { next } => next,
    }
}

pub(super) fn find(store: &dyn JobStore, number: u64, now: Timestamp) -> Job {
    done(store.find(id(number), now)).unwrap()
}

pub(super) fn completed(text: &'static str) -> Finished {
    Finished::Completed { status_code: 200, result: Bytes::from_static(text.as_bytes()) }
}

pub(super) fn failed(status_code: u16, text: &'static str) -> Finished {
    Finished::Failed { status_code, error: Bytes::from_static(text.as_bytes()) }
}

pub(super) fn kinds(store: &dyn JobStore, number: u64) -> Vec<&'static str> {
    done(store.events(id(number), 0)).iter().map(|event| event.kind.name()).collect()
}
