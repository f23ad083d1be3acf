//! How jobs live: claimed, answered, given back, cancelled, and what a test decides of it.

use super::*;
use standin_core::jobs::Stage;

every_store!(
    a_job_is_claimed_answered_and_seen_until_it_expires,
    the_oldest_is_claimed_first,
    a_holder_that_was_thought_dead_is_refused,
    a_lease_is_prolonged,
    a_lease_that_passes_too_often_ends_the_job,
    a_job_is_given_back,
    a_pending_job_is_cancelled_at_once,
    a_holder_is_asked_to_stop,
    a_cancelled_job_of_a_dead_holder_ends,
    a_delayed_job_waits,
    a_held_job_waits,
    polls_move_a_job,
    a_job_waits_for_the_last_poll,
    an_end_is_forced,
    all_leases_pass,
    a_job_expires_early,
);

fn a_job_is_claimed_answered_and_seen_until_it_expires(store: &dyn JobStore) {
    let job = submit(store, 1, at(0));
    assert_eq!((job.stage, job.created, job.started), (Stage::Pending, at(0), None));
    assert_eq!(find(store, 1, at(0)), job);
    let claimed = claim(store, "a", at(5));
    assert_eq!(claimed.request, request(1));
    assert_eq!((claimed.job.stage, claimed.job.started), (Stage::Processing, Some(at(5))));
    assert_eq!((claimed.job.attempt, claimed.job.executions), (1, 1));
    assert_eq!(find(store, 1, at(5)), claimed.job);
    assert!(done(store.finish(claimed.fence.clone(), completed("[1]"), at(9))));
    let job = find(store, 1, at(60_008));
    assert_eq!((job.stage, job.status_code), (Stage::Completed, Some(200)));
    assert_eq!((job.result.as_deref(), &job.error), (Some(b"[1]".as_slice()), &None));
    assert_eq!((job.completed, job.expires), (Some(at(9)), Some(at(60_009))));
    assert_eq!(done(store.find(id(1), at(60_009))), None);
    assert!(!done(store.finish(claimed.fence, completed("[2]"), at(10))));
    assert_eq!(find(store, 1, at(10)), job);
    assert_eq!(kinds(store, 1), ["created", "started", "completed"]);
    assert_eq!(idle(store, at(99_999)), None);
}

fn the_oldest_is_claimed_first(store: &dyn JobStore) {
    for number in [3, 1, 2] {
        submit(store, number, at(0));
    }
    let order = [(); 3].map(|()| claim(store, "a", at(1)).job.id);
    assert_eq!(order, [id(3), id(1), id(2)]);
    assert_eq!(idle(store, at(1)), Some(at(10_001)));
}

fn a_holder_that_was_thought_dead_is_refused(store: &dyn JobStore) {
    submit(store, 1, at(0));
    let paused = claim(store, "a", at(0));
    assert_eq!(idle(store, at(9_999)), Some(at(10_000)));
    let next = claim(store, "b", at(10_000));
    assert_eq!((next.job.attempt, next.job.started), (2, Some(at(0))));
    assert!(!done(store.finish(paused.fence.clone(), completed("\"old\""), at(10_001))));
    assert_eq!(done(store.renew(paused.fence.clone(), at(30_000), at(10_002))), Renewed::Lost);
    assert!(!done(store.release(paused.fence, at(10_003), Attempt::Spent, at(10_003))));
    let forged = Fence { execution: 1, ..next.fence.clone() };
    assert!(!done(store.finish(forged, completed("\"old\""), at(10_004))));
    assert!(done(store.finish(next.fence, completed("\"new\""), at(10_005))));
    assert_eq!(find(store, 1, at(10_006)).result.unwrap(), "\"new\"");
    assert_eq!(kinds(store, 1), ["created", "started", "again", "completed"]);
}

fn a_lease_is_prolonged(store: &dyn JobStore) {
    submit(store, 1, at(0));
    let held = claim(store, "a", at(0));
    assert_eq!(done(store.renew(held.fence.clone(), at(50_000), at(9_000))), Renewed::Held);
    assert_eq!(idle(store, at(49_999)), Some(at(50_000)));
    assert_eq!(done(store.reclaim(at(49_999), 2, Bytes::new())), Reclaimed::default());
    // Nobody else has begun it, so what its holder has done is not thrown away.
    assert!(done(store.finish(held.fence, completed("1"), at(60_000))));
}

