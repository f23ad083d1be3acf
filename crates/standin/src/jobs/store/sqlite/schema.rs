//! The tables, and files that cannot have them.

use super::Durability;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a file cannot keep jobs.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// It is another file.
    #[error("{0} is not a file of jobs: name another one, or one that is not there yet")]
    Foreign(PathBuf),
    /// It is a file of jobs that was damaged.
    #[error(
        "{path} is damaged ({reason}): move it away, with the files beside it whose names begin with its own, \
         and begin without jobs, or name another file"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was said.
        reason: String,
    },
    /// It is a folder.
    #[error("{0} is a folder: name a file in it, such as {file}", file = .0.join("jobs.sqlite").display())]
    Folder(PathBuf),
    /// Its folder is not there.
    #[error("{path} cannot be made: there is no folder {folder}; make it, or name another file")]
    NoFolder {
        /// The file.
        path: PathBuf,
        /// Where it should be.
        folder: PathBuf,
    },
    /// It was written by a later version.
    #[error(
        "{path} has jobs in the form {found}, of a later version of standin than this, which knows {known}: \
         use that version, or another file"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its form.
        found: i64,
        /// The latest form that is known here.
        known: i64,
    },
    /// It cannot be written.
    #[error("{0} cannot be written: let this user write the file and its folder, or name another one")]
    ReadOnly(PathBuf),
    /// The system does not let it be made or opened.
    #[error("{path} cannot be opened to keep jobs: {source}; {}", advice(.source))]
    Denied {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It cannot be made or opened for another reason.
    #[error(
        "{path} cannot be opened to keep jobs: {source}; name another file, or one that is not there yet"
    )]
    Unopened {
        /// The file.
        path: PathBuf,
        /// What was said.
        source: rusqlite::Error,
    },
    /// It is where connections cannot share it.
    #[error("{0} cannot be shared by the threads that read and write it: name a file on a local disk")]
    Unshared(PathBuf),
    /// Another program holds it.
    #[error("{0} is locked by another program: close it, or name another file")]
    Busy(PathBuf),
    /// Its thread does not start.
    #[error("the thread that keeps the jobs in {path} does not start: {source}")]
    Thread {
        /// The file.
        path: PathBuf,
        /// What was said.
        source: io::Error,
    },
}

/// Each step makes the next form of the tables. They are only added to: files are somewhere between them.
const FORMS: &[&str] = &[
    include_str!("form1.sql"),
    include_str!("form2.sql"),
    include_str!("form3.sql"),
    include_str!("form4.sql"),
];

/// `stan` as a number: tells a file of jobs from other databases.
const APPLICATION: i64 = 0x7374_616e;
const PATIENCE: Duration = Duration::from_secs(5);
const STATEMENTS: usize = 64;

/// A connection that writes, to a file that has the tables.
pub(super) fn open(path: &Path, durability: Durability) -> Result<Connection, OpenStoreError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(|source| told(path, source))?;
    prepare(&mut connection, path, durability)?;
    Ok(connection)
}

/// A connection that reads, to a file that is open.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, OpenStoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(PATIENCE)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(connection)
    });
    opened.map_err(|source| told(path, source))
}

fn prepare(connection: &mut Connection, path: &Path, durability: Durability) -> Result<(), OpenStoreError> {
    let sql = |source| told(path, source);
    connection.busy_timeout(PATIENCE).map_err(sql)?;
    if connection.is_readonly("main").map_err(sql)? {
        return Err(OpenStoreError::ReadOnly(path.to_owned()));
    }
    // Looked at before anything is changed: a file of somebody else stays as it is.
    check(connection, path)?;
    if !write_ahead(connection).map_err(sql)? {
        return Err(OpenStoreError::Unshared(path.to_owned()));
    }
    let synchronous = match durability {
        Durability::Process => "NORMAL",
        Durability::Power => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous).map_err(sql)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
    // Another process may have made the tables in the meantime.
    let form = check(&transaction, path)?;
    for (step, known) in FORMS.iter().zip(1i64..) {
        if known > form {
            transaction.execute_batch(step).map_err(sql)?;
            transaction.pragma_update(None, "user_version", known).map_err(sql)?;
            transaction.pragma_update(None, "application_id", APPLICATION).map_err(sql)?;
        }
    }
    transaction.commit().map_err(sql)
}

/// The form of the file's tables; 0 where it has none.
fn check(connection: &Connection, path: &Path) -> Result<i64, OpenStoreError> {
    let number =
        |query| connection.query_row(query, [], |row| row.get(0)).map_err(|source| told(path, source));
    let form = number("PRAGMA user_version")?;
    let application = number("PRAGMA application_id")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    let known = FORMS.len() as i64;
    match (application, form) {
        (0, 0) if tables == 0 => Ok(0),
        (APPLICATION, form) if form > known => {
            Err(OpenStoreError::Newer { path: path.to_owned(), found: form, known })
        }
        (APPLICATION, form) => Ok(form),
        _ => Err(OpenStoreError::Foreign(path.to_owned())),
    }
}

