use super::table::{MOST, STAY};
use super::*;
use standin_core::shape::Counted;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::time::{advance, sleep};

fn limits(rules: &[&str]) -> Limits {
    Limits::new(rules.iter().map(|rule| rule.parse().unwrap()).collect(), Instant::now())
}

fn caller<'a>(key: &'a str, model: &'a str) -> Caller<'a> {
    Caller { key, model: Some(model), input_tokens: 10, most_output: 0 }
}

fn is_admitted(limits: &Limits, caller: &Caller<'_>) -> bool {
    limits.admit(caller, Instant::now()).is_ok()
}

fn left(standing: &Standing, counted: Counted) -> u64 {
    standing.tightest(&[counted]).unwrap().remaining
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_as_told_is_admitted() {
    let limits = limits(&["rpm=3"]);
    let caller = caller("a", "m");
    for expected in [2, 1, 0] {
        let admitted = limits.admit(&caller, Instant::now()).unwrap();
        assert_eq!(left(&admitted.standing(Instant::now()), Counted::Requests), expected);
    }
    let refused = limits.admit(&caller, Instant::now()).unwrap_err();
    assert_eq!(left(&refused.standing, Counted::Requests), 0);
    let wait = refused.exceeded.retry_after.unwrap();
    assert_eq!(wait, Duration::from_secs(20));
    advance(wait - Duration::from_nanos(1)).await;
    assert!(!is_admitted(&limits, &caller));
    sleep(Duration::from_millis(1)).await;
    assert!(is_admitted(&limits, &caller), "calls that were refused do not count");
}

#[test]
fn without_rules_everything_is_admitted() {
    let limits = limits(&[]);
    let mut admitted = limits.admit(&caller("a", "m"), Instant::now()).unwrap();
    admitted.settle(1_000, Instant::now());
    assert_eq!(admitted.standing(Instant::now()), Standing::default());
    assert!(limits.rules().is_empty() && !limits.reads_prompt());
}

#[tokio::test(start_paused = true)]
async fn callers_have_limits_of_their_own() {
    let limits = limits(&["rpm=1,model=gpt-5*"]);
    assert!(is_admitted(&limits, &caller("a", "gpt-5")));
    assert!(!is_admitted(&limits, &caller("a", "gpt-5")));
    assert!(is_admitted(&limits, &caller("b", "gpt-5")), "another key");
    assert!(is_admitted(&limits, &caller("a", "gpt-5-mini")), "another model");
    assert!((0..3).all(|_| is_admitted(&limits, &caller("a", "o3"))), "not of this rule");
    limits.clear();
    assert!(is_admitted(&limits, &caller("a", "gpt-5")));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_one_rule_refuses_takes_nothing_from_others() {
    let limits = limits(&["rpm=5,per=all", "tpm=10,model=small", "budget=30,per=all"]);
    assert!(limits.reads_prompt());
    assert!(is_admitted(&limits, &caller("a", "small")));
    for _ in 0..10 {
        let refused = limits.admit(&caller("a", "small"), Instant::now()).unwrap_err();
        assert_eq!(refused.exceeded.allowance.counted, Counted::Tokens);
        assert_eq!(left(&refused.standing, Counted::Requests), 4);
        assert_eq!(left(&refused.standing, Counted::Budget), 20);
    }
    assert!(is_admitted(&limits, &caller("a", "large")));
    assert!(is_admitted(&limits, &caller("b", "large")));
    // All are beyond it now, and the budget is what no waiting helps against.
    let refused = limits.admit(&caller("a", "small"), Instant::now()).unwrap_err();
    assert_eq!((refused.exceeded.allowance.counted, refused.exceeded.retry_after), (Counted::Budget, None));
}

#[tokio::test(start_paused = true)]
async fn what_an_answer_says_is_settled_once() {
    let limits = limits(&["tpm=1000,otpm=100,budget=500"]);
    let caller = Caller { key: "a", model: None, input_tokens: 100, most_output: 300 };
    let mut admitted = limits.admit(&caller, Instant::now()).unwrap();
    let now = |admitted: &Admitted| {
        let standing = admitted.standing(Instant::now());
        [Counted::Tokens, Counted::OutputTokens, Counted::Budget].map(|counted| left(&standing, counted))
    };
    assert_eq!(now(&admitted), [600, 100, 400]);
    admitted.settle(40, Instant::now());
    assert_eq!(now(&admitted), [860, 60, 360]);
    admitted.settle(40, Instant::now());
    assert_eq!(now(&admitted), [860, 60, 360]);
    drop(admitted);
    // A call that nobody settles said nothing.
    drop(limits.admit(&caller, Instant::now()).unwrap());
    let admitted = limits.admit(&caller, Instant::now()).unwrap();
    assert_eq!(now(&admitted), [360, 60, 160]);
}

#[tokio::test(start_paused = true)]
async fn slots_are_held_until_calls_end() {
    let limits = limits(&["concurrent=2"]);
    let caller = caller("a", "m");
    let first = limits.admit(&caller, Instant::now()).unwrap();
    let mut second = limits.admit(&caller, Instant::now()).unwrap();
    second.settle(5, Instant::now());
    advance(Duration::from_secs(3600)).await;
    assert_eq!(
        limits.admit(&caller, Instant::now()).unwrap_err().exceeded.allowance.counted,
        Counted::Concurrent
    );
    drop(second);
    let third = limits.admit(&caller, Instant::now()).unwrap();
    assert!(!is_admitted(&limits, &caller));
    // What was begun before everything was forgotten gives back nothing that it did not take.
    limits.clear();
    let fourth = limits.admit(&caller, Instant::now()).unwrap();
    drop((first, third));
    assert!(is_admitted(&limits, &caller));
    let _fifth = limits.admit(&caller, Instant::now()).unwrap();
    assert!(!is_admitted(&limits, &caller));
    drop(fourth);
}

#[test]
fn threads_together_get_no_more_than_there_is() {
    let limits = limits(&["rpm=100,per=all,window=24h", "concurrent=3,per=all"]);
    let (admitted, running, most) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (limits, admitted, running, most) = (&limits, &admitted, &running, &most);
            scope.spawn(move || {
                let key = thread.to_string();
                for _ in 0..5_000 {
                    let now = Instant::now();
                    let Ok(call) = limits.admit(&caller(&key, "m"), now) else { continue };
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    admitted.fetch_add(1, Ordering::SeqCst);
                    std::thread::yield_now();
                    running.fetch_sub(1, Ordering::SeqCst);
                    drop(call);
                }
            });
        }
    });
    assert_eq!(admitted.into_inner(), 100);
    assert!(most.into_inner() <= 3);
}