fn a_lease_that_passes_too_often_ends_the_job(store: &dyn JobStore) {
    submit(store, 1, at(0));
    claim(store, "a", at(0));
    let error = Bytes::from_static(b"{\"type\":\"job_interrupted\"}");
    let reclaimed = done(store.reclaim(at(10_000), 2, error.clone()));
    assert_eq!(reclaimed, Reclaimed { requeued: 1, failed: 0 });
    assert_eq!(find(store, 1, at(10_000)).stage, Stage::Processing, "a job never goes back");
    let last = claim(store, "b", at(10_000));
    assert_eq!(idle(store, at(20_000)), None, "a lease that has passed twice is nobody's");
    assert_eq!(done(store.reclaim(at(20_000), 2, error.clone())), Reclaimed { requeued: 0, failed: 1 });
    let job = find(store, 1, at(20_000));
    assert_eq!((job.stage, job.status_code, job.error), (Stage::Failed, Some(500), Some(error)));
    assert_eq!((job.completed, job.expires), (Some(at(20_000)), Some(at(80_000))));
    assert!(!done(store.finish(last.fence, completed("1"), at(20_001))));
    assert_eq!(kinds(store, 1), ["created", "started", "interrupted", "again", "failed"]);
}

fn a_job_is_given_back(store: &dyn JobStore) {
    submit(store, 1, at(0));
    let drained = claim(store, "a", at(0));
    assert!(done(store.release(drained.fence.clone(), at(5), Attempt::Unspent, at(5))));
    let again = claim(store, "a", at(5));
    assert_eq!((again.job.attempt, again.job.executions), (1, 2));
    assert!(!done(store.finish(drained.fence, completed("1"), at(6))), "a fence is used up with its claim");
    assert!(done(store.release(again.fence, at(2_000), Attempt::Spent, at(7))));
    assert_eq!(idle(store, at(1_999)), Some(at(2_000)));
    // Attempts that were given back are their holder's business: how many those may be is not asked.
    for _ in 0..3 {
        let retried = claim(store, "b", at(2_000));
        assert!(done(store.release(retried.fence, at(2_000), Attempt::Spent, at(2_000))));
    }
    assert_eq!(find(store, 1, at(2_000)).attempt, 4);
}

fn a_pending_job_is_cancelled_at_once(store: &dyn JobStore) {
    submit(store, 1, at(0));
    let job = done(store.cancel(id(1), Bytes::from_static(b"{}"), at(7))).unwrap();
    assert_eq!((job.stage, job.status_code, job.started), (Stage::Failed, Some(499), None));
    assert_eq!((job.error.as_deref(), job.completed), (Some(b"{}".as_slice()), Some(at(7))));
    assert_eq!(find(store, 1, at(8)), job);
    assert_eq!(idle(store, at(8)), None);
    assert_eq!(done(store.cancel(id(1), Bytes::from_static(b"[]"), at(9))), Some(job));
    assert_eq!(done(store.cancel(id(2), Bytes::new(), at(9))), None);
}

fn a_holder_is_asked_to_stop(store: &dyn JobStore) {
    for number in [1, 2, 3] {
        submit(store, number, at(0));
    }
    let held = [(); 3].map(|()| claim(store, "a", at(1)));
    for number in [1, 2, 3] {
        let job = done(store.cancel(id(number), Bytes::from_static(b"{}"), at(2))).unwrap();
        assert_eq!((job.stage, job.cancel_requested), (Stage::Processing, Some(at(2))));
    }
    let [obeys, too_late, drained] = held.map(|claimed| claimed.fence);
    assert_eq!(done(store.renew(obeys.clone(), at(20_000), at(3))), Renewed::Cancelled);
    assert!(done(store.finish(obeys, failed(499, "{}"), at(4))));
    assert_eq!(find(store, 1, at(4)).status_code, Some(499));
    assert!(done(store.finish(too_late, completed("1"), at(4))), "what is done is done");
    assert_eq!(find(store, 2, at(4)).stage, Stage::Completed);
    assert!(done(store.release(drained, at(4), Attempt::Unspent, at(4))));
    assert_eq!(find(store, 3, at(4)).status_code, Some(499));
    assert_eq!(kinds(store, 3), ["created", "started", "cancel_requested", "failed"]);
}

fn a_cancelled_job_of_a_dead_holder_ends(store: &dyn JobStore) {
    submit(store, 1, at(0));
    claim(store, "a", at(0));
    done(store.cancel(id(1), Bytes::from_static(b"\"no more\""), at(1)));
    assert_eq!(idle(store, at(10_000)), None);
    let reclaimed = done(store.reclaim(at(10_000), 2, Bytes::from_static(b"\"lost\"")));
    assert_eq!(reclaimed, Reclaimed { requeued: 0, failed: 1 });
    let job = find(store, 1, at(10_000));
    assert_eq!((job.status_code, job.error.unwrap()), (Some(499), Bytes::from_static(b"\"no more\"")));
}

fn a_delayed_job_waits(store: &dyn JobStore) {
    submit_with(store, 1, at(0), "delay=2s");
    submit(store, 2, at(0));
    assert_eq!(claim(store, "a", at(1)).job.id, id(2));
    assert_eq!(idle(store, at(1_999)), Some(at(2_000)));
    assert_eq!(claim(store, "a", at(2_000)).job.id, id(1));
}

