//! Cassettes as files: `name.yaml` or `name.yml` below one folder.

use super::Absent;
use super::shared::Version;
use super::tape::{Broken, Tape};
use crate::rules::RuleBook;
use standin_core::cassette::{self, CassetteName, ReadError};
use standin_core::shape::Pace;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// What tells a changed cassette from an unchanged one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    File(FileStamp),
    /// That of a shelf.
    Value(Version),
    /// What is shipped never changes.
    Shipped,
}

/// What tells a changed file from an unchanged one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileStamp {
    modified: Option<SystemTime>,
    len: u64,
    /// Inode, and seconds and nanoseconds of its last change, permissions included: copying a file over
    /// another may keep its length and its time.
    #[cfg(unix)]
    inode: (u64, i64, i64),
}

/// A file that is a cassette by its name.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) name: CassetteName,
    pub(super) path: PathBuf,
    pub(super) stamp: Stamp,
}

const EXTENSIONS: [&str; 2] = ["yaml", "yml"];
/// In order of preference, where several are there. go-vcr appends `.yaml` even to a name that ends so.
const SUFFIXES: [&str; 3] = [".yaml", ".yml", ".yaml.yaml"];

/// The folder's path without links. Of one that is not there yet, as far as it is.
pub(super) fn canonical(dir: &Path, absent: Absent) -> std::io::Result<PathBuf> {
    match dir.canonicalize() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && absent == Absent::Make => {
            let path = std::path::absolute(dir)?;
            match (path.parent(), path.file_name()) {
                (Some(parent), Some(name)) => Ok(canonical(parent, absent)?.join(name)),
                _ => Err(error),
            }
        }
        Ok(path) if !path.is_dir() => Err(std::io::ErrorKind::NotADirectory.into()),
        other => other,
    }
}

/// Every cassette below a folder, by name.
pub(super) fn scan(dir: &Path) -> std::io::Result<Vec<Found>> {
    // The folder itself has to be readable; what is wrong below it is reported where it is.
    std::fs::read_dir(dir)?;
    let mut found: Vec<Found> = walkdir::WalkDir::new(dir)
        .follow_links(true)
        .into_iter()
        .filter_map(|entry| match entry {
            Ok(entry) => Some(entry),
            Err(error) => {
                tracing::warn!("skipped: {error}");
                None
            }
        })
        .filter_map(|entry| {
            let name = name_of(dir, entry.path())?;
            let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some(Found { name, path: entry.path().to_owned(), stamp: Stamp::of(&metadata) })
        })
        .collect();
    let rank = |file: &Found| {
        let path = file.path.to_string_lossy();
        SUFFIXES.iter().position(|suffix| path.ends_with(&format!("{}{suffix}", file.name)))
    };
    found.sort_by(|a, b| a.name.cmp(&b.name).then(rank(a).cmp(&rank(b))));
    found.dedup_by(|later, first| later.name == first.name);
    Ok(found)
}

/// The file of one cassette.
pub(super) fn find(dir: &Path, name: &CassetteName) -> Option<Found> {
    SUFFIXES.iter().find_map(|suffix| {
        let path = dir.join(format!("{name}{suffix}"));
        let metadata = std::fs::metadata(&path).ok().filter(std::fs::Metadata::is_file)?;
        Some(Found { name: name.clone(), path, stamp: Stamp::of(&metadata) })
    })
}

/// The cassette that a path below the folder holds, by its extension.
pub(super) fn name_of(dir: &Path, path: &Path) -> Option<CassetteName> {
    let extension = path.extension()?.to_str()?;
    if !EXTENSIONS.contains(&extension) {
        return None;
    }
    let relative = path.strip_prefix(dir).ok()?.with_extension("");
    let segments: Option<Vec<&str>> = relative.iter().map(|segment| segment.to_str()).collect();
    let name = CassetteName::new(&segments?.join("/"));
    name.map_err(|error| tracing::warn!(path = %path.display(), "skipped: {error}")).ok()
}

/// Reads a cassette file, refusing one that is too large before it takes any memory.
///
/// # Errors
/// When the file cannot be read, or has more than [`cassette::MAX_BYTES`].
pub fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let len = std::fs::metadata(path)?.len();
    if len > cassette::MAX_BYTES {
        let reason = format!("the file has {len} bytes; standin reads at most {}", cassette::MAX_BYTES);
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, reason));
    }
    std::fs::read(path)
}

/// A cassette that was looked for: ready, or broken.
pub(super) type Loaded = Result<Arc<Tape>, Arc<Broken>>;

pub(super) fn load(file: &Found, rules: &RuleBook, pace: &Pace) -> Loaded {
    let io = |error: std::io::Error| ReadError { line: None, reason: error.to_string() };
    let bytes = read_bounded(&file.path).map_err(|error| broken(file, io(error)))?;
    read(file, &bytes, rules, pace)
}

pub(super) fn read(file: &Found, bytes: &[u8], rules: &RuleBook, pace: &Pace) -> Loaded {
    let cassette = cassette::parse(bytes).map_err(|error| broken(file, error))?;
    Ok(Arc::new(Tape::new(file.name.clone(), file.path.clone(), file.stamp, cassette, rules, pace.clone())))
}

fn broken(file: &Found, error: ReadError) -> Arc<Broken> {
    Arc::new(Broken { name: file.name.clone(), path: file.path.clone(), stamp: file.stamp, error })
}

/// Reads a cassette that is no file. Its path is where the project has it, for messages.
pub(super) fn shipped(name: &CassetteName, text: &'static str, rules: &RuleBook, pace: &Pace) -> Loaded {
    let file = Found {
        name: name.clone(),
        path: Path::new("fixtures/catalogue").join(format!("{name}.yaml")),
        stamp: Stamp::Shipped,
    };
    read(&file, text.as_bytes(), rules, pace)
}

/// Loads many files on all cores, and returns them in the order given.
pub(super) fn load_all(found: &[Found], rules: &RuleBook, pace: &Pace) -> Vec<Loaded> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = found.len().div_ceil(cores).max(16);
    let load_share = |files: &[Found]| files.iter().map(|file| load(file, rules, pace)).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let workers: Vec<_> =
            found.chunks(share).map(|files| (files, scope.spawn(move || load_share(files)))).collect();
        workers
            .into_iter()
            // A worker that panicked is done over here, where the panic can be seen.
            .flat_map(|(files, worker)| worker.join().unwrap_or_else(|_| load_share(files)))
            .collect()
    })
}

// === impl Stamp ===

impl Stamp {
    pub(super) fn of(metadata: &std::fs::Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt;
        Stamp::File(FileStamp {
            modified: metadata.modified().ok(),
            len: metadata.len(),
            #[cfg(unix)]
            inode: (metadata.ino(), metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}
