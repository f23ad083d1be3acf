//! The texts that mocks are read from: files below, what the control API changed above.

use super::{BrokenMocks, Edit};
use standin_core::mock::{Mock, MockSet, Problem, Severity, read};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// A text and what it is called in messages.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) name: Arc<str>,
    pub(super) text: Arc<str>,
}

/// All texts.
#[derive(Debug, Clone, Default)]
pub(super) struct Layers {
    files: Vec<FileSource>,
    /// Texts that are no files and stay.
    given: Vec<Source>,
    /// In place of the files and the texts.
    replaced: Option<Source>,
    /// Before all others, the latest first.
    added: Vec<Source>,
    removed: BTreeSet<String>,
    /// Texts that were added so far.
    additions: u64,
    problems: Vec<Problem>,
}

/// A file, and what it was when it was read.
#[derive(Debug, Clone)]
struct FileSource {
    path: PathBuf,
    stamp: Option<Stamp>,
    source: Source,
}

/// Tells most changes of a file without reading it.
type Stamp = (u64, SystemTime);

/// Why files are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// The system says that something changed.
    Told,
    /// To be sure.
    Routine,
}

/// What changes over the control API are called.
const EDITED: &str = "(control API)";

/// Texts that may be added over the control API until it is told to begin anew.
const MOST_ADDED: usize = 1_000;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 << 20;

pub(super) fn is_broken(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.severity == Severity::Error)
}

fn stamp(path: &Path) -> Option<Stamp> {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.len(), meta.modified().ok()?))
}

fn read_file(path: PathBuf) -> Result<FileSource, Problem> {
    let name: Arc<str> = path.display().to_string().into();
    let stamp = stamp(&path);
    let text = match stamp {
        Some((bytes, _)) if bytes > LARGEST => {
            Err(std::io::Error::other(format!("it is larger than {LARGEST} bytes")))
        }
        _ => std::fs::read_to_string(&path),
    };
    match text {
        Ok(text) => Ok(FileSource { path, stamp, source: Source { name, text: text.into() } }),
        Err(error) => {
            let message = format!("cannot be read: {error}");
            Err(Problem { file: name, line: 1, severity: Severity::Error, message })
        }
    }
}

/// The names of a text's mocks.
fn names(source: &Source) -> impl Iterator<Item = String> + use<> {
    read(&source.name, &source.text).mocks.into_iter().filter_map(|mock| mock.name)
}

// === impl Layers ===

impl Layers {
    /// Reads all texts.
    pub(super) fn open(files: Vec<PathBuf>, given: Vec<Source>) -> Result<(Self, MockSet), BrokenMocks> {
        let read: Result<Vec<_>, Problem> = files.into_iter().map(read_file).collect();
        let files = read.map_err(|problem| BrokenMocks(vec![problem]))?;
        Layers { files, given, ..Layers::default() }.composed()
    }

    /// All mocks of all texts, and the layers with what is wrong with them; that alone where something is
    /// broken.
    fn composed(mut self) -> Result<(Self, MockSet), BrokenMocks> {
        let (set, problems) = self.read_all();
        if is_broken(&problems) {
            return Err(BrokenMocks(problems));
        }
        self.problems = problems;
        Ok((self, set))
    }

    pub(super) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Notes what is wrong with the files as they are now.
    pub(super) fn tell(&mut self, problems: Vec<Problem>) {
        self.problems = problems;
    }

    /// All mocks of all texts; what is wrong where something is.
    pub(super) fn compose(&self) -> Result<MockSet, BrokenMocks> {
        let (set, problems) = self.read_all();
        if is_broken(&problems) { Err(BrokenMocks(problems)) } else { Ok(set) }
    }

    fn read_all(&self) -> (MockSet, Vec<Problem>) {
        let base: Vec<&Source> = match &self.replaced {
            Some(source) => vec![source],
            None => self.files.iter().map(|file| &file.source).chain(&self.given).collect(),
        };
        let (mut mocks, mut problems) = (Vec::new(), Vec::new());
        let mut taken = self.removed.clone();
        for source in self.added.iter().chain(base) {
            let file = read(&source.name, &source.text);
            problems.extend(file.problems);
            let names: Vec<String> = file.mocks.iter().filter_map(|mock| mock.name.clone()).collect();
            let free = |name: &String| !taken.contains(name);
            mocks.extend(file.mocks.into_iter().filter(|mock| mock.name.as_ref().is_none_or(free)));
            if self.added.iter().any(|added| std::ptr::eq(added, source)) {
                // Files may use a name twice; what is added takes the place of what has its name.
                taken.extend(names);
            }
        }
        let set = MockSet::new(mocks);
        problems.extend(set.shadowed());
        (set, problems)
    }

    /// These layers below others, of which the last is asked first.
    pub(super) fn below(&self, above: &[Source]) -> Self {
        let mut layers = self.clone();
        for source in above {
            for name in names(source) {
                layers.removed.remove(&name);
            }
            layers.added.insert(0, source.clone());
        }
        layers
    }

    /// These layers with a change made to them; `None` where too much has been added.
    pub(super) fn edited(&self, edit: Edit) -> Option<Self> {
        let mut layers = self.clone();
        match edit {
            Edit::Replace(text) => {
                layers.replaced = Some(Source { name: EDITED.into(), text: text.into() });
                layers.added.clear();
                layers.removed.clear();
            }
            Edit::Add(_) if layers.added.len() >= MOST_ADDED => return None,
            Edit::Add(text) => {
                layers.additions += 1;
                // A name of its own: what is added again begins to count anew.
                let name = format!("{EDITED} {}", layers.additions).into();
                let source = Source { name, text: text.into() };
                // A name that was removed may come back.
                for name in names(&source) {
                    layers.removed.remove(&name);
                }
                layers.added.insert(0, source);
                layers.forget_replaced();
            }
            Edit::Remove(name) => drop(layers.removed.insert(name)),
            Edit::Reset => {
                layers.replaced = None;
                layers.added.clear();
                layers.removed.clear();
            }
        }
        Some(layers)
    }

    /// Drops what was added and has wholly been added anew since: a suite that changes its mocks before each test
    /// would otherwise make each change slower than the one before.
    fn forget_replaced(&mut self) {
        let mut taken = BTreeSet::new();
        self.added.retain(|source| {
            let mocks = read(&source.name, &source.text).mocks;
            let is_taken = |mock: &Mock| mock.name.as_ref().is_some_and(|name| taken.contains(name));
            let goes = !mocks.is_empty() && mocks.iter().all(is_taken);
            taken.extend(mocks.into_iter().filter_map(|mock| mock.name));
            !goes
        });
    }

    /// These layers with the files as they are now, and their mocks; `None` where they are as they were.
    pub(super) fn reread(&mut self, look: Look) -> Option<Result<(Self, MockSet), BrokenMocks>> {
        let mut layers = self.clone();
        let mut changed = false;
        let is_broken = is_broken(&self.problems);
        for file in &mut layers.files {
            if look == Look::Routine && !is_broken && stamp(&file.path) == file.stamp {
                continue;
            }
            match read_file(file.path.clone()) {
                Ok(now) => {
                    changed |= now.source.text != file.source.text;
                    *file = now;
                }
                Err(problem) => {
                    if !self.problems.contains(&problem) {
                        tracing::error!("the mocks as they were before are used on: {problem}");
                        self.problems = vec![problem];
                    }
                    return None;
                }
            }
        }
        if !changed {
            // A file that was broken may be what it was before.
            if is_broken {
                self.problems = self.read_all().1;
            }
            return None;
        }
        Some(layers.composed())
    }
}
