//! Whole files: written beside the old one and renamed, one writer at a time.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

/// Keeps every other standin on the machine from writing into a folder, until it is dropped.
#[derive(Debug)]
pub struct FolderLock(#[expect(dead_code, reason = "held open: closing it unlocks")] File);

/// Names of files that are being written. Others of this kind in a locked folder were left by a kill.
const TEMPORARY: &str = ".standin-save-";
/// How long another writer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);

// === impl FolderLock ===

impl FolderLock {
    /// Waits for the lock, but not for ever. On a file system without locks there is none to wait for: files
    /// stay whole there, and two writers at the same moment may lose one's additions.
    ///
    /// # Errors
    /// When the folder cannot be opened, or another process holds the lock for longer than ten seconds.
    pub fn take(folder: &Path) -> io::Result<Self> {
        // The folder itself can be locked where it can be opened, and nothing is left lying in it.
        #[cfg(unix)]
        let file = File::open(folder)?;
        #[cfg(not(unix))]
        let file = File::create(folder.join(".standin.lock"))?;
        let give_up = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(FolderLock(file)),
                Err(TryLockError::WouldBlock) if Instant::now() < give_up => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    let seconds = PATIENCE.as_secs();
                    let reason =
                        format!("another process has locked the folder for more than {seconds} seconds");
                    return Err(io::Error::new(io::ErrorKind::ResourceBusy, reason));
                }
                Err(TryLockError::Error(error)) => {
                    tracing::warn!(folder = %folder.display(), "saving without a lock: {error}");
                    return Ok(FolderLock(file));
                }
            }
        }
    }
}

/// Writes a whole file in the place of another, or of none: no reader sees half of it. Who holds the folder's
/// lock calls this; what a kill left in the folder is taken away.
///
/// # Errors
/// What the system says; the file is as it was then.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    remove_leftovers(folder);
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    // A temporary file is its owner's alone; a cassette is everybody's that the umask allows.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(text.as_bytes())?;
    if let Ok(metadata) = std::fs::metadata(path) {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The rename is on disk when its folder is; a file system that cannot do that has its own ways.
    #[cfg(unix)]
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Takes away what a kill left. The lock is held, so nobody is writing these.
fn remove_leftovers(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            // What cannot be removed harms nobody.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
