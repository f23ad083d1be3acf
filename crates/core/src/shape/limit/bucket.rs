//! A bucket that refills all the time, so that half of a minute brings back half of what a minute allows.

use std::time::Duration;

/// What is left, in parts so small that each nanosecond brings back a whole number of them.
///
/// A unit has as many parts as the window has nanoseconds, and a nanosecond brings back as many parts as the limit has
/// units.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    limit: u64,
    window: Duration,
    /// Parts. Below zero where a call turned out larger than what it asked for.
    level: i128,
    /// Up to when it is refilled.
    at: Duration,
}

// === impl Bucket ===

impl Bucket {
    /// A full one. The limit and the window are not zero.
    pub(super) const fn full(limit: u64, window: Duration, now: Duration) -> Self {
        let mut bucket = Bucket { limit, window, level: 0, at: now };
        bucket.level = bucket.capacity();
        bucket
    }

    /// Brings back what the time since the last refill is worth. Earlier times change nothing: threads may come in
    /// another order than their clocks.
    pub(super) fn refill(&mut self, now: Duration) {
        let Some(elapsed) = now.checked_sub(self.at) else { return };
        self.at = now;
        self.raise(nanos(elapsed).saturating_mul(self.limit.into()));
    }

    /// How much there is in all.
    pub(super) const fn limit(&self) -> u64 {
        self.limit
    }

    /// Whole units that are left.
    pub(super) fn remaining(&self) -> u64 {
        u64::try_from(self.level.div_euclid(self.unit())).unwrap_or_default()
    }

    /// How long until there is so much; zero where it is there, `None` where it is more than there ever is.
    pub(super) fn wait(&self, amount: u64) -> Option<Duration> {
        (amount <= self.limit).then(|| self.until(self.parts(amount)))
    }

    /// How long until it is full.
    pub(super) fn reset(&self) -> Duration {
        self.until(self.capacity())
    }

    /// Takes so much, even where less is there.
    pub(super) fn take(&mut self, amount: u64) {
        self.level = self.level.saturating_sub(self.parts(amount));
    }

    /// Puts so much back; what does not fit in is lost.
    pub(super) fn give(&mut self, amount: u64) {
        self.raise(self.parts(amount));
    }

    fn raise(&mut self, parts: i128) {
        self.level = self.level.saturating_add(parts).min(self.capacity());
    }

    fn until(&self, level: i128) -> Duration {
        let missing = level.saturating_sub(self.level).max(0);
        let limit = i128::from(self.limit.max(1));
        // A moment too early would be refused again.
        let rounded_up = missing / limit + i128::from(missing % limit != 0);
        Duration::from_nanos(u64::try_from(rounded_up).unwrap_or(u64::MAX))
    }

    fn parts(&self, amount: u64) -> i128 {
        self.unit().saturating_mul(amount.into())
    }

    const fn capacity(&self) -> i128 {
        self.unit().saturating_mul(self.limit as i128)
    }

    const fn unit(&self) -> i128 {
        nanos(self.window)
    }
}

const fn nanos(time: Duration) -> i128 {
    // Some 584 thousand million years fit in.
    time.as_nanos() as i128
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn bucket() -> impl Strategy<Value = Bucket> {
        (1u64..5_000, 1u64..=120_000_000_000)
            .prop_map(|(limit, window)| Bucket::full(limit, Duration::from_nanos(window), Duration::ZERO))
    }

    #[test]
    fn it_refills_all_the_time() {
        let mut bucket = Bucket::full(60, MINUTE, Duration::ZERO);
        bucket.take(60);
        assert_eq!((bucket.remaining(), bucket.reset()), (0, MINUTE));
        assert_eq!(bucket.wait(1), Some(Duration::from_secs(1)));
        bucket.refill(Duration::from_millis(30_999));
        assert_eq!(bucket.remaining(), 30);
        assert_eq!(bucket.wait(31), Some(Duration::from_millis(1)));
        // A clock that is behind brings nothing back, and takes nothing.
        bucket.refill(Duration::from_secs(1));
        assert_eq!(bucket.remaining(), 30);
        bucket.refill(Duration::from_secs(1_000_000));
        assert_eq!((bucket.remaining(), bucket.reset()), (60, Duration::ZERO));
        assert_eq!(bucket.wait(61), None);
    }

    #[test]
    fn what_is_taken_beyond_the_limit_is_waited_for() {
        let mut bucket = Bucket::full(60, MINUTE, Duration::ZERO);
        bucket.take(90);
        assert_eq!((bucket.remaining(), bucket.wait(1)), (0, Some(Duration::from_secs(31))));
        bucket.give(40);
        assert_eq!(bucket.remaining(), 10);
        bucket.give(1_000);
        assert_eq!(bucket.remaining(), 60);
    }

    proptest! {
        #[test]
        fn no_stretch_of_time_admits_more_than_a_full_bucket_and_what_it_brings_back(
            mut bucket in bucket(),
            calls in prop::collection::vec((0u64..3_000_000_000, 1u64..600), 1..40),
        ) {
            let (mut now, mut taken) = (0u64, Vec::new());
            for (gap, amount) in calls {
                now += gap;
                bucket.refill(Duration::from_nanos(now));
                if bucket.wait(amount) == Some(Duration::ZERO) {
                    bucket.take(amount);
                    taken.push((now, amount));
                }
            }
            for first in 0..taken.len() {
                for last in first..taken.len() {
                    let elapsed = u128::from(taken[last].0 - taken[first].0);
                    let sum: u128 = taken[first..=last].iter().map(|(_, amount)| u128::from(*amount)).sum();
                    let most = u128::from(bucket.limit)
                        + u128::from(bucket.limit) * elapsed / bucket.window.as_nanos();
                    prop_assert!(sum <= most, "{sum} in {elapsed} ns where {most} are allowed");
                }
            }
        }

        #[test]
        fn many_small_refills_are_one_large_one(
            bucket in bucket(),
            taken in 0u64..5_000,
            steps in prop::collection::vec(0u64..1_000_000_000, 1..50),
        ) {
            let (mut often, mut once) = (bucket.clone(), bucket);
            often.take(taken);
            once.take(taken);
            let mut now = 0;
            for step in steps {
                now += step;
                often.refill(Duration::from_nanos(now));
            }
            once.refill(Duration::from_nanos(now));
            prop_assert_eq!(often.level, once.level);
        }

        #[test]
        fn who_waits_as_told_is_admitted_and_who_comes_sooner_is_not(
            mut bucket in bucket(),
            taken in 0u64..10_000,
            wanted in 1u64..5_000,
        ) {
            bucket.take(taken);
            let Some(wait) = bucket.wait(wanted) else {
                prop_assert!(wanted > bucket.limit);
                return Ok(());
            };
            if let Some(sooner) = wait.checked_sub(Duration::from_nanos(1)) {
                let mut early = bucket.clone();
                early.refill(sooner);
                prop_assert!(early.remaining() < wanted);
            }
            bucket.refill(wait);
            prop_assert!(bucket.remaining() >= wanted);
        }

        #[test]
        fn what_is_given_back_counts_as_never_taken(
            bucket in bucket(),
            asked in 0u64..5_000,
            said in 0u64..5_000,
            later in 0u64..200_000_000_000,
        ) {
            let later = Duration::from_nanos(later);
            let (mut settled, mut known, asked) = (bucket.clone(), bucket, asked.max(said));
            settled.take(asked);
            settled.refill(later);
            settled.give(asked - said);
            known.take(said);
            known.refill(later);
            prop_assert_eq!(settled.level, known.level);
        }
    }
}
