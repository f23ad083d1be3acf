//! The threads that write and read, so that nobody else waits for the disk.

use super::schema::is_busy;
use crate::jobs::store::wakes::{Wakes, Woken};
use crate::jobs::store::{Answer, StoreError};
use rusqlite::{Connection, ErrorCode};
use standin_core::jobs::JobId;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

/// Writes, one thing after another, and commits together what has come together.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    sender: mpsc::Sender<Box<dyn Write>>,
    path: Arc<Path>,
}

/// Reads, on connections of its own.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    sender: mpsc::Sender<Read>,
    path: Arc<Path>,
}

/// Why something is not done.
#[derive(Debug)]
pub(crate) enum Undone {
    /// There is a job with this id.
    Known(JobId),
    /// SQLite does not.
    Sql(rusqlite::Error),
}

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// Something to write. Done in a group, and answered when the group is in the file.
trait Write: Send {
    fn run(&mut self, connection: &Connection) -> Result<(), ()>;
    fn answer(self: Box<Self>, committed: Result<(), StoreError>, wakes: &Wakes);
}

struct Task<F, T> {
    run: Option<F>,
    done: Option<Result<T, Undone>>,
    woken: Woken,
    path: Arc<Path>,
    answer: oneshot::Sender<Result<T, StoreError>>,
}

/// How much may wait for a thread, each with the body of a request at most; more waits at its caller's.
const WAITING: usize = 256;
/// How much is committed together.
const GROUP: usize = 128;

// === impl Undone ===

impl From<rusqlite::Error> for Undone {
    fn from(error: rusqlite::Error) -> Self {
        Undone::Sql(error)
    }
}

impl Undone {
    fn told(self, path: &Path) -> StoreError {
        match self {
            Undone::Known(id) => StoreError::Known(id),
            Undone::Sql(error) => told(&error, path),
        }
    }
}

fn told(error: &rusqlite::Error, path: &Path) -> StoreError {
    let path = PathBuf::from(path);
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::NoRoom(path),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            StoreError::Damaged { path, reason: error.to_string() }
        }
        _ if is_busy(error) => StoreError::Busy(path),
        _ => StoreError::Broken { path, reason: error.to_string() },
    }
}

// === impl Task ===

impl<F, T> Write for Task<F, T>
where
    F: FnOnce(&Connection, &mut Woken) -> Result<T, Undone> + Send,
    T: Send,
{
    fn run(&mut self, connection: &Connection) -> Result<(), ()> {
        let Some(run) = self.run.take() else {
            return Err(());
        };
        let done = run(connection, &mut self.woken);
        let result = done.as_ref().map(drop).map_err(drop);
        self.done = Some(done);
        result
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>, wakes: &Wakes) {
        let done = match (committed, self.done) {
            (_, Some(Err(undone))) => Err(undone.told(&self.path)),
            (Err(error), _) => Err(error),
            (Ok(()), Some(Ok(value))) => {
                wakes.wake(&self.woken);
                Ok(value)
            }
            (Ok(()), None) => Err(StoreError::Ended),
        };
        // Who asked may have left.
        let _ = self.answer.send(done);
    }
}

// === impl Writer ===

impl Writer {
    pub(super) fn start(connection: Connection, path: &Path, wakes: Arc<Wakes>) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let path: Arc<Path> = path.into();
        let thread_path = Arc::clone(&path);
        std::thread::Builder::new()
            .name("standin-jobs-write".to_owned())
            .spawn(move || write_all(&connection, receiver, &thread_path, &wakes))?;
        Ok(Writer { sender, path })
    }

    pub(crate) fn write<F, T>(&self, run: F) -> Answer<T>
    where
        F: FnOnce(&Connection, &mut Woken) -> Result<T, Undone> + Send + 'static,
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let path = Arc::clone(&self.path);
        let task = Task { run: Some(run), done: None, woken: Woken::default(), path, answer };
        enqueue(&self.sender, Box::new(task), answered)
    }
}

fn write_all(
    connection: &Connection,
    mut receiver: mpsc::Receiver<Box<dyn Write>>,
    path: &Path,
    wakes: &Wakes,
) {
    let mut group = Vec::with_capacity(GROUP);
    while receiver.blocking_recv_many(&mut group, GROUP) > 0 {
        let committed = write_group(connection, &mut group).map_err(|error| told(&error, path));
        for task in group.drain(..) {
            task.answer(committed.clone(), wakes);
        }
    }
}

fn write_group(connection: &Connection, group: &mut [Box<dyn Write>]) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = group.iter_mut().try_for_each(|task| {
        // What fails takes back its own changes and nobody else's.
        connection.prepare_cached("SAVEPOINT task")?.execute([])?;
        if task.run(connection).is_err() {
            connection.prepare_cached("ROLLBACK TO task")?.execute([])?;
        }
        connection.prepare_cached("RELEASE task")?.execute([]).map(drop)
    });
    let done = done.and_then(|()| connection.execute_batch("COMMIT"));
    if done.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK")?;
    }
    done
}

// === impl Reader ===

impl Reader {
    pub(super) fn start(connections: Vec<Connection>, path: &Path) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let receiver = Arc::new(Mutex::new(receiver));
        for connection in connections {
            let receiver = Arc::clone(&receiver);
            std::thread::Builder::new()
                .name("standin-jobs-read".to_owned())
                .spawn(move || read_all(&connection, &receiver))?;
        }
        Ok(Reader { sender, path: path.into() })
    }

    pub(crate) fn read<F, T>(&self, run: F) -> Answer<T>
    where
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let path = Arc::clone(&self.path);
        let read = move |connection: &Connection| {
            // One transaction, so that what is read is of one moment.
            let read = connection.unchecked_transaction().and_then(|transaction| run(&transaction));
            let _ = answer.send(read.map_err(|error| told(&error, &path)));
        };
        enqueue(&self.sender, Box::new(read), answered)
    }
}

fn read_all(connection: &Connection, receiver: &Mutex<mpsc::Receiver<Read>>) {
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(read) = next else {
            return;
        };
        read(connection);
    }
}

/// Hands something to a thread, at once where there is room, so that it happens also if nobody waits for it.
fn enqueue<M: Send + 'static, T: Send + 'static>(
    sender: &mpsc::Sender<M>,
    message: M,
    answered: oneshot::Receiver<Result<T, StoreError>>,
) -> Answer<T> {
    let waits = match sender.try_send(message) {
        Ok(()) | Err(TrySendError::Closed(_)) => None,
        Err(TrySendError::Full(message)) => Some((sender.clone(), message)),
    };
    Box::pin(async move {
        if let Some((sender, message)) = waits {
            sender.send(message).await.map_err(|_| StoreError::Ended)?;
        }
        answered.await.unwrap_or(Err(StoreError::Ended))
    })
}
