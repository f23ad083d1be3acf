use super::rule;
use crate::Headers;
use crate::call::Call;
use crate::dialect::{Asked, Endpoint, Message};
use crate::mock::Seen;
use crate::shape::Struck;
use bytes::Bytes;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

fn struck(seed: u64, call: u128, attempt: u64, nth: u64) -> Struck {
    Struck { seed, call, attempt, nth }
}

/// The numbers up to twenty that a rule strikes.
fn numbers(text: &str) -> Vec<u64> {
    let rule = rule(text);
    (1..=20).filter(|nth| rule.strikes(struck(0, 0, 1, *nth))).collect()
}

#[test]
fn calls_are_counted() {
    assert_eq!(numbers("reset"), (1..=20).collect::<Vec<_>>());
    assert_eq!(numbers("reset,nth=3+7"), [3, 7]);
    assert_eq!(numbers("reset,nth=3..5+4..6+19.."), [3, 4, 5, 6, 19, 20]);
    assert_eq!(numbers("reset,every=4"), [4, 8, 12, 16, 20]);
    assert_eq!(numbers("reset,times=3"), [1, 2, 3]);
    assert_eq!(numbers("reset,every=4,times=2"), [4, 8]);
    assert_eq!(numbers("reset,nth=5..,every=4,times=2"), [8, 12]);
    assert!(numbers("reset,probability=0").is_empty());
    assert_eq!(numbers("reset,probability=1,nth=2"), [2]);
}

#[test]
fn first_counts_attempts_of_the_same_call() {
    let rule = rule("status=503,first=2");
    let attempts: Vec<bool> = (1..=4).map(|attempt| rule.strikes(struck(0, 7, attempt, 100))).collect();
    assert_eq!(attempts, [true, true, false, false]);
}

#[test]
fn chance_is_the_calls_own() {
    let half = rule("reset,probability=0.5");
    let thrown = |rule: &super::FaultRule, seed| {
        (0..1000).filter(|call| rule.strikes(struck(seed, *call, 1, 1))).collect::<Vec<_>>()
    };
    let one = thrown(&half, 1);
    // Far beyond what chance leaves open for a thousand throws.
    assert!((400..600).contains(&one.len()), "{}", one.len());
    assert_eq!(one, thrown(&half, 1));
    assert_ne!(one, thrown(&half, 2));
    // Another rule throws dice of its own, and so does another attempt.
    assert_ne!(one, thrown(&rule("close,probability=0.5"), 1));
    let again: Vec<u128> = (0..1000).filter(|call| half.strikes(struck(1, *call, 2, 1))).collect();
    assert_ne!(one, again);
}

/// 1,000 calls, 250 of them different, each sent four times: whoever sends them, the same ones are struck.
#[test]
fn threads_and_their_order_change_nothing() {
    let rules = ["status=429,first=2", "reset,probability=0.3", "stall=1s,probability=0.5,first=3"].map(rule);
    let sent = |threads: usize| {
        let attempts: Mutex<BTreeMap<u128, u64>> = Mutex::default();
        let struck_by: Mutex<BTreeMap<(u128, u64), Option<&str>>> = Mutex::default();
        let counted = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for thread in 0..threads {
                let mut calls: Vec<u128> = (0..1000)
                    .filter(|number| number % threads == thread)
                    .map(|number| number as u128 % 250)
                    .collect();
                if thread % 2 == 1 {
                    calls.reverse();
                }
                let (rules, attempts, struck_by, counted) = (&rules, &attempts, &struck_by, &counted);
                scope.spawn(move || {
                    for call in calls {
                        let attempt =
                            *attempts.lock().unwrap().entry(call).and_modify(|sent| *sent += 1).or_insert(1);
                        let nth = counted.fetch_add(1, Ordering::Relaxed) + 1;
                        let by = rules.iter().find(|rule| rule.strikes(struck(42, call, attempt, nth)));
                        struck_by.lock().unwrap().insert((call, attempt), by.map(|rule| rule.fault.name()));
                    }
                });
            }
        });
        struck_by.into_inner().unwrap()
    };
    let alone = sent(1);
    assert_eq!(alone.len(), 1000);
    for by in [None, Some("status"), Some("reset"), Some("stall")] {
        assert!(alone.values().any(|struck| *struck == by), "{by:?}");
    }
    assert_eq!(alone, sent(64));
}

#[test]
fn a_rule_is_about_calls() {
    let body = json!({"model": "gpt-5-nano", "stream": true});
    let message = json!({"role": "user", "content": "weather in Paris"});
    let call = Call {
        method: "POST".to_owned(),
        path: "/v1/chat/completions".to_owned(),
        query: None,
        host: None,
        headers: Headers::new(),
        body: Bytes::new(),
    };
    let asked = Asked {
        endpoint: Endpoint::Chat,
        body: &body,
        model: Some("gpt-5-nano".into()),
        last: Some(Message {
            role: "user",
            text: "weather in Paris".into(),
            value: &message,
            tool_call_id: None,
        }),
        user: None,
        system: "".into(),
        tools: Vec::new(),
        turns: 0,
        turns_since_user: 0,
        stream: true,
    };
    let seen = Seen { call: &call, provider: "openai", asked: &asked };
    for (text, about) in [
        ("reset", true),
        ("reset,provider=openai", true),
        ("reset,provider=azure", false),
        ("reset,endpoint=messages+chat", true),
        ("reset,endpoint=messages", false),
        ("reset,model=gpt-*", true),
        ("reset,model=gpt", false),
        ("reset,path=*/completions,contains=Paris", true),
        ("reset,path=*/completions,contains=Rome", false),
        ("reset,match=Paris", true),
        (r#"reset,match="{\"stream\":true,\"not\":{\"contains\":\"Rome\"}}""#, true),
        (r#"reset,match="{\"json\":{\"stream\":false}}""#, false),
    ] {
        assert_eq!(rule(text).is_about(&seen, Some(Endpoint::Chat)), about, "{text}");
    }
    // What nobody understands is seen as a chat that says nothing.
    let seen = Seen { asked: &Asked::nothing(), ..seen };
    assert!(rule("reset").is_about(&seen, None));
    assert!(!rule("reset,endpoint=chat").is_about(&seen, None));
    assert!(rule("reset,endpoint=responses").is_about(&seen, Some(Endpoint::Responses)));
    assert!(rule("reset,nth=3").about.is_everything());
}
