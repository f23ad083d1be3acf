//! Adding interactions to a cassette file.
//!
//! Under a lock that all standins on the machine respect, the file is read again, what is new is put in,
//! and a whole new file takes the place of the old one. So no reader sees half a cassette, a kill leaves
//! the old file or the new one, and of two processes that record into one cassette neither loses anything.

use super::files::{self, Stamp};
use super::whole::{FolderLock, replace};
use super::{Home, Named, Store, Tape, Trouble};
use jiff::Timestamp;
use standin_core::cassette::{self, Cassette, CassetteName, Format, Interaction, ReadError};
use standin_core::matching::MatchRules;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What is added to a cassette, and within which bounds.
#[derive(Debug, Clone)]
pub(crate) struct Addition {
    /// Scrubbed, in the order in which the calls began.
    pub(crate) interactions: Vec<Interaction>,
    /// The format of a cassette that is not there yet.
    pub(crate) format: Format,
    /// The most interactions that the cassette may have.
    pub(crate) most: Option<usize>,
    /// The age beyond which interactions are left out of the new file.
    pub(crate) expiry: Option<Duration>,
    /// What becomes of a request that somebody else has recorded meanwhile.
    pub(crate) twins: Twins,
}

/// What becomes of an interaction whose request another process has recorded in the meantime. Told apart on a
/// shelf alone: a folder has one writer, or the file is under review.
#[derive(Debug, Clone)]
pub(crate) enum Twins {
    /// It stands beside the other.
    Added,
    /// It is left out: it was recorded for lack of the other in the cassette as it was then. Which is the other is told
    /// by these rules, where they are not the cassette's.
    Since { base: Option<Arc<Tape>>, rules: Option<Arc<MatchRules>> },
}

/// Why nothing was written. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SaveError {
    #[error("there is no cassette folder: start standin with --cassettes DIR")]
    NoFolder,
    #[error("{} cannot be written: {source}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} is there and cannot be read, so it is left alone: {error}", .path.display())]
    Broken { path: PathBuf, error: ReadError },
    #[error("{key} cannot be written: {trouble}")]
    Shelf { key: String, trouble: Trouble },
    #[error("{key} is changed by others faster than it can be written")]
    Contended { key: String },
    #[error("whoever was writing the file broke off")]
    Lost,
    #[error("the cassette would have {entries} interactions, and {most} are the most")]
    Full { entries: usize, most: usize },
}

/// Additions to one cassette that wait for each other.
///
/// Whoever comes to write takes everybody's along, so that a hundred recordings that end together are a few
/// files written and not a hundred.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Vec<Arc<Waiting>>>,
    /// Held by the one who writes.
    writing: Mutex<()>,
}

#[derive(Debug)]
struct Waiting {
    addition: Mutex<Option<Addition>>,
    result: Mutex<Option<Saved>>,
}

/// The interactions that the cassette has then.
pub(crate) type Saved = Result<usize, Arc<SaveError>>;

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves these whole: every change is made in one call.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// === impl Store ===

impl Store {
    /// Adds interactions to a cassette and serves them at once. The number of interactions it has then.
    pub(crate) fn add(&self, name: &CassetteName, addition: Addition) -> Saved {
        let queue = Arc::clone(held(&self.queues).entry(name.clone()).or_default());
        let own = Arc::new(Waiting { addition: Mutex::new(Some(addition)), result: Mutex::default() });
        held(&queue.waiting).push(Arc::clone(&own));
        let writing = held(&queue.writing);
        let taken = held(&own.result).take();
        if let Some(result) = taken {
            // Somebody who came to write before took it along.
            return result;
        }
        let batch = std::mem::take(&mut *held(&queue.waiting));
        let additions: Vec<Addition> = batch.iter().filter_map(|one| held(&one.addition).take()).collect();
        for (one, result) in batch.iter().zip(self.add_all(name, additions)) {
            *held(&one.result) = Some(result);
        }
        drop(writing);
        let result = held(&own.result).take();
        result.unwrap_or(Err(Arc::new(SaveError::Lost)))
    }