/// Whether the file has a write-ahead log now. Two processes that open a new file at once may get into each other's
/// way here, where SQLite does not wait.
fn write_ahead(connection: &Connection) -> rusqlite::Result<bool> {
    let mut tries = 0;
    loop {
        let set =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match set {
            Err(error) if is_busy(&error) && tries < 250 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(20));
            }
            mode => return mode.map(|mode| mode == "wal"),
        }
    }
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn advice(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            "let this user read and write the file and its folder, or name another one"
        }
        io::ErrorKind::StorageFull => "free some room, or name a file elsewhere",
        _ => "name another file",
    }
}

/// Why the system does not open a file, which SQLite does not tell; `None` where it would.
fn denied(path: &Path) -> Option<OpenStoreError> {
    if path.is_dir() {
        return Some(OpenStoreError::Folder(path.to_owned()));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Some(OpenStoreError::NoFolder { path: path.to_owned(), folder: folder.to_owned() });
    }
    // SQLite has just tried to make it, so nothing is left here that was not there before.
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    opened.err().map(|source| OpenStoreError::Denied { path: path.to_owned(), source })
}

fn told(path: &Path, source: rusqlite::Error) -> OpenStoreError {
    let because = (source.sqlite_error_code() == Some(ErrorCode::CannotOpen)).then(|| denied(path)).flatten();
    if let Some(because) = because {
        return because;
    }
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt) => OpenStoreError::Damaged { path, reason: source.to_string() },
        Some(ErrorCode::NotADatabase) => OpenStoreError::Foreign(path),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => OpenStoreError::ReadOnly(path),
        _ if is_busy(&source) => OpenStoreError::Busy(path),
        _ => OpenStoreError::Unopened { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &Path) -> String {
        open(path, Durability::Process).unwrap_err().to_string()
    }

    #[test]
    fn a_file_of_something_else_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text");
        let words = "these are words, and no jobs at all. ".repeat(100);
        std::fs::write(&text, &words).unwrap();
        assert!(
            refused(&text).ends_with("is not a file of jobs: name another one, or one that is not there yet")
        );
        assert_eq!(std::fs::read_to_string(&text).unwrap(), words);

        let other = folder.path().join("other.db");
        Connection::open(&other).unwrap().execute_batch("CREATE TABLE theirs (a)").unwrap();
        let before = std::fs::read(&other).unwrap();
        assert!(refused(&other).contains("is not a file of jobs"));
        assert_eq!(std::fs::read(&other).unwrap(), before);
    }

    #[test]
    fn a_file_of_a_later_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobs.db");
        open(&path, Durability::Process).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let told = refused(&path);
        assert!(
            told.contains("has jobs in the form 99, of a later version of standin than this, which knows 4")
        );
    }

    #[test]
    fn a_file_that_cannot_be_made_or_written_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let missing = refused(&folder.path().join("none/jobs.db"));
        assert!(missing.ends_with("/none; make it, or name another file"), "{missing}");
        let is_one = refused(folder.path());
        assert!(is_one.contains(" is a folder: name a file in it, such as "), "{is_one}");
        assert!(is_one.ends_with("/jobs.sqlite"), "{is_one}");
        let long = refused(&folder.path().join("x".repeat(300)));
        assert!(long.contains("cannot be opened to keep jobs: "), "{long}");
        assert!(long.contains("too long") && long.ends_with("; name another file"), "{long}");
        let path = folder.path().join("jobs.db");
        drop(open(&path, Durability::Power).unwrap());
        let mut connection = open_to_read(&path).unwrap();
        let told = prepare(&mut connection, &path, Durability::Process).unwrap_err().to_string();
        assert!(told.ends_with(
            "cannot be written: let this user write the file and its folder, or name another one"
        ));
    }

    #[test]
    fn a_damaged_file_says_what_to_do_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobs.db");
        drop(open(&path, Durability::Process).unwrap());
        let whole = std::fs::read(&path).unwrap();
        // Its head is there, and what comes after is not.
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let told = refused(&path);
        assert!(told.contains("jobs.db is damaged (") && told.contains("move it away"), "{told}");
        assert!(!told.contains("folder"), "{told}");
        assert_eq!(std::fs::read(&path).unwrap(), whole[..whole.len() / 2]);
    }

    #[test]
    fn a_file_that_is_none_is_refused() {
        assert!(refused(Path::new(":memory:")).contains("name a file on a local disk"));
    }

    #[test]
    fn durability_is_what_sqlite_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for (durability, number) in [(Durability::Process, 1), (Durability::Power, 2)] {
            let connection = open(&folder.path().join("jobs.db"), durability).unwrap();
            let set = |name| connection.query_row(name, [], |row| row.get::<_, i64>(0)).unwrap();
            assert_eq!(set("PRAGMA synchronous"), number);
        }
    }
}
