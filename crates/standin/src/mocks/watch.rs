//! Tells the mocks that their files have changed.
//!
//! The folders are watched, since editors replace files. Where the system does not tell, a look every second
//! does.

use super::Mocks;
use super::layers::Look;
use notify::{RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// A save comes in several events.
const QUIET: Duration = Duration::from_millis(15);
/// How often files are looked at where nothing is told.
const POLL: Duration = Duration::from_secs(1);

/// Starts watching the files, where there are some. It ends when the mocks are gone.
pub(crate) fn watch(mocks: &Arc<Mocks>) {
    let files = mocks.files();
    if files.is_empty() {
        return;
    }
    let (send, changes) = channel();
    // Watching has begun when this returns: what changes after the start is seen.
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let looked_at = event.as_ref().is_ok_and(|event| event.kind.is_access());
        if !looked_at {
            // A watcher that outlives its thread has nobody to tell.
            let _ = send.send(());
        }
    })
    .ok();
    for folder in folders(files) {
        if let Some(watcher) = &mut watcher
            && let Err(error) = watcher.watch(&folder, RecursiveMode::NonRecursive)
        {
            tracing::warn!("{} is looked at every second: {error}", folder.display());
        }
    }
    let mocks: Weak<Mocks> = Arc::downgrade(mocks);
    std::thread::spawn(move || {
        let watcher = watcher;
        loop {
            let look = match changes.recv_timeout(POLL) {
                Ok(()) => {
                    while changes.recv_timeout(QUIET).is_ok() {}
                    Look::Told
                }
                Err(RecvTimeoutError::Timeout) => Look::Routine,
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(POLL);
                    Look::Routine
                }
            };
            let Some(mocks) = mocks.upgrade() else { break };
            mocks.reload(look);
        }
        drop(watcher);
    });
}

fn folders(files: &[PathBuf]) -> BTreeSet<PathBuf> {
    let folder = |file: &PathBuf| match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    files.iter().map(folder).collect()
}
