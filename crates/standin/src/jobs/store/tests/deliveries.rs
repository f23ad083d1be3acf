//! Webhooks: due from the very step that ends their jobs, sent by one at a time, and kept until they are told.

use super::*;
use standin_core::jobs::{Attempted, DeliveryFence, DeliveryStage, EventKind, Next};

every_store!(
    a_webhook_is_due_when_its_job_ends,
    every_end_makes_a_webhook_due,
    the_webhook_that_was_due_first_is_taken_first,
    a_receiver_that_is_busy_is_passed_over,
    a_webhook_is_sent_again_until_it_is_taken,
    a_sender_that_was_thought_dead_is_refused,
    a_job_stays_until_its_end_is_told,
    removed_jobs_are_not_told_of,
    the_first_of_equal_submissions_says_where,
    a_webhook_wakes_its_sender,
    an_end_is_told_by_one_of_many,
);

fn submit_to(store: &dyn JobStore, number: u64, url: &str) {
    let submission = submission(new_job(number, at(0)));
    done(store.submit(Submission { webhook: Some(url.to_owned()), ..submission }));
}

fn sender(owner: &str) -> DeliveryClaimant {
    DeliveryClaimant { owner: owner.to_owned(), lease: Duration::from_secs(60), busy: [].into() }
}

fn take(store: &dyn JobStore, owner: &str, now: Timestamp) -> ClaimedDelivery {
    match done(store.claim_delivery(sender(owner), now)) {
        DeliveryClaim::Begun(claimed) => *claimed,
        DeliveryClaim::Nothing { next } => panic!("nothing to send before {next:?}"),
    }
}

fn nothing(store: &dyn JobStore, now: Timestamp) -> Option<Timestamp> {
    match done(store.claim_delivery(sender("idle"), now)) {
        DeliveryClaim::Begun(claimed) => panic!("{claimed:?}"),
        DeliveryClaim::Nothing { next } => next,
    }
}

fn report(store: &dyn JobStore, fence: DeliveryFence, next: Next, now: Timestamp) -> bool {
    let (status, reason) = match next {
        Next::Delivered => (Some(204), None),
        Next::Again(_) | Next::GivenUp => (None, Some("no".to_owned())),
    };
    done(store.report_delivery(fence, Attempted { status, reason, next }, now))
}

fn stage(store: &dyn JobStore, number: u64) -> DeliveryStage {
    done(store.look(id(number))).unwrap().webhook.unwrap().stage
}

fn a_webhook_is_due_when_its_job_ends(store: &dyn JobStore) {
    submit(store, 1, at(0));
    submit_to(store, 2, "https://a.example/h");
    assert_eq!(done(store.look(id(1))).unwrap().webhook, None);
    claim(store, "a", at(1));
    let claimed = claim(store, "a", at(1));
    assert_eq!((nothing(store, at(9)), stage(store, 2)), (None, DeliveryStage::Awaiting));
    done(store.force(id(1), completed("1"), at(2)));
    assert!(done(store.finish(claimed.fence, completed("[2]"), at(3))));
    assert_eq!(nothing(store, at(2)), Some(at(3)));
    let taken = take(store, "a", at(3));
    assert_eq!(taken.job, find(store, 2, at(3)));
    assert_eq!((taken.delivery.url.as_str(), taken.delivery.attempts), ("https://a.example/h", 0));
    assert_eq!(nothing(store, at(3)), Some(at(60_003)));
    assert!(report(store, taken.fence, Next::Delivered, at(4)));
    assert_eq!((nothing(store, at(99_999)), stage(store, 2)), (None, DeliveryStage::Delivered));
    let told = done(store.events(id(2), 3)).pop().unwrap();
    assert_eq!((told.kind, told.at), (EventKind::Webhook, at(4)));
    let data: serde_json::Value = serde_json::from_slice(&told.data.unwrap()).unwrap();
    let message = format!("msg_{}", id(2));
    assert_eq!(data, serde_json::json!({ "id": message, "attempt": 1, "state": "delivered", "status": 204 }));
}

