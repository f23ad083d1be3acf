//! Shaping: how slow answers are and what goes wrong with them, on top of whatever answers.
//!
//! - `level` is what one of those who may say so says: the server, a mock, a session, a request;
//! - `gate` is what every call passes that is shaped: the nearest level wins;
//! - `attempts` counts how often the same call came, and how many calls each fault has looked at.

mod attempts;
mod gate;
mod level;

pub(crate) use gate::{Gate, Held, Passed};
pub(crate) use level::{FAULT_HEADER, Level, PACE_HEADER, SEED_HEADER};

use crate::limits::Limits;
use attempts::Attempts;
use standin_core::shape::{LimitRule, Pace};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::time::Instant;

/// How the answers of one server are shaped.
#[derive(Debug)]
pub(crate) struct Shaping {
    /// What the server was started with.
    first: Arc<Level>,
    /// What the control API made of it.
    now: RwLock<Arc<Level>>,
    first_limits: Vec<LimitRule>,
    limits: RwLock<Limits>,
    /// Whether any call has to pass the gate because of the server's own level.
    loud: AtomicBool,
    attempts: Attempts,
    running: Arc<AtomicUsize>,
    /// Until when the server is starting.
    ready: Option<Instant>,
    generation: AtomicU64,
}

// === impl Shaping ===

impl Shaping {
    /// Shapes as this level says, once `startup` has passed.
    pub(crate) fn new(level: Level, limits: Vec<LimitRule>, startup: Option<Duration>) -> Self {
        let first = Arc::new(level);
        let shaping = Shaping {
            now: RwLock::new(Arc::clone(&first)),
            limits: RwLock::new(Limits::new(limits.clone(), Instant::now())),
            first_limits: limits,
            loud: AtomicBool::new(false),
            attempts: Attempts::default(),
            running: Arc::default(),
            ready: startup.and_then(|startup| Instant::now().checked_add(startup)),
            generation: AtomicU64::new(0),
            first,
        };
        shaping.listen();
        shaping
    }

    /// What the server says.
    pub(crate) fn level(&self) -> Arc<Level> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The pace of the server.
    pub(crate) fn pace(&self) -> Pace {
        self.level().pace.clone().unwrap_or(Pace::Fast)
    }

    /// Changes what the server says.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Level)) -> Arc<Level> {
        {
            let mut now = self.now.write().unwrap_or_else(PoisonError::into_inner);
            change(Arc::make_mut(&mut now));
        }
        self.listen();
        self.generation.fetch_add(1, Ordering::Release);
        self.level()
    }

    /// The limits of callers of the server.
    pub(crate) fn limits(&self) -> Limits {
        self.limits.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts limits in their place, of which nothing is used yet.
    pub(crate) fn limit(&self, rules: Vec<LimitRule>) {
        let limits = Limits::new(rules, Instant::now());
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = limits;
        self.listen();
    }

    /// The limits that the server was started with.
    pub(crate) fn first_limits(&self) -> &[LimitRule] {
        &self.first_limits
    }

    /// What the server was started with.
    pub(crate) fn first(&self) -> &Level {
        &self.first
    }

    /// Forgets what was counted, and says what was said at the start.
    pub(crate) fn reset(&self) {
        let first = Arc::clone(&self.first);
        self.change(|level| *level = (*first).clone());
        let limits = self.limits();
        if limits.rules() == self.first_limits {
            limits.clear();
        } else {
            self.limit(self.first_limits.clone());
        }
        self.attempts.clear();
    }

    /// Whether calls that nobody else shapes go past the gate.
    pub(crate) fn is_quiet(&self) -> bool {
        !self.loud.load(Ordering::Acquire) && self.ready.is_none_or(|ready| ready <= Instant::now())
    }

    /// How long the server is still starting.
    pub(crate) fn starting(&self) -> Option<Duration> {
        let left = self.ready?.checked_duration_since(Instant::now())?;
        (!left.is_zero()).then_some(left)
    }

    /// Counts changes.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    fn listen(&self) {
        let loud = self.level().is_loud() || !self.limits().rules().is_empty();
        self.loud.store(loud, Ordering::Release);
    }
}
