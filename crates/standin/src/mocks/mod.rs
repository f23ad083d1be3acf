//! Mocks of one server: what they are now, and what they have answered.
//!
//! - `layers` are the texts that they are read from: files, and what the control API changed;
//! - `own` are those of one session;
//! - `watch` sees files change;
//! - `states` counts what each session was answered;
//! - `kept` are answers that may be asked for again by their ids.

mod kept;
mod layers;
mod own;
mod states;
mod watch;

pub(crate) use kept::KeptAnswers;
pub(crate) use own::OwnMocks;
pub(crate) use states::States;
pub(crate) use watch::watch;

use layers::{Layers, Look, Source, is_broken};
use standin_core::mock::{MockSet, Problem, Severity};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// The mocks of one server.
#[derive(Debug)]
pub(crate) struct Mocks {
    /// Held while texts are read, which takes its time: who serves calls takes the copies below.
    layers: Mutex<Layers>,
    current: RwLock<Arc<MockSet>>,
    problems: RwLock<Arc<[Problem]>>,
    files: Vec<PathBuf>,
    generation: AtomicU64,
    pub(crate) states: States,
    pub(crate) kept: KeptAnswers,
    pub(crate) own: OwnMocks,
}

/// Mocks that cannot be used, and what is wrong with them.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", told(.0))]
pub struct BrokenMocks(pub(crate) Vec<Problem>);

/// The errors, a line each.
fn told(problems: &[Problem]) -> String {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
    let lines: Vec<String> =
        errors.map(|error| format!("{}:{}: {}", error.file, error.line, error.message)).collect();
    lines.join("\n")
}

/// A change over the control API.
#[derive(Debug)]
pub(crate) enum Edit {
    /// These and no others.
    Replace(String),
    /// These before all others, and instead of those of the same names.
    Add(String),
    /// Without the ones of this name.
    Remove(String),
    /// As the files say.
    Reset,
}

/// Why a change is not made.
#[derive(Debug)]
pub(crate) enum Unchanged {
    Broken(BrokenMocks),
    NoSuchName,
    TooMany,
}

// === impl Mocks ===

impl Default for Mocks {
    fn default() -> Self {
        Mocks {
            layers: Mutex::default(),
            current: RwLock::default(),
            problems: RwLock::new(Arc::from([])),
            files: Vec::new(),
            generation: AtomicU64::new(0),
            states: States::default(),
            kept: KeptAnswers::default(),
            own: OwnMocks::default(),
        }
    }
}

impl Mocks {
    /// Reads files, and texts that are none.
    pub(crate) fn open(files: Vec<PathBuf>, texts: Vec<String>) -> Result<Self, BrokenMocks> {
        // Each has its own name: equal mocks of two texts count for themselves.
        let name = |at: usize| if at == 0 { "(given)".to_owned() } else { format!("(given {})", at + 1) };
        let given = texts
            .into_iter()
            .enumerate()
            .map(|(at, text)| Source { name: name(at).into(), text: text.into() });
        let (layers, set) = Layers::open(files.clone(), given.collect())?;
        let problems = RwLock::new(layers.problems().into());
        let (layers, current) = (Mutex::new(layers), RwLock::new(Arc::new(set)));
        Ok(Mocks { layers, current, problems, files, ..Mocks::default() })
    }

    pub(crate) fn current(&self) -> Arc<MockSet> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts changes of what is answered.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Whether there are mocks, or were, or may come: a file may hold none yet.
    pub(crate) fn are_used(&self) -> bool {
        !self.current().is_empty() || self.generation() > 0 || !self.files.is_empty() || self.own.are_used()
    }

    /// The files that are read.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// What is wrong with the files as they are now, warnings included. Where there is an error, what was read
    /// before answers on.
    pub(crate) fn problems(&self) -> Arc<[Problem]> {
        Arc::clone(&self.problems.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the files have an error.
    pub(crate) fn is_broken(&self) -> bool {
        is_broken(&self.problems())
    }

    /// Changes the mocks, all at once or not at all. What names a mock that stays goes on counting.
    pub(crate) fn edit(&self, edit: Edit) -> Result<Arc<MockSet>, Unchanged> {
        let mut layers = self.layers();
        if let Edit::Remove(name) = &edit
            && !self.current().mocks().iter().any(|mock| mock.name.as_ref() == Some(name))
        {
            return Err(Unchanged::NoSuchName);
        }
        let changed = layers.edited(edit).ok_or(Unchanged::TooMany)?;
        let set = Arc::new(changed.compose().map_err(Unchanged::Broken)?);
        *layers = changed;
        self.swap(&set);
        self.tell(&layers);
        Ok(set)
    }

    /// Reads files that have changed. What is broken is told, and what was read before answers on.
    fn reload(&self, look: Look) {
        let mut layers = self.layers();
        match layers.reread(look) {
            None => {}
            Some(Ok((changed, set))) => {
                tracing::info!("{} mocks read again", set.mocks().len());
                *layers = changed;
                self.swap(&Arc::new(set));
            }
            Some(Err(broken)) => {
                tracing::error!("the mocks as they were before are used on: {broken}");
                layers.tell(broken.0);
            }
        }
        self.tell(&layers);
    }

    /// Publishes what is wrong.
    fn tell(&self, layers: &Layers) {
        let mut told = self.problems.write().unwrap_or_else(PoisonError::into_inner);
        if **told != *layers.problems() {
            *told = layers.problems().into();
        }
    }

    fn swap(&self, set: &Arc<MockSet>) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(set);
        self.generation.fetch_add(1, Ordering::Release);
    }

    fn layers(&self) -> MutexGuard<'_, Layers> {
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