fn every_end_makes_a_webhook_due(store: &dyn JobStore) {
    for number in 1..=4 {
        submit_to(store, number, "http://a");
    }
    done(store.cancel(id(1), Bytes::from_static(b"{}"), at(1)));
    claim(store, "dead", at(2));
    claim(store, "dead", at(2));
    done(store.cancel(id(3), Bytes::from_static(b"{}"), at(2)));
    let error = Bytes::from_static(b"{}");
    assert_eq!(done(store.reclaim(at(10_002), 1, error)), Reclaimed { requeued: 0, failed: 2 });
    done(store.force(id(4), failed(500, "{}"), at(10_003)));
    for number in 1..=4 {
        assert_eq!(take(store, "a", at(10_003)).job.id, id(number));
    }
}

fn the_webhook_that_was_due_first_is_taken_first(store: &dyn JobStore) {
    for number in [1, 2, 3, 4] {
        submit_to(store, number, "http://a");
    }
    for (number, end) in [(2, 5), (1, 6), (4, 7), (3, 7)] {
        done(store.force(id(number), completed("1"), at(end)));
    }
    let order = [(); 4].map(|()| take(store, "a", at(9)).job.id);
    assert_eq!(order, [2, 1, 3, 4].map(id));
}

fn a_receiver_that_is_busy_is_passed_over(store: &dyn JobStore) {
    let urls = ["https://a/1", "https://a?2", "https://ab/", "https://a:8443/"];
    for (number, url) in (1..).zip(urls) {
        submit_to(store, number, url);
        done(store.force(id(number), completed("1"), at(0)));
    }
    let busy = DeliveryClaimant { busy: ["https://a".to_owned()].into(), ..sender("a") };
    let taken = [(); 2].map(|()| match done(store.claim_delivery(busy.clone(), at(1))) {
        DeliveryClaim::Begun(claimed) => claimed.job.id,
        DeliveryClaim::Nothing { .. } => panic!("two others are free"),
    });
    assert_eq!(taken, [3, 4].map(id));
    let nothing = done(store.claim_delivery(busy, at(1)));
    assert_eq!(nothing, DeliveryClaim::Nothing { next: Some(at(60_001)) });
    assert_eq!(take(store, "a", at(1)).job.id, id(1));
}

fn a_webhook_is_sent_again_until_it_is_taken(store: &dyn JobStore) {
    submit_to(store, 1, "http://a");
    done(store.force(id(1), completed("1"), at(0)));
    for attempt in 0..3 {
        let now = i64::from(attempt) * 1_000;
        let taken = take(store, "a", at(now));
        assert_eq!(taken.delivery.attempts, attempt);
        assert!(report(store, taken.fence, Next::Again(at(now + 1_000)), at(now)));
        assert_eq!(nothing(store, at(now + 999)), Some(at(now + 1_000)));
    }
    assert!(report(store, take(store, "a", at(9_000)).fence, Next::GivenUp, at(9_000)));
    let webhook = done(store.look(id(1))).unwrap().webhook.unwrap();
    assert_eq!((webhook.stage, webhook.attempts), (DeliveryStage::GivenUp, 4));
    assert_eq!((webhook.status, webhook.reason.as_deref()), (None, Some("no")));
    assert_eq!(nothing(store, at(99_999)), None);
    assert_eq!(kinds(store, 1), ["created", "completed", "webhook", "webhook", "webhook", "webhook"]);
}

fn a_sender_that_was_thought_dead_is_refused(store: &dyn JobStore) {
    submit_to(store, 1, "http://a");
    done(store.force(id(1), completed("1"), at(0)));
    let dead = take(store, "a", at(0));
    let next = take(store, "a", at(60_000));
    assert!(!report(store, dead.fence.clone(), Next::GivenUp, at(60_001)));
    assert!(report(store, next.fence.clone(), Next::Delivered, at(60_002)));
    assert!(!report(store, next.fence, Next::GivenUp, at(60_003)));
    let unknown = DeliveryFence { job: id(9), ..dead.fence };
    assert!(!report(store, unknown, Next::GivenUp, at(60_003)));
    assert_eq!(stage(store, 1), DeliveryStage::Delivered);
    assert_eq!(kinds(store, 1), ["created", "completed", "webhook"]);
}

