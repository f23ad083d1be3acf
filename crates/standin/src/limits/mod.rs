//! Limits that count: which calls are admitted, and what is left for the next ones.
//!
//! ```text
//! Limits    rules, and what each caller has left    Admitted  a call under way: its slots, what it took
//! Table     the accounts, bounded                   Refused   which limit a call is beyond
//! ```

mod admitted;
mod table;

pub(crate) use admitted::Admitted;

use standin_core::shape::{Cost, Exceeded, LimitRule, Scope, Standing};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use table::Table;
use tokio::time::Instant;

/// Rules, and what every caller has left of them. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits(Option<Arc<Shared>>);

/// Who calls, and for how much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller<'a> {
    /// The fingerprint of the credential.
    pub(crate) key: &'a str,
    pub(crate) model: Option<&'a str>,
    /// Tokens of the prompt; 0 where [`Limits::reads_prompt`] says that nobody asks.
    pub(crate) input_tokens: u64,
    /// The most tokens that the answer may have, where the call says so; else 0.
    pub(crate) most_output: u64,
}

/// A call that is beyond a limit. Nothing was taken for it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) exceeded: Exceeded,
    pub(crate) standing: Standing,
}

/// Where an account is: the rule's number, and those who share it.
type Place = (usize, Scope);

#[derive(Debug)]
struct Shared {
    rules: Vec<LimitRule>,
    /// From when times are counted.
    start: Instant,
    table: Mutex<Table>,
}

// === impl Limits ===

impl Limits {
    /// These rules, of which nothing is used yet.
    pub(crate) fn new(rules: Vec<LimitRule>, now: Instant) -> Self {
        let some = !rules.is_empty();
        Limits(some.then(|| Arc::new(Shared { rules, start: now, table: Mutex::default() })))
    }

    /// The rules.
    pub(crate) fn rules(&self) -> &[LimitRule] {
        self.0.as_deref().map_or(&[], |shared| &shared.rules)
    }

    /// Whether the tokens of a prompt count, so that they have to be known.
    pub(crate) fn reads_prompt(&self) -> bool {
        self.rules().iter().any(LimitRule::reads_prompt)
    }

    /// Forgets what was used. Calls that are under way count no more.
    pub(crate) fn clear(&self) {
        if let Some(shared) = &self.0 {
            shared.table().clear();
        }
    }

    /// Takes what a call costs of every limit that it is under, or of none.
    ///
    /// # Errors
    /// The limit that the call is beyond: of several, the one that lasts longest.
    pub(crate) fn admit(&self, caller: &Caller<'_>, now: Instant) -> Result<Admitted, Refused> {
        let Some(shared) = &self.0 else { return Ok(Admitted::default()) };
        let now = shared.since_start(now);
        let of_rule = |(number, rule): (usize, &LimitRule)| (number, rule.scope(caller.key, caller.model));
        let rules = shared.rules.iter().enumerate().filter(|(_, rule)| rule.is_for(caller.model));
        let places: Vec<Place> = rules.map(of_rule).collect();
        let cost = Cost { input: caller.input_tokens, most_output: caller.most_output };
        let mut table = shared.table();
        table.make_room(&places, now);
        let mut worst: Option<Exceeded> = None;
        for place in &places {
            let exceeded = table.open(*place, &shared.rules[place.0], now).exceeded(cost, now);
            worst = match (worst, exceeded) {
                (Some(worst), Some(next)) => Some(if worst.outlasts(&next) { worst } else { next }),
                (worst, next) => worst.or(next),
            };
        }
        match worst {
            Some(exceeded) => Err(Refused { exceeded, standing: table.standing(&places, now) }),
            None => {
                let held = places.iter().filter_map(|place| table.take(*place, cost, now)).collect();
                drop(table);
                Ok(Admitted::new(Arc::clone(shared), held, cost))
            }
        }
    }
}

// === impl Shared ===

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn since_start(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }
}

#[cfg(test)]
mod tests;
