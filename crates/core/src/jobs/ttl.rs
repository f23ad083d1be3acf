//! How long the result of a job is there.

use std::time::Duration;

/// For how long, where nobody says otherwise.
pub const DEFAULT_RESULT_TTL: Duration = Duration::from_secs(60 * 60);
/// For how long at most, where nobody says otherwise.
pub const MOST_RESULT_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a result is there after its job is over: the seconds that a header asks for, but no longer than the
/// most. A header that is no whole number above 0 asks for nothing, and a default of 0 is none.
#[must_use]
pub fn result_ttl(header: Option<&str>, default: Duration, most: Duration) -> Duration {
    let default = if default.is_zero() { DEFAULT_RESULT_TTL } else { default };
    header.and_then(seconds).map_or(default, |seconds| Duration::from_secs(seconds).min(most))
}

/// A number that is too large for its type is still a number: the most is what it means.
fn seconds(header: &str) -> Option<u64> {
    let text = header.trim_matches([' ', '\t']);
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(digits.parse().unwrap_or(u64::MAX)).filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ttl(header: &str) -> u64 {
        result_ttl(Some(header), Duration::from_secs(7200), Duration::from_secs(86_400)).as_secs()
    }

    #[test]
    fn whole_numbers_above_zero_count() {
        for (header, seconds) in [("60", 60), ("+60", 60), (" 60 ", 60), ("007", 7), ("86400", 86_400)] {
            assert_eq!(ttl(header), seconds, "{header}");
        }
        for header in ["86401", "9999999999", "12345678901234567890", "99999999999999999999"] {
            assert_eq!(ttl(header), 86_400, "{header}");
        }
    }

    #[test]
    fn anything_else_is_the_default() {
        for header in
            ["", " ", "0", "-1", "--1", "+", "+-1", "60.0", "1e2", "60s", "not-a-number", "6 0", "६०"]
        {
            assert_eq!(ttl(header), 7200, "{header}");
        }
        assert_eq!(result_ttl(None, Duration::ZERO, MOST_RESULT_TTL), DEFAULT_RESULT_TTL);
        assert_eq!(result_ttl(Some("0"), Duration::ZERO, MOST_RESULT_TTL), DEFAULT_RESULT_TTL);
    }
}