fn a_job_stays_until_its_end_is_told(store: &dyn JobStore) {
    for number in 1..=3 {
        submit_to(store, number, "http://a");
        done(store.force(id(number), completed("[1]"), at(0)));
    }
    submit(store, 4, at(0));
    done(store.force(id(4), completed("[1]"), at(0)));
    let (first, second) = (take(store, "a", at(0)), take(store, "a", at(0)));
    assert_eq!(done(store.purge(at(99_999), 1)), 1, "only of the fourth is nothing to tell");
    assert_eq!(done(store.purge(at(99_999), 9)), 0);
    assert_eq!(done(store.find(id(1), at(99_999))), None, "it is no longer seen all the same");
    assert!(report(store, first.fence, Next::Delivered, at(99_999)));
    assert!(report(store, second.fence, Next::GivenUp, at(99_999)));
    assert_eq!(done(store.purge(at(99_999), 9)), 2);
    let third = take(store, "a", at(99_999));
    assert_eq!((third.job.id, third.job.result.as_deref()), (id(3), Some(b"[1]".as_slice())));
}

fn removed_jobs_are_not_told_of(store: &dyn JobStore) {
    submit_to(store, 1, "http://a");
    done(store.force(id(1), completed("1"), at(0)));
    let taken = take(store, "a", at(0));
    done(store.clear());
    assert_eq!(nothing(store, at(99_999)), None);
    assert!(!report(store, taken.fence.clone(), Next::Delivered, at(1)));
    submit(store, 1, at(0));
    assert!(!report(store, taken.fence, Next::Delivered, at(1)), "this is another job");
    assert_eq!(done(store.look(id(1))).unwrap().webhook, None);
}

fn the_first_of_equal_submissions_says_where(store: &dyn JobStore) {
    let key = Idempotency { scope: String::new(), key: String::new(), fingerprint: [7; 32] };
    for (number, url) in [(1, "http://a"), (2, "http://b")] {
        let (idempotency, webhook) = (Some(key.clone()), Some(url.to_owned()));
        done(store.submit(Submission { idempotency, webhook, ..submission(new_job(number, at(0))) }));
    }
    done(store.force(id(1), completed("1"), at(0)));
    assert_eq!(take(store, "a", at(0)).delivery.url, "http://a");
    assert_eq!(nothing(store, at(0)), Some(at(60_000)));
}

fn a_webhook_wakes_its_sender(store: &dyn JobStore) {
    let woken = || inquiries::woken(store.wakes().deliverable());
    submit(store, 1, at(0));
    submit_to(store, 2, "http://a");
    done(store.force(id(1), completed("1"), at(0)));
    assert!(!woken());
    done(store.force(id(2), completed("1"), at(0)));
    assert!(woken());
    let taken = take(store, "a", at(0));
    let again = Next::Again(at(9));
    assert!(!woken() && report(store, taken.fence, again, at(1)) && woken());
    let mut changes = store.wakes().changes();
    assert!(report(store, take(store, "a", at(9)).fence, Next::Delivered, at(9)) && !woken());
    assert!(inquiries::woken(changes.of(id(2))), "it is an event of the job");
}

fn an_end_is_told_by_one_of_many(store: &dyn JobStore) {
    const JOBS: u64 = 200;
    for number in 0..JOBS {
        submit_to(store, number, "http://a");
        done(store.force(id(number), completed("1"), at(0)));
    }
    let told = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..4)
            .map(|sender_of| {
                scope.spawn(move || {
                    let mut told = Vec::new();
                    while let DeliveryClaim::Begun(taken) =
                        done(store.claim_delivery(sender(&sender_of.to_string()), at(1)))
                    {
                        assert!(report(store, taken.fence, Next::Delivered, at(1)));
                        told.push(taken.job.id);
                    }
                    told
                })
            })
            .collect();
        senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(told.len() as u64, JOBS);
    let once: std::collections::BTreeSet<_> = told.into_iter().collect();
    assert_eq!(once, (0..JOBS).map(id).collect());
}
