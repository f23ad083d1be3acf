//! A thousand calls with faults by chance: the same seed has the same ones, in any order, on any number of threads.

use crate::mocks::{KEY, PATH};
use crate::raw::{End, ask, fault, until_end};
use crate::support::start;
use serde_json::json;
use standin::{Builder, Pace, Standin};
use std::collections::BTreeMap;

const CALLS: usize = 1000;
/// Each strikes a tenth of the calls that none before it strikes.
const FAULTS: [&str; 6] = [
    "status=429,probability=0.1",
    "reset,probability=0.1",
    "close,after=middle,probability=0.1",
    "reorder,probability=0.1",
    "error=500,probability=0.1",
    "split=64,probability=0.1",
];

/// What a client saw of a call: all bytes but the date, and how its connection ended.
type Seen = (String, End);

fn shaped(seed: u64) -> Standin {
    let faulty = |builder: Builder, text: &str| builder.fault(fault(text));
    start(FAULTS.into_iter().fold(Standin::builder().workers(4).pace(Pace::None).seed(seed), faulty))
}

fn one(server: &Standin, number: usize) -> Seen {
    let messages = json!([{"role": "user", "content": format!("Tell me of otter {number}")}]);
    let body =
        json!({"model": "gpt-4.1", "stream": true, "max_tokens": 12, "messages": messages}).to_string();
    let raw = until_end(ask(server, PATH, &[KEY], &body));
    let text = String::from_utf8(raw.bytes).unwrap();
    let lines = text.split_inclusive("\r\n").filter(|line| !line.starts_with("date: "));
    (lines.collect(), raw.end)
}

/// All calls, by so many threads, each of which begins at another one.
fn run(server: &Standin, threads: usize) -> Vec<Seen> {
    let work = |thread: usize| (thread..CALLS).step_by(threads).rev().map(|at| (at, one(server, at)));
    let seen: BTreeMap<usize, Seen> = std::thread::scope(|scope| {
        let running: Vec<_> =
            (0..threads).map(|thread| scope.spawn(move || work(thread).collect::<Vec<_>>())).collect();
        running.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(seen.len(), CALLS);
    seen.into_values().collect()
}

/// What struck a call, as far as its bytes tell: the field that names it, or the reset before any byte.
fn struck((text, end): &Seen) -> &str {
    match (text.is_empty(), end) {
        (true, End::Reset) => "reset",
        _ => text.lines().find_map(|line| line.strip_prefix("x-standin-fault: ")).unwrap_or("none"),
    }
}

#[test]
fn a_thousand_calls_meet_the_same_faults_on_one_thread_and_on_many() {
    let alone = run(&shaped(7), 1);
    let together = run(&shaped(7), 64);
    for (number, (alone, together)) in alone.iter().zip(&together).enumerate() {
        assert_eq!(alone, together, "call {number}");
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for seen in &alone {
        assert!(struck(seen) != "none" || seen.0.ends_with("data: [DONE]\n\n\r\n0\r\n\r\n"), "{seen:?}");
        *counts.entry(struck(seen)).or_default() += 1;
    }
    // Each fault strikes, and none much more often than its chance: at most a hundred of a thousand are expected.
    assert_eq!(counts.len(), FAULTS.len() + 1, "{counts:?}");
    assert!(counts.iter().all(|(name, count)| *name == "none" || (30..170).contains(count)), "{counts:?}");

    let other = run(&shaped(8), 64);
    let same = alone.iter().zip(&other).filter(|(one, other)| struck(one) == struck(other)).count();
    assert!(same < CALLS * 3 / 4, "another seed strikes other calls: {same} are struck alike");
}

#[test]
fn a_call_that_is_sent_again_has_chances_of_its_own() {
    let attempts = |server: &Standin| (0..30).map(|_| one(server, 1)).collect::<Vec<_>>();
    let first = attempts(&shaped(7));
    assert_eq!(first, attempts(&shaped(7)));
    assert!(first.iter().any(|seen| struck(seen) != struck(&first[0])), "each attempt is struck alike");
}
