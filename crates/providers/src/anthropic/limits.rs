//! What is said of limits that a call is beyond, and how a caller stands with them.

use super::fields::LIMITS;
use jiff::Timestamp;
use standin_core::dialect::Failure;
use standin_core::shape::{Allowance, Counted, Exceeded, Standing, duration_text, whole_millis};
use std::time::Duration;

/// The error of a call that is beyond a limit. Of one that never comes back it is the same, without a time to come
/// again.
pub(super) fn exceeded(exceeded: &Exceeded, model: Option<&str>) -> Failure {
    let (allowance, requested) = (&exceeded.allowance, exceeded.requested);
    let (limit, used, model) = (allowance.limit, allowance.used(), model.unwrap_or("this model"));
    let unit = match allowance.counted {
        Counted::Requests => "requests per minute",
        Counted::Tokens => "tokens per minute",
        Counted::InputTokens => "input tokens per minute",
        Counted::OutputTokens => "output tokens per minute",
        Counted::Concurrent => "concurrent requests",
        Counted::Budget => "tokens in all",
        Counted::BudgetRequests => "requests in all",
    };
    let is_spent = matches!(allowance.counted, Counted::Budget | Counted::BudgetRequests);
    let hint = match exceeded.retry_after {
        Some(after) => format!("Try again in {}.", duration_text(whole_millis(after))),
        None if is_spent => "The spend limit has to be raised.".to_owned(),
        None => "It has to ask for less.".to_owned(),
    };
    Failure::of(429).kind("rate_limit_error").saying(format!(
        "This request would exceed the limit of {limit} {unit} for {model}: {used} used, {requested} requested. {hint}"
    ))
}

/// The fields that are told of a caller's limits. What no rule is about is as it usually is.
pub(super) fn standing(standing: &Standing, now: Timestamp) -> Vec<(&'static str, String)> {
    if standing.allowances.is_empty() {
        return Vec::new();
    }
    let of = |counted, most: &str| {
        let usual = most.parse().unwrap_or_default();
        let usual = Allowance { counted, limit: usual, remaining: usual, reset: Duration::ZERO };
        standing.tightest(&[counted]).copied().unwrap_or(usual)
    };
    let [requests, tokens, input, output] = LIMITS;
    let (of_input, of_output) = (of(Counted::InputTokens, input[3]), of(Counted::OutputTokens, output[3]));
    // Where nothing limits both together, both together are told.
    let both = || Allowance {
        counted: Counted::Tokens,
        limit: of_input.limit.saturating_add(of_output.limit),
        remaining: of_input.remaining.saturating_add(of_output.remaining),
        reset: of_input.reset.max(of_output.reset),
    };
    let of_tokens = standing.tightest(&[Counted::Tokens]).copied().unwrap_or_else(both);
    let rows = [
        (requests, of(Counted::Requests, requests[3])),
        (tokens, of_tokens),
        (input, of_input),
        (output, of_output),
    ];
    rows.into_iter()
        .flat_map(|([limit, remaining, reset, _], allowance)| {
            [
                (limit, allowance.limit.to_string()),
                (remaining, allowance.remaining.to_string()),
                (reset, moment(now, allowance.reset)),
            ]
        })
        .collect()
}

/// A time by RFC 3339, in whole seconds and rounded up.
fn moment(now: Timestamp, after: Duration) -> String {
    let exact = now.checked_add(after).unwrap_or(Timestamp::MAX);
    let late = i64::from(exact.subsec_nanosecond() > 0);
    let whole = Timestamp::from_second(exact.as_second().saturating_add(late)).unwrap_or(Timestamp::MAX);
    whole.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::super::error;
    use super::*;
    use serde_json::json;

    fn allowance(counted: Counted, limit: u64, remaining: u64, millis: u64) -> Allowance {
        Allowance { counted, limit, remaining, reset: Duration::from_millis(millis) }
    }

    #[test]
    fn every_limit_is_a_rate_limit_error() {
        let said = |counted, retry_after| {
            let exceeded_by = Exceeded { allowance: allowance(counted, 50, 5, 0), requested: 6, retry_after };
            let failure = exceeded(&exceeded_by, Some("claude-sonnet-4-5"));
            assert_eq!(failure.status, 429);
            error::failure(&failure)["error"].clone()
        };
        assert_eq!(
            said(Counted::InputTokens, Some(Duration::from_millis(1_200))),
            json!({
                "type": "rate_limit_error",
                "message": "This request would exceed the limit of 50 input tokens per minute for claude-sonnet-4-5: \
                            45 used, 6 requested. Try again in 1.2s.",
            })
        );
        for (counted, hint) in [(Counted::Budget, "raised."), (Counted::Tokens, "ask for less.")] {
            let error = said(counted, None);
            assert_eq!(error["type"], "rate_limit_error");
            assert!(error["message"].as_str().unwrap().ends_with(hint), "{error}");
        }
    }

    #[test]
    fn fields_tell_what_is_left_and_when_it_is_full_again() {
        let now: Timestamp = "2026-02-28T23:59:59.25Z".parse().unwrap();
        let value = |allowances: &[Allowance], name: &str| {
            let fields = standing(&Standing { allowances: allowances.to_vec() }, now);
            assert_eq!(fields.len(), 12);
            let name = format!("anthropic-ratelimit-{name}");
            fields.into_iter().find(|(field, _)| *field == name).map(|(_, value)| value).unwrap()
        };
        let apart = [
            allowance(Counted::InputTokens, 1000, 400, 36_000),
            allowance(Counted::OutputTokens, 200, 199, 300),
        ];
        assert_eq!(value(&apart, "input-tokens-remaining"), "400");
        assert_eq!(value(&apart, "input-tokens-reset"), "2026-03-01T00:00:36Z");
        assert_eq!(value(&apart, "output-tokens-limit"), "200");
        assert_eq!(value(&apart, "output-tokens-reset"), "2026-03-01T00:00:00Z");
        assert_eq!(value(&apart, "tokens-limit"), "1200", "both together");
        assert_eq!(value(&apart, "tokens-remaining"), "599");
        assert_eq!(value(&apart, "tokens-reset"), "2026-03-01T00:00:36Z");
        assert_eq!(value(&apart, "requests-remaining"), "4000", "no rule is about them");
        let together = [allowance(Counted::Tokens, 90, 80, 0), allowance(Counted::Requests, 3, 0, 60_000)];
        assert_eq!(value(&together, "tokens-remaining"), "80");
        assert_eq!(value(&together, "requests-remaining"), "0");
        assert_eq!(value(&together, "requests-reset"), "2026-03-01T00:01:00Z");
        assert_eq!(standing(&Standing::default(), now), Vec::new());
    }
}
