//! Tells the store what changed on disk.
//!
//! ```text
//! events of the system --judge--> changes --gather a burst--> Store::refresh or Store::rescan
//! ```
//!
//! One thread owns the watcher. It ends when the store is gone, and watches anew when the folder itself
//! was replaced, as a checkout does.

use super::{Reading, Store};
use notify::event::{AccessKind, AccessMode, CreateKind, EventKind, ModifyKind};
use notify::{Config, Event, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use standin_core::cassette::CassetteName;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant, SystemTime};

/// What may have changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// A cassette, by its file's name.
    Cassette(CassetteName),
    /// Something that may be, or may have been, a folder.
    Folder(PathBuf),
    /// Events were lost.
    Anything,
    /// The watched folder itself is gone.
    Root,
}

/// A watcher, and the folder that it watches.
struct Watched {
    _watcher: Box<dyn Watcher + Send>,
    folder: Option<Identity>,
}

/// What tells a folder from another one at the same path.
type Identity = (u64, Option<SystemTime>);

/// Events of one save come in bursts: they are acted on when they have been quiet for this long...
const QUIET: Duration = Duration::from_millis(15);
/// ...or have gone on for this long.
const PATIENCE: Duration = Duration::from_millis(100);
/// How often the folder itself is looked at, and everything where the system does not tell.
const POLL: Duration = Duration::from_secs(1);

/// Starts watching the store's folder, where it has one and all of it is read.
pub(crate) fn watch(store: &Arc<Store>) {
    let Some(dir) = store.dir().filter(|_| store.reading() == Reading::Whole).map(Path::to_owned) else {
        return;
    };
    let (send, changes) = channel();
    // Watching has begun when this returns: what changes after the start is seen.
    let watched = Watched::start(&dir, &send);
    let store = Arc::downgrade(store);
    std::thread::spawn(move || follow(&dir, watched, &send, &changes, &store));
}

