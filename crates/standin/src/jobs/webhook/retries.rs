//! What follows an attempt, and when.

use super::post::Answer;
use jiff::Timestamp;
use standin_core::jobs::{Attempted, Next};
use std::str::FromStr;
use std::time::Duration;

/// How long is waited before each attempt: as Standard Webhooks recommends, or a part or a multiple of that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retries([Duration; STANDARD.len()]);

/// What no waits are multiplied by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is nothing to multiply the waits between attempts by: give a number from 0, which waits for nothing, to {MOST}"
)]
pub struct BadScale(String);

/// Ten attempts within about three days.
const STANDARD: [Duration; 10] = [
    Duration::ZERO,
    Duration::from_secs(5),
    Duration::from_secs(5 * 60),
    Duration::from_secs(30 * 60),
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(5 * 60 * 60),
    Duration::from_secs(10 * 60 * 60),
    Duration::from_secs(14 * 60 * 60),
    Duration::from_secs(20 * 60 * 60),
    Duration::from_secs(24 * 60 * 60),
];
const MOST: f64 = 10.0;
/// A receiver may ask to be left alone for as long.
const LONGEST_ASKED: Duration = Duration::from_secs(24 * 60 * 60);

// === impl Retries ===

impl Retries {
    /// The wait before the attempt that follows so many; `None` where none does.
    fn after(&self, attempts: u32) -> Option<Duration> {
        usize::try_from(attempts).ok().and_then(|at| self.0.get(at).copied())
    }

    /// What follows an attempt, before which there were so many.
    pub(super) fn follow(&self, before: u32, answer: Answer, now: Timestamp) -> Attempted {
        let later = |asked: Duration| {
            let wait = self.after(before.saturating_add(1))?;
            Some(Next::Again(now.checked_add(wait.max(asked)).unwrap_or(Timestamp::MAX)))
        };
        match answer {
            Answer::Status { status: status @ 200..=299, .. } => {
                Attempted { status: Some(status), reason: None, next: Next::Delivered }
            }
            Answer::Status { status: 410, .. } => Attempted {
                status: Some(410),
                reason: Some("the receiver wants no more of them".to_owned()),
                next: Next::GivenUp,
            },
            Answer::Status { status, retry_after } => {
                let asked = match status {
                    429 | 503 => retry_after.unwrap_or_default().min(LONGEST_ASKED),
                    _ => Duration::ZERO,
                };
                let reason = match status {
                    300..=399 => "redirects are not followed".to_owned(),
                    _ => format!("answered with {status}"),
                };
                let next = later(asked).unwrap_or(Next::GivenUp);
                Attempted { status: Some(status), reason: Some(reason), next }
            }
            Answer::None(reason) => {
                let next = later(Duration::ZERO).unwrap_or(Next::GivenUp);
                Attempted { status: None, reason: Some(reason), next }
            }
            Answer::Unwanted(reason) => Attempted { status: None, reason: Some(reason), next: Next::GivenUp },
        }
    }
}

impl Default for Retries {
    fn default() -> Self {
        Retries(STANDARD)
    }
}

/// The number that the recommended waits are multiplied by.
impl FromStr for Retries {
    type Err = BadScale;

    fn from_str(text: &str) -> Result<Self, BadScale> {
        let scale: f64 = text.trim().parse().map_err(|_| BadScale(text.to_owned()))?;
        if !(0.0..=MOST).contains(&scale) {
            return Err(BadScale(text.to_owned()));
        }
        Ok(Retries(STANDARD.map(|wait| wait.mul_f64(scale))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn status(status: u16, retry_after: Option<u64>) -> Answer {
        Answer::Status { status, retry_after: retry_after.map(Duration::from_secs) }
    }

    fn next(retries: &Retries, before: u32, answer: Answer) -> Next {
        retries.follow(before, answer, at(0)).next
    }

    #[test]
    fn attempts_follow_the_schedule() {
        let retries = Retries::default();
        let waits = (0..10).map(|before| match next(&retries, before, status(500, None)) {
            Next::Again(then) => then.as_second(),
            Next::GivenUp => -1,
            Next::Delivered => panic!("500 is no success"),
        });
        let seconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, -1];
        assert_eq!(waits.collect::<Vec<_>>(), seconds);
        assert_eq!(next(&retries, u32::MAX, status(500, None)), Next::GivenUp);
    }

    #[test]
    fn the_schedule_is_scaled() {
        let wait = |scale: &str| next(&scale.parse().unwrap(), 1, Answer::None("gone".to_owned()));
        assert_eq!(wait("0.1"), Next::Again(at(30)));
        assert_eq!(wait("10"), Next::Again(at(3_000)));
        assert_eq!(wait("0"), Next::Again(at(0)));
        for scale in ["", "-1", "10.1", "NaN", "inf", "1e9", "x"] {
            let error = scale.parse::<Retries>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{scale}` is nothing to multiply")), "{error}");
        }
    }

    #[test]
    fn the_status_decides() {
        let retries = Retries::default();
        for ok in [200, 204, 299] {
            assert_eq!(next(&retries, 9, status(ok, None)), Next::Delivered);
        }
        assert_eq!(next(&retries, 0, status(410, None)), Next::GivenUp);
        for again in [199, 301, 308, 400, 401, 404, 500, 599] {
            assert_eq!(next(&retries, 0, status(again, Some(60))), Next::Again(at(5)), "{again}");
        }
        let redirected = retries.follow(0, status(302, None), at(0));
        assert_eq!(redirected.reason.as_deref(), Some("redirects are not followed"));
        assert_eq!(next(&retries, 0, Answer::Unwanted("private".to_owned())), Next::GivenUp);
    }

    #[test]
    fn who_is_busy_says_for_how_long() {
        let retries = Retries::default();
        for busy in [429, 503] {
            for (asked, waited) in [(1, 5), (60, 60), (999_999, 86_400)] {
                assert_eq!(next(&retries, 0, status(busy, Some(asked))), Next::Again(at(waited)));
            }
            assert_eq!(next(&retries, 9, status(busy, Some(1))), Next::GivenUp);
        }
    }
}
