//! Jobs in an SQLite file.
//!
//! ```text
//! lane      threads that write and read      schema    the tables, and files that are no such ones
//! rows      jobs <-> rows                    written   what the writer does      read   what the readers do
//! presence  who has the file open            deliveries    webhooks <-> rows
//! ```

mod deliveries;
pub(crate) mod lane;
mod presence;
mod read;
mod rows;
mod schema;
mod written;

pub use schema::OpenStoreError;

use super::asked::{
    Changed, Claim, Claimant, Counts, DeliveryClaim, DeliveryClaimant, Filter, Idempotency, Inspected, Page,
    Reclaimed, Submission, Submitted,
};
use super::wakes::Wakes;
use super::{Answer, JobStore};
use bytes::Bytes;
use jiff::Timestamp;
use lane::{Reader, Writer};
use presence::{Entered, Presence};
use rusqlite::Connection;
use standin_core::jobs::{Attempted, DeliveryFence, Event, Job, JobId, Step};
use std::path::Path;
use std::sync::Arc;

/// Keeps jobs in an SQLite file, which several processes may share. What it has answered is in the file.
#[derive(Debug)]
pub struct SqliteStore {
    writer: Writer,
    reader: Reader,
    wakes: Arc<Wakes>,
    /// Held as long as the store is used; none where files cannot be locked.
    _presence: Option<Presence>,
}

/// What answered jobs survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// The end of the process, however it comes (`synchronous=NORMAL`).
    #[default]
    Process,
    /// The end of the machine's power as well, at the price of waiting for the disk (`synchronous=FULL`).
    Power,
}

const READERS: usize = 2;

// === impl SqliteStore ===

impl SqliteStore {
    /// Opens a file, which is made where there is none, in a folder that is there. Where nobody else has it open,
    /// leases in it pass at once: those who held them are dead.
    pub fn open(path: &Path, durability: Durability) -> Result<Self, OpenStoreError> {
        let wakes = Arc::new(Wakes::new());
        let writer = schema::open(path, durability)?;
        let readers = (0..READERS).map(|_| schema::open_to_read(path)).collect::<Result<Vec<_>, _>>()?;
        let presence = enter(path, &writer);
        let thread = |source| OpenStoreError::Thread { path: path.to_owned(), source };
        Ok(SqliteStore {
            writer: Writer::start(writer, path, Arc::clone(&wakes)).map_err(thread)?,
            reader: Reader::start(readers, path).map_err(thread)?,
            wakes,
            _presence: presence,
        })
    }

    /// The threads that write and read the file, for what else is kept in it.
    pub(crate) fn lanes(&self) -> (Writer, Reader) {
        (self.writer.clone(), self.reader.clone())
    }
}

/// Comes into a file of jobs, and lets leases pass whose holders are known to be dead. Without that their jobs wait
/// until the leases pass by themselves, and so nothing here keeps anybody from using the file.
fn enter(path: &Path, connection: &Connection) -> Option<Presence> {
    let presence = Presence::enter(path).and_then(|entered| match entered {
        Entered::WithOthers(presence) => Ok(presence),
        Entered::Alone(alone) => {
            if let Err(error) = lapse(connection) {
                tracing::warn!("interrupted jobs and batches wait until their leases have passed: {error}");
            }
            alone.shared()
        }
    });
    presence.inspect_err(|error| tracing::debug!("{} cannot be locked: {error}", path.display())).ok()
}

fn lapse(connection: &Connection) -> rusqlite::Result<()> {
    let time = Timestamp::now();
    let now = [rows::micros(time)];
    connection.execute(
        "UPDATE job SET ready = min(ready, ?1), run_at = min(run_at, ?1) WHERE run = 'leased'",
        now,
    )?;
    connection.execute("UPDATE delivery SET at = min(at, ?1) WHERE stage = 'sending'", now)?;
    crate::batches::lapse(connection, time)
}

impl JobStore for SqliteStore {
    fn submit(&self, submission: Submission) -> Answer<Submitted> {
        self.writer.write(move |tx, woken| written::submit(tx, submission, woken))
    }

    fn known(&self, asked: Idempotency, now: Timestamp) -> Answer<Option<Submitted>> {
        self.reader.read(move |tx| written::known(tx, &asked, now))
    }

    fn find(&self, id: JobId, now: Timestamp) -> Answer<Option<Job>> {
        self.reader.read(move |tx| read::find(tx, id, now))
    }

    fn look(&self, id: JobId) -> Answer<Option<Inspected>> {
        self.reader.read(move |tx| read::look(tx, id))
    }

    fn step(&self, id: JobId, step: Step, now: Timestamp) -> Answer<Option<Changed>> {
        self.writer.write(move |tx, woken| written::step(tx, id, step, now, woken))
    }

    fn claim(&self, claimant: Claimant, now: Timestamp) -> Answer<Claim> {
        self.writer.write(move |tx, woken| written::claim(tx, &claimant, now, woken))
    }

    fn reclaim(&self, now: Timestamp, most_attempts: u32, error: Bytes) -> Answer<Reclaimed> {
        self.writer.write(move |tx, woken| written::reclaim(tx, now, most_attempts, &error, woken))
    }

    fn claim_delivery(&self, claimant: DeliveryClaimant, now: Timestamp) -> Answer<DeliveryClaim> {
        self.writer.write(move |tx, _| deliveries::claim(tx, &claimant, now))
    }

    fn report_delivery(&self, fence: DeliveryFence, attempted: Attempted, now: Timestamp) -> Answer<bool> {
        self.writer.write(move |tx, woken| deliveries::report(tx, &fence, attempted, now, woken))
    }

    fn purge(&self, now: Timestamp, most: usize) -> Answer<usize> {
        self.writer.write(move |tx, woken| written::purge(tx, now, most, woken))
    }

    fn list(&self, filter: Filter, now: Timestamp) -> Answer<Option<Page>> {
        self.reader.read(move |tx| read::list(tx, &filter, now))
    }

    fn counts(&self, batch: Option<String>) -> Answer<Counts> {
        self.reader.read(move |tx| read::counts(tx, batch.as_deref()))
    }

    fn events(&self, id: JobId, after: u64) -> Answer<Vec<Event>> {
        self.reader.read(move |tx| read::events(tx, id, after))
    }

    fn lapse(&self, now: Timestamp) -> Answer<usize> {
        self.writer.write(move |tx, woken| written::lapse(tx, now, woken))
    }

    fn clear(&self) -> Answer<()> {
        self.writer.write(written::clear)
    }

    fn wakes(&self) -> &Arc<Wakes> {
        &self.wakes
    }
}
