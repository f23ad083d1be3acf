//! What is said of limits that a call is beyond, and how a caller stands with them.

use super::rate_limits;
use standin_core::dialect::Failure;
use standin_core::shape::{Counted, Exceeded, Standing, duration_text, whole_millis};
use std::time::Duration;

/// What of a standing is told of each kind. Several counts may be one to the vendor.
const KINDS: [(&str, &[Counted]); 2] = [
    ("requests", &[Counted::Requests]),
    ("tokens", &[Counted::Tokens, Counted::InputTokens, Counted::OutputTokens]),
];

/// The error of a call that is beyond a limit.
pub(crate) fn exceeded(exceeded: &Exceeded, model: Option<&str>) -> Failure {
    let (allowance, requested) = (&exceeded.allowance, exceeded.requested);
    let (kind, what) = match allowance.counted {
        Counted::Requests => ("requests", "requests per min (RPM)"),
        Counted::Tokens => ("tokens", "tokens per min (TPM)"),
        Counted::InputTokens => ("tokens", "input tokens per min"),
        Counted::OutputTokens => ("tokens", "output tokens per min"),
        Counted::Concurrent => ("requests", "concurrent requests"),
        Counted::Budget => return used_up(exceeded, "tokens"),
        Counted::BudgetRequests => return used_up(exceeded, "requests"),
    };
    let (model, limit, used) = (model.unwrap_or("this model"), allowance.limit, allowance.used());
    let message = match exceeded.retry_after {
        Some(after) => format!(
            "Rate limit reached for {model} on {what}: Limit {limit}, Used {used}, Requested {requested}. Please \
             try again in {}.",
            duration_text(whole_millis(after))
        ),
        None => format!(
            "Request too large for {model} on {what}: Limit {limit}, Requested {requested}. It is never admitted \
             unless it asks for less."
        ),
    };
    Failure::of(429).kind(kind).coded("rate_limit_exceeded").saying(message)
}

fn used_up(exceeded: &Exceeded, unit: &str) -> Failure {
    let message = format!(
        "The quota of this account is used up: it was {} {unit}. Look at the plan and the billing details.",
        exceeded.allowance.limit
    );
    Failure::of(429).kind("insufficient_quota").coded("insufficient_quota").saying(message)
}

/// The fields that are told of a caller's limits. What no rule is about is as it usually is.
pub(crate) fn standing(standing: &Standing) -> Vec<(&'static str, String)> {
    if standing.allowances.is_empty() {
        return Vec::new();
    }
    let mut fields = rate_limits(200);
    for (name, value) in &mut fields {
        let Some((what, kind)) = name.strip_prefix("x-ratelimit-").and_then(|rest| rest.split_once('-'))
        else {
            continue;
        };
        let counted = KINDS.iter().find(|(known, _)| *known == kind).map(|(_, counted)| *counted);
        let Some(allowance) = counted.and_then(|counted| standing.tightest(counted)) else { continue };
        *value = match what {
            "limit" => allowance.limit.to_string(),
            "remaining" => allowance.remaining.to_string(),
            _ => duration_text(whole_millis(allowance.reset)),
        };
    }
    fields
}

/// When to come again, in seconds and in milliseconds, which SDKs read first.
pub(crate) fn retry(after: Duration) -> Vec<(&'static str, String)> {
    let millis = whole_millis(after).as_millis();
    vec![("retry-after", millis.div_ceil(1000).to_string()), ("retry-after-ms", millis.to_string())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use standin_core::shape::Allowance;

    fn beyond(counted: Counted, requested: u64, retry_after: Option<Duration>) -> Exceeded {
        let reset = Duration::from_secs(360);
        let allowance = Allowance { counted, limit: 1000, remaining: 200, reset };
        Exceeded { allowance, requested, retry_after }
    }

    #[test]
    fn errors_are_those_that_clients_read() {
        let said = |exceeded_by: &Exceeded| {
            super::super::failure(&exceeded(exceeded_by, Some("gpt-5")))["error"].clone()
        };
        assert_eq!(
            said(&beyond(Counted::Tokens, 300, Some(Duration::from_micros(1_999_001)))),
            json!({
                "message": "Rate limit reached for gpt-5 on tokens per min (TPM): Limit 1000, Used 800, Requested \
                            300. Please try again in 2s.",
                "type": "tokens",
                "param": null,
                "code": "rate_limit_exceeded",
            })
        );
        let minutes = said(&beyond(Counted::Requests, 1, Some(Duration::from_secs(90))));
        assert!(minutes["message"].as_str().unwrap().ends_with("Please try again in 1m30s."), "{minutes}");
        assert_eq!(minutes["type"], "requests");
        assert_eq!(said(&beyond(Counted::Concurrent, 1, Some(Duration::from_secs(1))))["type"], "requests");
        let never = said(&beyond(Counted::InputTokens, 1001, None));
        assert_eq!((&never["type"], &never["code"]), (&json!("tokens"), &json!("rate_limit_exceeded")));
        assert!(!never["message"].as_str().unwrap().contains("try again"), "{never}");
        for counted in [Counted::Budget, Counted::BudgetRequests] {
            let quota = said(&beyond(counted, 1, None));
            assert_eq!(
                (&quota["type"], &quota["code"]),
                (&json!("insufficient_quota"), &json!("insufficient_quota"))
            );
        }
    }

    #[test]
    fn fields_tell_what_is_left() {
        let allowance = |counted, limit, remaining, millis| Allowance {
            counted,
            limit,
            remaining,
            reset: Duration::from_millis(millis),
        };
        let value = |allowances: &[Allowance], name: &str| {
            let fields = standing(&Standing { allowances: allowances.to_vec() });
            assert_eq!(fields.len(), 6);
            fields.into_iter().find(|(field, _)| *field == name).map(|(_, value)| value).unwrap()
        };
        let requests = [allowance(Counted::Requests, 60, 59, 1000)];
        assert_eq!(value(&requests, "x-ratelimit-limit-requests"), "60");
        assert_eq!(value(&requests, "x-ratelimit-remaining-requests"), "59");
        assert_eq!(value(&requests, "x-ratelimit-reset-requests"), "1s");
        assert_eq!(value(&requests, "x-ratelimit-remaining-tokens"), "1999950", "no rule is about them");
        let tokens =
            [allowance(Counted::Tokens, 90, 80, 120), allowance(Counted::OutputTokens, 50, 7, 360_000)];
        assert_eq!(value(&tokens, "x-ratelimit-limit-tokens"), "50");
        assert_eq!(value(&tokens, "x-ratelimit-remaining-tokens"), "7");
        assert_eq!(value(&tokens, "x-ratelimit-reset-tokens"), "6m0s");
        assert_eq!(value(&tokens[..1], "x-ratelimit-reset-tokens"), "120ms");
        assert_eq!(standing(&Standing::default()), Vec::new());
    }

    #[test]
    fn nobody_is_told_to_come_too_early() {
        let fields = |micros| retry(Duration::from_micros(micros)).into_iter().map(|(_, value)| value);
        assert_eq!(fields(1_200_001).collect::<Vec<_>>(), ["2", "1201"]);
        assert_eq!(fields(1).collect::<Vec<_>>(), ["1", "1"]);
        assert_eq!(fields(20_000_000).collect::<Vec<_>>(), ["20", "20000"]);
    }
}
