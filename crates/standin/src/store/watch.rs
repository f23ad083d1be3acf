//! Tells the store what changed on disk.

use super::Store;
use notify::event::{AccessKind, AccessMode};
use notify::{Config, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A watch over the cassette folder; dropping it ends it.
pub(crate) struct Watch {
    _watcher: Box<dyn Watcher + Send + Sync>,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}

/// Events of one save come in bursts; a file is read when they have been quiet for this long.
const QUIET: Duration = Duration::from_millis(15);
/// How often folders are looked at where the system does not tell.
const POLL: Duration = Duration::from_secs(1);

// === impl Watch ===

impl Watch {
    /// Starts watching, where there is a folder. Where the system cannot watch it, it is polled.
    pub(crate) fn start(store: &Arc<Store>) -> Option<Self> {
        let dir = store.dir()?.to_owned();
        let (send, events) = channel();
        let handler = move |event: notify::Result<notify::Event>| {
            if let Ok(event) = event
                && is_change(event.kind)
            {
                // The receiver is gone only when the watch is being dropped.
                let _ = send.send(event.paths);
            }
        };
        let native = RecommendedWatcher::new(handler.clone(), Config::default()).and_then(|mut watcher| {
            watcher.watch(&dir, RecursiveMode::Recursive)?;
            Ok(Box::new(watcher) as Box<dyn Watcher + Send + Sync>)
        });
        let watcher = native.or_else(|error| {
            tracing::warn!(dir = %dir.display(), "cannot watch the cassette folder, so it is polled: {error}");
            let mut watcher = PollWatcher::new(handler, Config::default().with_poll_interval(POLL))?;
            watcher.watch(&dir, RecursiveMode::Recursive)?;
            Ok::<_, notify::Error>(Box::new(watcher) as Box<dyn Watcher + Send + Sync>)
        });
        match watcher {
            Ok(watcher) => {
                let store = Arc::downgrade(store);
                std::thread::spawn(move || follow(&events, &store));
                Some(Watch { _watcher: watcher })
            }
            Err(error) => {
                tracing::warn!(dir = %dir.display(), "changes of cassettes will not be seen: {error}");
                None
            }
        }
    }
}

/// Looking at the folder makes events too; following those would never end.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

/// Ends when the watcher or the store is gone.
fn follow(events: &Receiver<Vec<PathBuf>>, store: &Weak<Store>) {
    while let Ok(paths) = events.recv() {
        let mut changed: BTreeSet<PathBuf> = paths.into_iter().collect();
        loop {
            match events.recv_timeout(QUIET) {
                Ok(more) => changed.extend(more),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        let Some(store) = store.upgrade() else { return };
        for path in changed {
            store.touched(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{CreateKind, ModifyKind};

    #[test]
    fn looking_is_no_change() {
        assert!(!is_change(EventKind::Access(AccessKind::Open(AccessMode::Any))));
        assert!(!is_change(EventKind::Access(AccessKind::Read)));
        assert!(is_change(EventKind::Access(AccessKind::Close(AccessMode::Write))));
        assert!(is_change(EventKind::Create(CreateKind::Folder)));
        assert!(is_change(EventKind::Modify(ModifyKind::Any)));
    }
}
