//! Cassette files named on the command line.

use crate::failure::Failure;
use standin::cassette::{Cassette, parse};
use standin::{FolderLock, SharedCassettes};
use std::path::{Path, PathBuf};

/// What becomes of a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Existing {
    /// It stays, and nothing is written.
    Kept,
    Replaced,
}

// === impl Existing ===

impl Existing {
    /// What `--force` says.
    pub(super) const fn of(force: bool) -> Self {
        if force { Existing::Replaced } else { Existing::Kept }
    }
}

/// Reads a cassette.
pub(super) fn read(path: &Path) -> Result<Cassette, Failure> {
    in_files(path)?;
    let bytes =
        standin::read_bounded(path).map_err(|source| Failure::Read { path: path.to_owned(), source })?;
    parse(&bytes).map_err(|error| Failure::Cassette { path: path.to_owned(), error })
}

/// Refuses the address of a Redis, whose cassettes no file has. It is not repeated, as it may hold a password.
fn in_files(path: &Path) -> Result<(), Failure> {
    match path.to_str().is_some_and(SharedCassettes::is_address) {
        true => Err(Failure::Config(
            "this command reads files, and was given an address: of a Redis, `standin cassette flush` deletes the \
             cassettes, and `redis-cli get standin:cassette:NAME` prints one"
                .to_owned(),
        )),
        false => Ok(()),
    }
}

/// The files themselves, and every `.yaml` and `.yml` below the folders, sorted. At least one: a check of
/// nothing is a mistake.
pub(super) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        in_files(path)?;
        let metadata =
            std::fs::metadata(path).map_err(|source| Failure::Read { path: path.clone(), source })?;
        if metadata.is_file() {
            files.push(path.clone());
            continue;
        }
        for entry in walkdir::WalkDir::new(path).follow_links(true).sort_by_file_name() {
            let entry = entry.map_err(|error| Failure::Read {
                path: error.path().unwrap_or(path).to_owned(),
                source: error.into(),
            })?;
            let extension = entry.path().extension();
            if entry.file_type().is_file() && extension.is_some_and(|one| one == "yaml" || one == "yml") {
                files.push(entry.into_path());
            }
        }
    }
    if files.is_empty() {
        return Err(Failure::NoCassettes(paths.to_vec()));
    }
    Ok(files)
}

/// Writes a whole file, under the lock that servers respect.
pub(super) fn save(path: &Path, text: &str, existing: Existing) -> Result<(), Failure> {
    if existing == Existing::Kept && path.exists() {
        return Err(Failure::Exists(path.to_owned()));
    }
    let _lock = lock(path)?;
    replace(path, text)
}

/// Keeps servers from writing beside a file until it is dropped.
pub(super) fn lock(path: &Path) -> Result<FolderLock, Failure> {
    let target = target(path);
    let dir = target.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    FolderLock::take(dir).map_err(|source| Failure::Write { path: path.to_owned(), source })
}

/// Writes a whole file whose folder is locked.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    standin::replace(&target(path), text).map_err(|source| Failure::Write { path: path.to_owned(), source })
}

/// A link stays one: what it points at is replaced.
fn target(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// Two columns' worth of text, shortened to fit a line.
pub(super) fn fit(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}
