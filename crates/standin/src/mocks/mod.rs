//! Mocks of one server: what they are now, and what they have answered.
//!
//! - `layers` are the texts that they are read from: files, and what the control API changed;
//! - `watch` sees files change;
//! - `states` counts what each session was answered;
//! - `kept` are answers that may be asked for again by their ids.

mod kept;
mod layers;
mod states;
mod watch;

pub(crate) use kept::KeptAnswers;
pub(crate) use states::States;
pub(crate) use watch::watch;

use layers::{Layers, Look, Source};
use standin_core::mock::{MockSet, Problem, Severity};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// The mocks of one server.
#[derive(Debug, Default)]
pub(crate) struct Mocks {
    layers: Mutex<Layers>,
    current: RwLock<Arc<MockSet>>,
    generation: AtomicU64,
    pub(crate) states: States,
    pub(crate) kept: KeptAnswers,
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
}

// === impl Mocks ===

impl Mocks {
    /// Reads files, and texts that are none.
    pub(crate) fn open(files: Vec<PathBuf>, texts: Vec<String>) -> Result<Self, BrokenMocks> {
        let given = texts.into_iter().map(|text| Source { name: "(given)".into(), text });
        let layers = Layers::open(files, given.collect())?;
        let set = layers.compose()?;
        Ok(Mocks { layers: Mutex::new(layers), current: RwLock::new(Arc::new(set)), ..Mocks::default() })
    }

    pub(crate) fn current(&self) -> Arc<MockSet> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts changes of what is answered.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The files that are read.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.layers().files()
    }

    /// What is wrong with the files as they are now, warnings included. Where there is an error, what was read
    /// before answers on.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        self.layers().problems().to_vec()
    }

    /// Whether the files have an error.
    pub(crate) fn is_broken(&self) -> bool {
        self.layers().problems().iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Changes the mocks, all at once or not at all. What names a mock that stays goes on counting.
    pub(crate) fn edit(&self, edit: Edit) -> Result<Arc<MockSet>, Unchanged> {
        let mut layers = self.layers();
        if let Edit::Remove(name) = &edit
            && !self.current().mocks().iter().any(|mock| mock.name.as_ref() == Some(name))
        {
            return Err(Unchanged::NoSuchName);
        }
        let changed = layers.edited(edit);
        let set = Arc::new(changed.compose().map_err(Unchanged::Broken)?);
        *layers = changed;
        self.swap(&set);
        Ok(set)
    }

    /// Reads files that have changed. What is broken is told, and what was read before answers on.
    fn reload(&self, look: Look) {
        let mut layers = self.layers();
        let Some(changed) = layers.reread(look) else { return };
        match changed.compose() {
            Ok(set) => {
                tracing::info!("{} mocks read again", set.mocks().len());
                *layers = changed;
                self.swap(&Arc::new(set));
            }
            Err(broken) => {
                tracing::error!("the mocks as they were before are used on: {broken}");
                layers.tell(broken.0);
            }
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
