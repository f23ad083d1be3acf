//! A file answers what memory answers, whatever a test decides about jobs and whoever sends them again.

use super::*;
use proptest::prelude::*;
use standin_core::jobs::Next;

#[derive(Debug, Clone)]
enum Ask {
    Submit {
        control: &'static str,
        key: Option<(u8, u8)>,
        webhook: Option<&'static str>,
    },
    Claim,
    Reclaim,
    Purge(usize),
    /// Of one of the jobs, with the fence of one of its executions.
    Step {
        of: u64,
        execution: u32,
        nth: usize,
    },
    /// Sends a webhook, to any receiver or to all but one.
    Send(bool),
    /// Of one of the jobs, with the fence of one of the claims of its webhook.
    Report {
        of: u64,
        claim: u32,
        nth: usize,
    },
    Pass(i64),
}

const CONTROLS: [&str; 6] =
    ["", "hold", "delay=500ms", "polls=2", "pending-polls=1", "hold,delay=2s,pending-polls=1,polls=3"];
const STEPS: usize = 12;

fn asks() -> impl Strategy<Value = Vec<Ask>> {
    let key = proptest::option::of((0..2u8, 0..2u8));
    let webhook = proptest::option::of(proptest::sample::select(&["http://a/1", "http://b/2"][..]));
    let one = prop_oneof![
        4 => (proptest::sample::select(&CONTROLS[..]), key, webhook)
            .prop_map(|(control, key, webhook)| Ask::Submit { control, key, webhook }),
        4 => Just(Ask::Claim),
        1 => Just(Ask::Reclaim),
        1 => (1..3usize).prop_map(Ask::Purge),
        12 => (1..6u64, 1..3u32, 0..STEPS).prop_map(|(of, execution, nth)| Ask::Step { of, execution, nth }),
        3 => any::<bool>().prop_map(Ask::Send),
        3 => (1..6u64, 1..4u32, 0..3usize).prop_map(|(of, claim, nth)| Ask::Report { of, claim, nth }),
        3 => proptest::sample::select(&[1, 700, 10_000, 61_000, 46_000_000][..]).prop_map(Ask::Pass),
    ];
    proptest::collection::vec(one, 1..60)
}

fn step(nth: usize, fence: Fence, now: i64) -> Step {
    match nth {
        0 | 1 => Step::Poll,
        2 => Step::Finish { fence, finished: completed("[1]") },
        3 => Step::Finish { fence, finished: failed(429, "{}") },
        4 => Step::Renew { fence, until: at(now + 30_000) },
        5 => Step::Release { fence, again_at: at(now + 1_000), attempt: Attempt::Spent },
        6 => Step::Cancel { error: Bytes::from_static(b"{\"a\":1}") },
        7 => Step::Hold,
        8 => Step::LetGo,
        9 => Step::Force(failed(418, "0")),
        10 => Step::Expire,
        _ => Step::Lapse,
    }
}

/// Everything that a store answers to this.
fn answers(store: &dyn JobStore, asks: &[Ask]) -> Vec<String> {
    let (mut now, mut submitted) = (0, 0);
    let mut answers = Vec::new();
    for ask in asks {
        answers.push(match *ask {
            Ask::Submit { control, key, webhook } => {
                submitted += 1;
                let job = NewJob { control: control.parse().unwrap(), ..new_job(submitted, at(now)) };
                let idempotency = key.map(|(key, print)| Idempotency {
                    scope: "s".to_owned(),
                    key: key.to_string(),
                    fingerprint: [print; 32],
                });
                format!(
                    "{:?}",
                    wait(store.submit(Submission {
                        idempotency,
                        webhook: webhook.map(str::to_owned),
                        ..submission(job)
                    }))
                )
            }
            Ask::Claim => format!("{:?}", wait(store.claim(claimant("o"), at(now)))),
            Ask::Reclaim => format!("{:?}", wait(store.reclaim(at(now), 2, Bytes::from_static(b"{}")))),
            Ask::Purge(most) => format!("{:?}", wait(store.purge(at(now), most))),
            Ask::Step { of, execution, nth } => {
                let fence = Fence { id: id(of), owner: "o".to_owned(), execution };
                format!("{:?}", wait(store.step(id(of), step(nth, fence, now), at(now))))
            }
            Ask::Send(to_all) => {
                let busy = if to_all { [].into() } else { ["http://a".to_owned()].into() };
                let claimant =
                    DeliveryClaimant { owner: "o".to_owned(), lease: Duration::from_secs(5), busy };
                format!("{:?}", wait(store.claim_delivery(claimant, at(now))))
            }
            Ask::Report { of, claim, nth } => {
                let fence = DeliveryFence { job: id(of), owner: "o".to_owned(), claim };
                let next = [Next::Delivered, Next::Again(at(now + 700)), Next::GivenUp][nth];
                let attempted = Attempted { status: Some(204), reason: None, next };
                format!("{:?}", wait(store.report_delivery(fence, attempted, at(now))))
            }
            Ask::Pass(millis) => {
                now += millis;
                continue;
            }
        });
        answers.push(format!("{:?}", wait(store.counts(None))));
    }
    for number in 1..=submitted {
        answers.push(format!("{:?}", wait(store.look(id(number)))));
    }
    answers.push(format!("{:?}", wait(store.list(Filter::newest(100), at(now)))));
    answers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_file_answers_what_memory_answers(asks in asks()) {
        prop_assert_eq!(answers(&*sqlite().store, &asks), answers(&*memory().store, &asks));
    }
}
