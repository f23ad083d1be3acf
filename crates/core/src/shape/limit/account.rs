//! What one caller has left of one rule.

use super::bucket::Bucket;
use super::{Allowance, Counted, Exceeded, LimitRule};
use std::time::Duration;

/// What is left of everything that a rule counts, for those who share it.
#[derive(Debug, Clone)]
pub struct Account {
    gauges: Vec<(Counted, Gauge)>,
}

/// What a call costs, as far as it is known before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Tokens of the prompt.
    pub input: u64,
    /// The most tokens that the answer may have, where the call says so; 0 where it does not.
    pub most_output: u64,
}

/// One number that is counted.
#[derive(Debug, Clone)]
enum Gauge {
    /// Comes back with time.
    Bucket(Bucket),
    /// Comes back when a call ends.
    Slots { most: u64, running: u64 },
    /// Never comes back.
    Purse { most: u64, spent: u64 },
}

/// When a call should come again that found all slots taken. Nobody knows when one will be free.
const SLOT_RETRY: Duration = Duration::from_secs(1);

/// More than this is never counted for one call, so that sums fit.
const MOST: u64 = 1_000_000_000_000_000;

// === impl Account ===

impl Account {
    /// One of which nothing is used.
    #[must_use]
    pub fn new(rule: &LimitRule, now: Duration) -> Self {
        let gauges = rule.amounts().map(|(counted, most)| {
            let gauge = match counted {
                Counted::Requests | Counted::Tokens | Counted::InputTokens | Counted::OutputTokens => {
                    Gauge::Bucket(Bucket::full(most, rule.window(), now))
                }
                Counted::Concurrent => Gauge::Slots { most, running: 0 },
                Counted::Budget | Counted::BudgetRequests => Gauge::Purse { most, spent: 0 },
            };
            (counted, gauge)
        });
        Account { gauges: gauges.collect() }
    }

    /// The limit that a call is beyond: of several, the one that lasts longest. Nothing is taken.
    pub fn exceeded(&mut self, cost: Cost, now: Duration) -> Option<Exceeded> {
        self.refill(now);
        let exceeded = self.gauges.iter().filter_map(|(counted, gauge)| {
            let requested = cost.asked(*counted);
            let allowance = gauge.allowance(*counted);
            // Whoever owes something is not admitted, not even to ask for nothing.
            let enough = requested.max(1);
            gauge.refuses(enough).then(|| Exceeded { allowance, requested, retry_after: gauge.wait(enough) })
        });
        exceeded.reduce(|worst, next| if worst.outlasts(&next) { worst } else { next })
    }

    /// Takes what a call costs before it is answered.
    pub fn take(&mut self, cost: Cost, now: Duration) {
        self.refill(now);
        for (counted, gauge) in &mut self.gauges {
            gauge.take(cost.taken(*counted));
        }
    }

    /// Takes what an answer said, in place of what its call asked for.
    pub fn settle(&mut self, cost: Cost, output: u64, now: Duration) {
        self.refill(now);
        for (counted, gauge) in &mut self.gauges {
            match counted {
                Counted::Tokens => {
                    gauge.give(cost.most_output.min(MOST));
                    gauge.take(output.min(MOST));
                }
                Counted::OutputTokens | Counted::Budget => gauge.take(output.min(MOST)),
                Counted::Requests | Counted::InputTokens | Counted::Concurrent | Counted::BudgetRequests => {}
            }
        }
    }

    /// Gives back what a call asked for and its answer never said. What [`Account::settle`] has settled is not to
    /// be given back.
    pub fn unsaid(&mut self, cost: Cost) {
        for (counted, gauge) in &mut self.gauges {
            if *counted == Counted::Tokens {
                gauge.give(cost.most_output.min(MOST));
            }
        }
    }

    /// A call has ended.
    pub fn release(&mut self) {
        for (_, gauge) in &mut self.gauges {
            if let Gauge::Slots { running, .. } = gauge {
                *running = running.saturating_sub(1);
            }
        }
    }

    /// What is left.
    pub fn allowances(&mut self, now: Duration) -> impl Iterator<Item = Allowance> {
        self.refill(now);
        self.gauges.iter().map(|(counted, gauge)| gauge.allowance(*counted))
    }

    /// Whether it is as a new one is, so that it may be forgotten.
    pub fn is_unused(&mut self, now: Duration) -> bool {
        self.refill(now);
        self.gauges.iter().all(|(_, gauge)| gauge.is_unused())
    }

    /// Whether a call runs that counts as one at once.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.gauges.iter().any(|(_, gauge)| matches!(gauge, Gauge::Slots { running: 1.., .. }))
    }

    fn refill(&mut self, now: Duration) {
        for (_, gauge) in &mut self.gauges {
            if let Gauge::Bucket(bucket) = gauge {
                bucket.refill(now);
            }
        }
    }
}

// === impl Cost ===

impl Cost {
    /// What has to be there.
    fn asked(self, counted: Counted) -> u64 {
        match counted {
            Counted::Tokens | Counted::InputTokens => self.taken(counted),
            // How long an answer gets is only known when it is there: it goes on while anything is left.
            Counted::OutputTokens | Counted::Budget => 1,
            Counted::Requests | Counted::Concurrent | Counted::BudgetRequests => 1,
        }
    }

    /// What is taken before the answer is there.
    fn taken(self, counted: Counted) -> u64 {
        match counted {
            Counted::Tokens => self.input.min(MOST) + self.most_output.min(MOST),
            Counted::InputTokens | Counted::Budget => self.input.min(MOST),
            Counted::OutputTokens => 0,
            Counted::Requests | Counted::Concurrent | Counted::BudgetRequests => 1,
        }
    }
}

// === impl Gauge ===

impl Gauge {
    fn remaining(&self) -> u64 {
        match self {
            Gauge::Bucket(bucket) => bucket.remaining(),
            Gauge::Slots { most, running: used } | Gauge::Purse { most, spent: used } => {
                most.saturating_sub(*used)
            }
        }
    }

    fn refuses(&self, amount: u64) -> bool {
        self.remaining() < amount
    }

    fn wait(&self, amount: u64) -> Option<Duration> {
        match self {
            Gauge::Bucket(bucket) => bucket.wait(amount),
            Gauge::Slots { .. } => Some(SLOT_RETRY),
            Gauge::Purse { .. } => None,
        }
    }

    fn take(&mut self, amount: u64) {
        match self {
            Gauge::Bucket(bucket) => bucket.take(amount),
            Gauge::Slots { running: used, .. } | Gauge::Purse { spent: used, .. } => {
                *used = used.saturating_add(amount);
            }
        }
    }

    fn give(&mut self, amount: u64) {
        match self {
            Gauge::Bucket(bucket) => bucket.give(amount),
            Gauge::Slots { running: used, .. } | Gauge::Purse { spent: used, .. } => {
                *used = used.saturating_sub(amount);
            }
        }
    }

    fn is_unused(&self) -> bool {
        match self {
            Gauge::Bucket(bucket) => bucket.reset().is_zero(),
            Gauge::Slots { running: used, .. } | Gauge::Purse { spent: used, .. } => *used == 0,
        }
    }

    fn allowance(&self, counted: Counted) -> Allowance {
        let (limit, reset) = match self {
            Gauge::Bucket(bucket) => (bucket.limit(), bucket.reset()),
            Gauge::Slots { most, .. } | Gauge::Purse { most, .. } => (*most, Duration::ZERO),
        };
        Allowance { counted, limit, remaining: self.remaining(), reset }
    }
}
