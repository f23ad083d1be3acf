//! What time it is for jobs: the machine's time, and as much more as a test has moved it on.

use super::Jobs;
use super::webhook::Time;
use jiff::{SignedDuration, Timestamp};
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::watch;

/// Tells the time and waits for it. Leases, delays and the ends of results follow it; what a call waits for while
/// it is answered does not.
#[derive(Debug)]
pub(crate) struct Clock(watch::Sender<SignedDuration>);

/// How often who waits looks at the time of day again: it may be set while they wait.
const LOOK: Duration = Duration::from_secs(60);

// === impl Clock ===

impl Clock {
    pub(crate) fn new() -> Self {
        Clock(watch::Sender::new(SignedDuration::ZERO))
    }

    pub(crate) fn now(&self) -> Timestamp {
        let moved = *self.0.borrow();
        Timestamp::now().checked_add(moved).unwrap_or(Timestamp::MAX)
    }

    /// Now, and a time after it.
    pub(crate) fn after(&self, time: Duration) -> Timestamp {
        later(self.now(), time)
    }

    /// Moves the time on; who waits for it sees that at once.
    pub(crate) fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.0.send_modify(|moved| *moved = moved.saturating_add(by));
    }

    /// By how much it has been moved on.
    pub(crate) fn advanced(&self) -> Duration {
        self.0.borrow().unsigned_abs()
    }

    /// Waits until then.
    pub(crate) async fn wait_until(&self, then: Timestamp) {
        let mut moves = self.0.subscribe();
        loop {
            let left = self.now().duration_until(then).unsigned_abs();
            if self.now() >= then {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left.min(LOOK)) => {}
                moved = moves.changed() => if moved.is_err() { return },
            }
        }
    }
}

impl Time for Jobs {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn wait_until(&self, then: Timestamp) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(self.clock.wait_until(then))
    }
}

/// A time after another.
pub(crate) fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_sees_the_time_move() {
        let clock = Clock::new();
        let then = clock.after(Duration::from_secs(3600));
        let waiting = clock.wait_until(then);
        tokio::pin!(waiting);
        tokio::select! {
            biased;
            () = &mut waiting => panic!("an hour has not passed"),
            () = tokio::task::yield_now() => {}
        }
        clock.advance(Duration::from_secs(3600));
        waiting.await;
        assert!(clock.now() >= then);
        assert_eq!(clock.advanced(), Duration::from_secs(3600));
    }
}