    /// Adds everything in one new file. Each addition has its own result: one may be too many where the
    /// others are not.
    fn add_all(&self, name: &CassetteName, additions: Vec<Addition>) -> Vec<Saved> {
        let count = additions.len();
        match self.write_all(name, additions) {
            Ok(results) => results,
            Err(error) => {
                let error = Arc::new(error);
                (0..count).map(|_| Err(Arc::clone(&error))).collect()
            }
        }
    }

    fn write_all(&self, name: &CassetteName, additions: Vec<Addition>) -> Result<Vec<Saved>, SaveError> {
        match &self.home {
            Home::Nowhere => Err(SaveError::NoFolder),
            Home::Folder(dir) => self.write_file(dir, name, additions),
            Home::Shared(shared) => self.write_shared(shared, name, &additions),
        }
    }

    fn write_file(
        &self,
        dir: &Path,
        name: &CassetteName,
        additions: Vec<Addition>,
    ) -> Result<Vec<Saved>, SaveError> {
        let path = match files::find(dir, name) {
            // A link is followed, not replaced.
            Some(found) => found.path.canonicalize().unwrap_or(found.path),
            None => dir.join(format!("{name}.yaml")),
        };
        let failed = |source| SaveError::Write { path: path.clone(), source };
        let folder = path.parent().unwrap_or(dir);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let _lock = FolderLock::take(folder).map_err(failed)?;
        let format = additions.first().map_or(Format::GoVcr, |addition| addition.format);
        let mut cassette = self.current(name, &path, format)?;
        let results: Vec<Saved> =
            additions.into_iter().map(|addition| merge(&mut cassette, addition).map_err(Arc::new)).collect();
        if results.iter().any(Result::is_ok) {
            replace(&path, &cassette.render(cassette.format)).map_err(failed)?;
            let stamp = std::fs::metadata(&path).map(|metadata| Stamp::of(&metadata)).map_err(failed)?;
            let tape = Tape::new(name.clone(), path.clone(), stamp, cassette, &self.rules, self.pace.clone());
            self.put(tape);
        }
        Ok(results)
    }

    /// The cassette as it is on disk now, whoever wrote it.
    fn current(&self, name: &CassetteName, path: &Path, format: Format) -> Result<Cassette, SaveError> {
        let Some(found) = self.dir().and_then(|dir| files::find(dir, name)) else {
            return Ok(Cassette { format, interactions: Vec::new(), unknown: cassette::Unknown::default() });
        };
        if let Named::Tape(tape) = self.named(name)
            && tape.stamp == found.stamp
        {
            return Ok(tape.cassette.clone());
        }
        let broken = |error| SaveError::Broken { path: path.to_owned(), error };
        let bytes = files::read_bounded(path)
            .map_err(|error| broken(ReadError { line: None, reason: error.to_string() }))?;
        cassette::parse(&bytes).map_err(broken)
    }
}

/// Leaves out what is too old to answer.
pub(super) fn forget_expired(cassette: &mut Cassette, expiry: Option<Duration>) {
    if let Some(expiry) = expiry {
        let now = Timestamp::now();
        cassette.interactions.retain(|one| !expired(one, expiry, now));
    }
}

pub(super) fn merge(cassette: &mut Cassette, addition: Addition) -> Result<usize, SaveError> {
    forget_expired(cassette, addition.expiry);
    let entries = cassette.interactions.len() + addition.interactions.len();
    if let Some(most) = addition.most.filter(|most| entries > *most) {
        return Err(SaveError::Full { entries, most });
    }
    for interaction in addition.interactions {
        let begun = interaction.recorded;
        // Calls that ran beside each other stand in the order in which they began, not ended.
        let later = cassette.interactions.iter().rev().take_while(|one| one.recorded > begun).count();
        cassette.interactions.insert(cassette.interactions.len() - later, interaction);
    }
    Ok(entries)
}

/// Whether an interaction is too old to answer. One without a time of recording never is.
pub(crate) fn expired(interaction: &Interaction, expiry: Duration, now: Timestamp) -> bool {
    interaction.recorded.is_some_and(|recorded| {
        Duration::try_from(now.duration_since(recorded)).is_ok_and(|age| age > expiry)
    })
}