#[tokio::test(start_paused = true)]
async fn callers_without_number_are_forgotten_without_harm() {
    let limits = limits(&["rpm=1,concurrent=1"]);
    let held = limits.admit(&caller("held", "m"), Instant::now()).unwrap();
    let count = |limits: &Limits| limits.0.as_ref().unwrap().table().len();
    let come = |from: usize, to: usize| {
        for number in from..to {
            assert!(is_admitted(&limits, &caller(&number.to_string(), "m")));
        }
    };
    come(1, MOST);
    assert_eq!(count(&limits), MOST);
    sleep(Duration::from_secs(30)).await;
    assert!(!is_admitted(&limits, &caller("1", "m")), "nobody is forgotten yet");
    // Too many: the oldest go, but for the call that is under way.
    assert!(is_admitted(&limits, &caller("new", "m")));
    assert_eq!(count(&limits), STAY + 1);
    assert!(!is_admitted(&limits, &caller("held", "m")));
    assert!(!is_admitted(&limits, &caller(&(MOST - 1).to_string(), "m")), "the latest stay");
    // Full buckets go first: of those that came a minute ago, nothing is lost.
    sleep(Duration::from_secs(40)).await;
    come(MOST, MOST + MOST - STAY - 1);
    assert_eq!(count(&limits), MOST);
    assert!(is_admitted(&limits, &caller("newest", "m")));
    // Those of this moment, the one that came 40 seconds ago, and the one under way.
    assert_eq!(count(&limits), MOST - STAY - 1 + 3);
    assert!(!is_admitted(&limits, &caller("new", "m")), "40 seconds are not enough");
    assert!(!is_admitted(&limits, &caller("held", "m")));
    drop(held);
}
