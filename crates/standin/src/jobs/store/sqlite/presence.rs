//! Who has a file of jobs open. The system lets go of a lock when its process ends, however it ends; so who gets it
//! alone knows that everybody who held a lease in the file is dead, and need not wait until it has passed.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Shows others that somebody has the file open, as long as this lives.
///
/// The lock is on a file beside it: SQLite has locks of its own on the file itself, which a process loses when it
/// closes the file once. It stays there when nobody has it, since one that is removed may be locked by somebody else.
#[derive(Debug)]
pub(super) struct Presence(#[expect(dead_code, reason = "it is held, and let go of by its end")] File);

/// Whom somebody meets who opens a file of jobs.
#[derive(Debug)]
pub(super) enum Entered {
    /// Nobody, and nobody comes in until this is shared.
    Alone(Alone),
    /// Others, who may be alive.
    WithOthers(Presence),
}

/// The only one who has the file open.
#[derive(Debug)]
pub(super) struct Alone(File);

// === impl Presence ===

impl Presence {
    /// Comes in.
    ///
    /// # Errors
    /// When there can be no such lock here. Nothing is known then about others.
    pub(super) fn enter(jobs: &Path) -> io::Result<Entered> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(beside(jobs))?;
        if file.try_lock().is_ok() {
            return Ok(Entered::Alone(Alone(file)));
        }
        file.lock_shared()?;
        Ok(Entered::WithOthers(Presence(file)))
    }
}

fn beside(jobs: &Path) -> PathBuf {
    let mut name = OsString::from(jobs);
    name.push("-lock");
    name.into()
}

// === impl Alone ===

impl Alone {
    /// Lets others in.
    pub(super) fn shared(self) -> io::Result<Presence> {
        self.0.lock_shared().map(|()| Presence(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_alone(jobs: &Path) -> bool {
        matches!(Presence::enter(jobs).unwrap(), Entered::Alone(_))
    }

    #[test]
    fn only_the_first_is_alone_until_all_have_left() {
        let folder = tempfile::tempdir().unwrap();
        let jobs = folder.path().join("jobs.sqlite");
        let Entered::Alone(first) = Presence::enter(&jobs).unwrap() else { panic!("nobody else is there") };
        let first = first.shared().unwrap();
        let Entered::WithOthers(second) = Presence::enter(&jobs).unwrap() else {
            panic!("the first is there")
        };
        drop(first);
        assert!(!is_alone(&jobs));
        drop(second);
        assert!(is_alone(&jobs));
    }

    #[test]
    fn who_comes_in_waits_until_who_is_alone_lets_them() {
        let folder = tempfile::tempdir().unwrap();
        let jobs = folder.path().join("jobs.sqlite");
        let Entered::Alone(first) = Presence::enter(&jobs).unwrap() else { panic!("nobody else is there") };
        let (told, tells) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let second = Presence::enter(&jobs).unwrap();
                told.send("second").unwrap();
                assert!(matches!(second, Entered::WithOthers(_)));
            });
            // It cannot be told before this, since the second one waits.
            told.send("first").unwrap();
            let first = first.shared().unwrap();
            assert_eq!((tells.recv().unwrap(), tells.recv().unwrap()), ("first", "second"));
            drop(first);
        });
    }
}
