//! Where cassettes live.
//!
//! - `files` finds and reads them, `save` adds to them, `whole` is how a file is written; `tape` is one of them, ready to answer;
//! - `shipped` has those of the catalogue, where there is no folder;
//! - `shared` keeps them on a shelf that many machines share, and `redis` is such a shelf;
//! - `library` holds all of them and the index over them;
//! - `watch` tells the store what changed on disk.

mod files;
mod library;
#[cfg(feature = "redis")]
mod redis;
mod save;
mod shared;
mod shipped;
mod tape;
mod watch;
mod whole;

pub use files::read_bounded;
pub(crate) use library::{Library, Place};
#[cfg(feature = "redis")]
pub(crate) use redis::RedisShelf;
#[cfg(feature = "redis")]
pub use redis::{AddressError, Flushed, SharedCassettes};
pub(crate) use save::{Addition, SaveError, Twins, expired};
pub(crate) use shared::Shared;
pub use shared::{Answer, Capacity, Health, Shelf, Stored, Trouble, Version};
pub(crate) use tape::{Broken, Tape};
pub(crate) use watch::watch;
pub use whole::{FolderLock, replace};

use crate::rules::RuleBook;
use files::{Loaded, Stamp};
use shipped::Shipped;
use standin_core::cassette::CassetteName;
use standin_core::catalogue;
use standin_core::shape::Pace;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

/// The cassettes of one server.
#[derive(Debug)]
pub(crate) struct Store {
    home: Home,
    reading: Reading,
    rules: RuleBook,
    pace: Pace,
    library: RwLock<Library>,
    /// What answers by name where there is no folder.
    shipped: Shipped,
    generation: AtomicU64,
    /// What is to be written, by cassette.
    queues: Mutex<BTreeMap<CassetteName, Arc<save::Queue>>>,
}

/// Where a server's cassettes are kept.
#[derive(Debug)]
pub(crate) enum Home {
    /// Nowhere: the catalogue's answer by name, and nothing is recorded.
    Nowhere,
    /// Below this folder.
    Folder(PathBuf),
    /// On a shelf that others write to as well.
    Shared(Box<Shared>),
}

/// A cassette by name.
#[derive(Debug, Clone)]
pub(crate) enum Named {
    Tape(Arc<Tape>),
    Broken(Arc<Broken>),
    Missing,
}

/// What a cassette folder that is not there means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// A mistake.
    Refuse,
    /// The first recording makes it.
    Make,
}

/// When the cassettes of a folder are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// All at the start, and whenever they change.
    #[default]
    Whole,
    /// Each when a session or a call names it: the folder holds more than cassettes, or far more of them than
    /// are asked for.
    Named,
}

/// A choice of [`Reading`] that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a way to read cassettes: use all (at the start) or named (each when it is named)")]
pub struct UnknownReading(pub String);

/// The folder cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the cassette folder {}: {source}{}", .dir.display(), hint(.source))]
pub struct OpenError {
    dir: PathBuf,
    source: std::io::Error,
}

fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotADirectory => "; name the folder that holds the cassette",
        std::io::ErrorKind::NotFound => {
            "; record mode none, the program's default where CI=true, makes none: bring the folder, or choose a mode \
             that records"
        }
        _ => "",
    }
}

// === impl Store ===

impl Store {
    /// Reads the cassettes of a folder. One that cannot be read is kept as broken and does not stop the rest.
    /// What is on a shelf is read when it is needed.
    pub(crate) fn open(
        home: Home,
        reading: Reading,
        absent: Absent,
        rules: RuleBook,
        pace: Pace,
    ) -> Result<Self, OpenError> {
        let library = Library::new(rules.len());
        let home = match home {
            // Events name absolute paths, so the folder has to have one.
            Home::Folder(dir) => {
                Home::Folder(files::canonical(&dir, absent).map_err(|source| OpenError { dir, source })?)
            }
            other => other,
        };
        let store = Store {
            home,
            reading,
            rules,
            pace,
            library: RwLock::new(library),
            shipped: Shipped::default(),
            generation: AtomicU64::new(0),
            queues: Mutex::default(),
        };
        if let Some(dir) = store.dir().filter(|dir| reading == Reading::Whole && dir.exists()) {
            let found = files::scan(dir).map_err(|source| OpenError { dir: dir.to_owned(), source })?;
            let loaded = files::load_all(&found, &store.rules, &store.pace);
            let mut library = store.write();
            for one in loaded {
                keep(&mut library, one);
            }
        }
        Ok(store)
    }

    /// The folder, where cassettes are files.
    pub(crate) fn dir(&self) -> Option<&Path> {
        match &self.home {
            Home::Folder(dir) => Some(dir),
            Home::Nowhere | Home::Shared(_) => None,
        }
    }

    pub(crate) fn reading(&self) -> Reading {
        self.reading
    }

    /// The shelf, where cassettes are on one.
    pub(crate) fn shared(&self) -> Option<&Shared> {
        match &self.home {
            Home::Shared(shared) => Some(shared),
            Home::Nowhere | Home::Folder(_) => None,
        }
    }