fn a_held_job_waits(store: &dyn JobStore) {
    submit_with(store, 1, at(0), "hold");
    assert_eq!(idle(store, at(0)), None);
    assert!(find(store, 1, at(0)).held);
    assert!(!done(store.let_go(id(1), at(1))).unwrap().held);
    let claimed = claim(store, "a", at(1));
    // Held while somebody works on it, its answer waits.
    assert!(done(store.hold(id(1), at(2))).unwrap().held);
    assert!(done(store.finish(claimed.fence, completed("1"), at(3))));
    let job = find(store, 1, at(3));
    assert_eq!((job.stage, job.status_code, job.result), (Stage::Processing, None, None));
    assert_eq!(done(store.reclaim(at(99_999), 1, Bytes::new())), Reclaimed::default());
    let job = done(store.let_go(id(1), at(100_000))).unwrap();
    assert_eq!((job.stage, job.result.as_deref()), (Stage::Completed, Some(b"1".as_slice())));
    assert_eq!(job.expires, Some(at(160_000)), "its time begins when it is told");
}

fn polls_move_a_job(store: &dyn JobStore) {
    for quick in [true, false] {
        let number = u64::from(quick) + 1;
        submit_with(store, number, at(0), "pending-polls=1,polls=3");
        assert_eq!(idle(store, at(0)), None, "it stays pending");
        let mut seen = Vec::new();
        let mut held = None;
        for millis in 1..=4 {
            if millis == 2 && quick {
                held = Some(claim(store, "a", at(millis)).fence);
            }
            if millis == 3 && !quick {
                held = Some(claim(store, "a", at(millis)).fence);
            }
            if millis == 3 {
                assert!(done(store.finish(held.take().unwrap(), completed("1"), at(millis))));
            }
            seen.push(done(store.count_poll(id(number), at(millis))).unwrap().stage.name());
        }
        assert_eq!(seen, ["pending", "processing", "processing", "completed"]);
        let job = find(store, number, at(5));
        assert_eq!((job.polls, job.attempt, job.completed), (4, 1, Some(at(4))));
        // Whether a poll or a claim was first, it has started once.
        assert_eq!(kinds(store, number), ["created", "started", "completed"]);
    }
}

fn a_job_waits_for_the_last_poll(store: &dyn JobStore) {
    submit_with(store, 1, at(0), "polls=1");
    let claimed = claim(store, "a", at(0));
    assert!(done(store.finish(claimed.fence, failed(429, "{}"), at(0))));
    assert_eq!(done(store.look(id(1))).unwrap().run, standin_core::jobs::Run::Answered(failed(429, "{}")));
    assert!(!done(store.count_poll(id(1), at(1))).unwrap().is_due());
    let job = done(store.count_poll(id(1), at(2))).unwrap();
    assert_eq!((job.stage, job.status_code), (Stage::Failed, Some(429)));
    assert_eq!(done(store.count_poll(id(1), at(60_002))), None);

    // Where the last poll comes before the answer, nothing else is waited for.
    submit_with(store, 2, at(0), "polls=1");
    let claimed = claim(store, "a", at(0));
    done(store.count_poll(id(2), at(1)));
    let job = done(store.count_poll(id(2), at(2))).unwrap();
    assert!(job.is_due() && job.stage == Stage::Processing);
    assert!(done(store.finish(claimed.fence, completed("1"), at(3))));
    assert_eq!(find(store, 2, at(3)).stage, Stage::Completed);
}

fn an_end_is_forced(store: &dyn JobStore) {
    submit(store, 1, at(0));
    let claimed = claim(store, "a", at(1));
    let job = done(store.force(id(1), failed(418, "{}"), at(2))).unwrap();
    assert_eq!((job.stage, job.status_code), (Stage::Failed, Some(418)));
    assert!(!done(store.finish(claimed.fence, completed("1"), at(3))));
    assert_eq!(done(store.force(id(1), completed("1"), at(3))), Some(job));
}

fn all_leases_pass(store: &dyn JobStore) {
    for number in [1, 2, 3] {
        submit(store, number, at(0));
    }
    claim(store, "a", at(0));
    claim(store, "b", at(0));
    assert_eq!(done(store.lapse(at(1))), 2);
    assert_eq!(done(store.reclaim(at(1), 2, Bytes::new())), Reclaimed { requeued: 2, failed: 0 });
    assert_eq!([(); 3].map(|()| claim(store, "c", at(1)).job.id), [id(3), id(1), id(2)]);
}

fn a_job_expires_early(store: &dyn JobStore) {
    submit(store, 1, at(0));
    assert_eq!(done(store.expire_now(id(1), at(1))).unwrap().expires, None, "it is not over");
    done(store.force(id(1), completed("1"), at(2)));
    assert_eq!(done(store.expire_now(id(1), at(3))).unwrap().expires, Some(at(3)));
    assert_eq!(done(store.find(id(1), at(3))), None);
}
