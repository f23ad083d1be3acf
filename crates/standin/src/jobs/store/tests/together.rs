//! Many at once.

use super::*;
use std::collections::BTreeSet;
use std::thread;

every_store!(each_job_is_claimed_once, one_of_many_equal_submissions_makes_a_job, one_end_wins);

const THREADS: u64 = 8;

fn each_job_is_claimed_once(store: &dyn JobStore) {
    const JOBS: u64 = 400;
    let claimed = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || {
                    // Submits its share, and claims until nothing is left.
                    for number in (thread..JOBS).step_by(THREADS as usize) {
                        submit(store, number, at(0));
                    }
                    let mut claimed = Vec::new();
                    while let Claim::Begun(begun) = done(store.claim(claimant(&thread.to_string()), at(1))) {
                        assert!(done(store.finish(begun.fence, completed("1"), at(2))));
                        claimed.push(begun.job.id);
                    }
                    claimed
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(claimed.len() as u64, JOBS);
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>(), (0..JOBS).map(id).collect());
    assert_eq!(done(store.counts(None)).completed as u64, JOBS);
}

fn one_of_many_equal_submissions_makes_a_job(store: &dyn JobStore) {
    let outcomes = thread::scope(|scope| {
        let threads: Vec<_> = (0..50)
            .map(|number| {
                scope.spawn(move || {
                    let key = Idempotency { scope: String::new(), key: String::new(), fingerprint: [7; 32] };
                    let submission = submission(new_job(number, at(0)));
                    match done(store.submit(Submission { idempotency: Some(key), ..submission })) {
                        Submitted::New(job) => (true, job.id),
                        Submitted::Same(job) => (false, job.id),
                        other => panic!("{other:?}"),
                    }
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(outcomes.iter().filter(|(is_new, _)| *is_new).count(), 1);
    assert_eq!(outcomes.iter().map(|(_, id)| *id).collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(done(store.counts(None)).pending, 1);
}

fn one_end_wins(store: &dyn JobStore) {
    for number in 0..50 {
        submit(store, number, at(0));
        let claimed = claim(store, "a", at(0));
        let (finished, forced) = thread::scope(|scope| {
            let finish = scope.spawn(|| done(store.finish(claimed.fence, completed("1"), at(1))));
            let force = scope.spawn(|| {
                let step = Step::Force(failed(500, "2"));
                done(store.step(id(number), step, at(1))).unwrap().taken
            });
            (finish.join().unwrap(), force.join().unwrap())
        });
        assert!(finished != forced);
        let told = kinds(store, number);
        assert_eq!(told, ["created", "started", if finished { "completed" } else { "failed" }]);
        assert_eq!(find(store, number, at(1)).status_code, Some(if finished { 200 } else { 500 }));
    }
}