    /// Whether there is anywhere to record to.
    pub(crate) fn keeps(&self) -> bool {
        !matches!(self.home, Home::Nowhere)
    }

    /// Where cassettes are kept, for messages.
    pub(crate) fn place(&self) -> Option<PathBuf> {
        match &self.home {
            Home::Nowhere => None,
            Home::Folder(dir) => Some(dir.clone()),
            Home::Shared(shared) => Some(shared.address().into()),
        }
    }

    /// The file of a cassette, or where it would be; on a shelf, its key.
    pub(crate) fn path_of(&self, name: &CassetteName) -> PathBuf {
        match &self.home {
            Home::Shared(shared) => shared.key(name).into(),
            Home::Folder(dir) => {
                files::find(dir, name).map_or_else(|| dir.join(format!("{name}.yaml")), |found| found.path)
            }
            Home::Nowhere => format!("{name}.yaml").into(),
        }
    }

    /// Changes whenever a cassette does.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Library> {
        // A panic elsewhere leaves the maps whole: every change is made in one call.
        self.library.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A cassette as it is known, without looking at the disk or at a shelf.
    pub(crate) fn named(&self, name: &CassetteName) -> Named {
        match &self.home {
            Home::Folder(_) | Home::Shared(_) => self.read().named(name),
            Home::Nowhere => self.shipped.named(name, &self.rules, &self.pace),
        }
    }

    /// The names of cassettes that are shipped and answer here.
    pub(crate) fn shipped(&self) -> impl Iterator<Item = &'static str> {
        (!self.keeps()).then(catalogue::names).into_iter().flatten()
    }

    /// Names that a wrong one may have meant.
    pub(crate) fn similar(&self, wrong: &CassetteName) -> Vec<String> {
        match &self.home {
            Home::Folder(_) => library::similar(self.read().names().map(CassetteName::as_str), wrong),
            Home::Nowhere => library::similar(self.shipped(), wrong),
            // Which of them happen to be known would depend on what was asked before.
            Home::Shared(_) => Vec::new(),
        }
    }

    /// Looks at the disk for one cassette; whether that changed anything. Called before a call is refused,
    /// so that a cassette written a moment ago answers.
    pub(crate) fn refresh(&self, name: &CassetteName) -> bool {
        let Some(dir) = self.dir() else { return false };
        loop {
            let found = files::find(dir, name);
            let known = self.read().stamp(name);
            if found.as_ref().map(|file| file.stamp) == known {
                return false;
            }
            // Reading takes as long as the file is large: nobody waits for it but this caller.
            let loaded = found.map(|file| files::load(&file, &self.rules, &self.pace));
            let mut library = self.write();
            if library.stamp(name) != known {
                // Somebody else was faster, perhaps with a newer file.
                continue;
            }
            match loaded {
                Some(loaded) => keep(&mut library, loaded),
                None => {
                    library.remove(name);
                    tracing::info!(cassette = %name, "cassette removed");
                }
            }
            drop(library);
            self.changed();
            return true;
        }
    }

    /// Serves a cassette that has just been written, without reading it again.
    fn put(&self, tape: Tape) {
        self.write().insert(Arc::new(tape));
        self.changed();
    }

    fn changed(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Looks at the disk for everything.
    pub(crate) fn rescan(&self) {
        let Some(dir) = self.dir() else { return };
        if !dir.exists() && self.read().names().next().is_none() {
            return;
        }
        let scanned = match self.reading {
            Reading::Whole => files::scan(dir),
            Reading::Named => Ok(Vec::new()),
        };
        let on_disk = match scanned {
            Ok(found) => found.into_iter().map(|file| file.name).collect(),
            Err(error) => {
                tracing::warn!(dir = %dir.display(), %error, "cannot read the cassette folder");
                Vec::new()
            }
        };
        let known: Vec<CassetteName> = self.read().names().cloned().collect();
        for name in on_disk.iter().chain(&known) {
            self.refresh(name);
        }
    }

    /// Whether a cassette is known below a path.
    pub(crate) fn holds_below(&self, path: &Path) -> bool {
        let below = self.dir().and_then(|dir| path.strip_prefix(dir).ok()).and_then(Path::to_str);
        let Some(below) = below else { return false };
        let prefix = format!("{below}/");
        self.read().names().any(|name| name.as_str().starts_with(&prefix))
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Library> {
        self.library.write().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Reading ===

impl std::str::FromStr for Reading {
    type Err = UnknownReading;

    fn from_str(name: &str) -> Result<Self, UnknownReading> {
        match name {
            "all" => Ok(Reading::Whole),
            "named" => Ok(Reading::Named),
            _ => Err(UnknownReading(name.to_owned())),
        }
    }
}

fn keep(library: &mut Library, loaded: Loaded) {
    match loaded {
        Ok(tape) => {
            tracing::debug!(cassette = %tape.name, interactions = tape.cassette.interactions.len(), "cassette read");
            library.insert(tape);
        }
        Err(broken) => {
            tracing::warn!("{broken}");
            library.insert_broken(broken);
        }
    }
}