fn follow(
    dir: &Path,
    mut watched: Option<Watched>,
    send: &Sender<Change>,
    changes: &Receiver<Change>,
    store: &Weak<Store>,
) {
    loop {
        let first = match changes.recv_timeout(POLL) {
            Ok(change) => Some(change),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let burst = first.map(|first| gather(first, changes)).unwrap_or_default();
        let Some(store) = store.upgrade() else { return };
        let known = watched.as_ref().and_then(|watched| watched.folder);
        if burst.contains(&Change::Root) || identity(dir) != known {
            watched = Watched::start(dir, send);
            store.rescan();
        } else {
            apply(&store, burst);
        }
    }
}

fn gather(first: Change, changes: &Receiver<Change>) -> BTreeSet<Change> {
    let began = Instant::now();
    let mut burst = BTreeSet::from([first]);
    while began.elapsed() < PATIENCE {
        match changes.recv_timeout(QUIET) {
            Ok(change) => burst.insert(change),
            Err(_) => break,
        };
    }
    burst
}

fn apply(store: &Store, burst: BTreeSet<Change>) {
    let everything = burst.iter().any(|change| match change {
        Change::Anything => true,
        Change::Folder(path) => path.is_dir() || store.holds_below(path),
        Change::Cassette(_) | Change::Root => false,
    });
    if everything {
        return store.rescan();
    }
    for change in burst {
        if let Change::Cassette(name) = change {
            store.refresh(&name);
        }
    }
}

/// What an event means. Looking at a file makes events too; following those would never end.
fn judge(dir: &Path, event: notify::Result<Event>) -> Vec<Change> {
    let Ok(event) = event else { return vec![Change::Anything] };
    if event.need_rescan() {
        return vec![Change::Anything];
    }
    let (changes_file, changes_folder) = match event.kind {
        EventKind::Access(access) => (access == AccessKind::Close(AccessMode::Write), false),
        EventKind::Create(kind) => (true, kind != CreateKind::File),
        EventKind::Modify(kind) => (true, matches!(kind, ModifyKind::Name(_) | ModifyKind::Any)),
        EventKind::Remove(_) | EventKind::Any | EventKind::Other => (true, true),
    };
    let one = |path: PathBuf| {
        if path == dir {
            return matches!(event.kind, EventKind::Remove(_)).then_some(Change::Root);
        }
        match super::files::name_of(dir, &path) {
            Some(name) => changes_file.then_some(Change::Cassette(name)),
            None => changes_folder.then_some(Change::Folder(path)),
        }
    };
    event.paths.into_iter().filter_map(one).collect()
}

fn identity(dir: &Path) -> Option<Identity> {
    let metadata = std::fs::metadata(dir).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let inode = 0;
    // An inode number is soon used again, a time of birth is not.
    Some((inode, metadata.created().ok()))
}

// === impl Watched ===

impl Watched {
    /// `None` where the folder is not there. Where the system cannot watch it, it is polled.
    fn start(dir: &Path, send: &Sender<Change>) -> Option<Self> {
        let folder = identity(dir);
        folder?;
        let (send, root) = (send.clone(), dir.to_owned());
        let handler = move |event: notify::Result<Event>| {
            for change in judge(&root, event) {
                // The receiver is gone only when the store is.
                let _ = send.send(change);
            }
        };
        let native = RecommendedWatcher::new(handler.clone(), Config::default()).and_then(|mut watcher| {
            watcher.watch(dir, RecursiveMode::Recursive)?;
            Ok(Box::new(watcher) as Box<dyn Watcher + Send>)
        });
        let watcher = native.or_else(|error| {
            tracing::warn!(dir = %dir.display(), "cannot watch the cassette folder, so it is polled: {error}");
            let mut watcher = PollWatcher::new(handler, Config::default().with_poll_interval(POLL))?;
            watcher.watch(dir, RecursiveMode::Recursive)?;
            Ok::<_, notify::Error>(Box::new(watcher) as Box<dyn Watcher + Send>)
        });
        match watcher {
            Ok(watcher) => Some(Watched { _watcher: watcher, folder }),
            Err(error) => {
                tracing::warn!(dir = %dir.display(), "changes of cassettes will not be seen: {error}");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{DataChange, Flag, RemoveKind, RenameMode};

    fn judged(kind: EventKind, path: &str) -> Vec<Change> {
        judge(Path::new("/c"), Ok(Event::new(kind).add_path(path.into())))
    }

    #[test]
    fn looking_is_no_change_and_other_files_are_nothing() {
        let open = EventKind::Access(AccessKind::Open(AccessMode::Any));
        assert_eq!(judged(open, "/c/a.yaml"), []);
        assert_eq!(judged(open, "/c"), []);
        assert_eq!(judged(EventKind::Modify(ModifyKind::Data(DataChange::Any)), "/c/app.log"), []);
        assert_eq!(judged(EventKind::Create(CreateKind::File), "/c/app.log"), []);
    }

    #[test]
    fn cassettes_and_folders_are_told_apart() {
        let close = EventKind::Access(AccessKind::Close(AccessMode::Write));
        let name = CassetteName::new("v1.2/a").unwrap();
        assert_eq!(judged(close, "/c/v1.2/a.yaml"), [Change::Cassette(name)]);
        let moved = EventKind::Modify(ModifyKind::Name(RenameMode::To));
        assert_eq!(judged(moved, "/c/gpt-4.1"), [Change::Folder("/c/gpt-4.1".into())]);
        assert_eq!(judged(EventKind::Remove(RemoveKind::Folder), "/c"), [Change::Root]);
        let lost = Event::new(EventKind::Other).set_flag(Flag::Rescan);
        assert_eq!(judge(Path::new("/c"), Ok(lost)), [Change::Anything]);
        assert_eq!(judge(Path::new("/c"), Err(notify::Error::generic("full"))), [Change::Anything]);
    }
}
