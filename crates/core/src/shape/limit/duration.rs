//! Durations as Go writes them, which is how OpenAI tells when a limit is reset.

use std::fmt::Write as _;
use std::time::Duration;

/// A duration as Go's `time.Duration` writes it: `120ms`, `1.5s`, `6m0s`, `0s`.
#[must_use]
pub fn duration_text(time: Duration) -> String {
    let nanos = time.as_nanos();
    let fraction = |of: u128, digits: usize| {
        let text = format!("{:0digits$}", nanos % of);
        let text = text.trim_end_matches('0');
        if text.is_empty() { String::new() } else { format!(".{text}") }
    };
    match nanos {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanos}ns"),
        1_000..1_000_000 => format!("{}{}µs", nanos / 1_000, fraction(1_000, 3)),
        1_000_000..1_000_000_000 => format!("{}{}ms", nanos / 1_000_000, fraction(1_000_000, 6)),
        _ => {
            let seconds = time.as_secs();
            let mut text = String::new();
            if seconds >= 3600 {
                let _ = write!(text, "{}h", seconds / 3600);
            }
            if seconds >= 60 {
                let _ = write!(text, "{}m", seconds / 60 % 60);
            }
            let _ = write!(text, "{}{}s", seconds % 60, fraction(1_000_000_000, 9));
            text
        }
    }
}

/// A duration in whole milliseconds, rounded up: who waits for less comes too early.
#[must_use]
pub fn whole_millis(time: Duration) -> Duration {
    let millis = time.as_nanos().div_ceil(1_000_000);
    Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::go_duration;
    use proptest::prelude::*;

    #[test]
    fn durations_are_written_as_go_does() {
        for (nanos, expected) in [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (120_000_000, "120ms"),
            (3_300_000_000, "3.3s"),
            (60_000_000_000, "1m0s"),
            (245_000_000_000, "4m5s"),
            (245_001_000_000, "4m5.001s"),
            (360_000_000_000, "6m0s"),
            (18_367_001_000_000, "5h6m7.001s"),
            (480_000_000_001, "8m0.000000001s"),
            (3_600_000_000_000, "1h0m0s"),
        ] {
            assert_eq!(duration_text(Duration::from_nanos(nanos)), expected);
        }
        let millis = |nanos| whole_millis(Duration::from_nanos(nanos)).as_nanos();
        assert_eq!(
            [millis(0), millis(1), millis(1_000_000), millis(1_000_001)],
            [0, 1_000_000, 1_000_000, 2_000_000]
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(nanos in 0u64..=86_400_000_000_000) {
            let time = Duration::from_nanos(nanos);
            prop_assert_eq!(go_duration(&duration_text(time)), Some(time));
        }
    }
}
