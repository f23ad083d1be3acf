//! What becomes of submissions, and of those that are sent again.

use super::*;
use standin_core::jobs::Stage;

every_store!(
    everything_that_is_submitted_is_there,
    a_full_store_keeps_nothing,
    an_id_is_used_once,
    the_same_submission_makes_one_job,
    another_submission_with_the_same_key_is_refused,
    what_a_key_says_is_known_before_anything_is_kept,
    a_key_counts_for_a_day_and_for_its_jobs_life,
);

const HOUR: i64 = 60 * 60 * 1000;

fn keyed(number: u64, created: Timestamp, scope: &str, print: u8) -> Submission {
    let idempotency = Idempotency { scope: scope.to_owned(), key: "k".to_owned(), fingerprint: [print; 32] };
    Submission { idempotency: Some(idempotency), ..submission(new_job(number, created)) }
}

fn everything_that_is_submitted_is_there(store: &dyn JobStore) {
    let control = r#"{"delay":"250us","polls_before_completed":7,"hold":true,
        "outcome":{"status":400,"body":{"b":1,"a":[null]}},"fail_first":{"attempts":2}}"#;
    let new = NewJob {
        kind: JobKind::Ocr,
        owner_key: Some("vk-1".to_owned()),
        batch: Some("batch_1".to_owned()),
        ttl: Duration::from_millis(1_500),
        max_attempts: 3,
        control: control.parse().unwrap(),
        ..new_job(1, at(0))
    };
    let request = StoredRequest {
        headers: vec![("a".to_owned(), "1".to_owned()), ("a".to_owned(), "é\"".to_owned())],
        body: Bytes::from(vec![0xff; 3_000_000]),
        ..request(1)
    };
    let submission = Submission { request: request.clone(), ..submission(new.clone()) };
    let Submitted::New(job) = done(store.submit(submission)) else { panic!("not new") };
    assert_eq!((job.id, job.kind, job.stage, job.held), (new.id, new.kind, Stage::Pending, true));
    assert_eq!((&job.owner_key, &job.batch, job.ttl), (&new.owner_key, &new.batch, new.ttl));
    assert_eq!((job.max_attempts, &job.control), (3, &new.control));
    assert_eq!(job.not_before, Some(at(0) + Duration::from_micros(250)));
    assert_eq!(find(store, 1, at(0)), job);
    let looked = done(store.look(id(1))).unwrap();
    assert_eq!((looked.job, looked.request), (job, request));
    let [created] = &looked.events[..] else { panic!("{:?}", looked.events) };
    assert_eq!((created.seq, created.kind, created.at), (1, standin_core::jobs::EventKind::Created, at(0)));
}

fn a_full_store_keeps_nothing(store: &dyn JobStore) {
    let submit =
        |number| done(store.submit(Submission { most_pending: 2, ..submission(new_job(number, at(0))) }));
    assert!(matches!([submit(1), submit(2)], [Submitted::New(_), Submitted::New(_)]));
    assert_eq!(submit(3), Submitted::Full);
    assert_eq!(done(store.find(id(3), at(0))), None);
    // The same submission again is no job more.
    claim(store, "a", at(0));
    let again = || done(store.submit(Submission { most_pending: 2, ..keyed(4, at(0), "s", 1) }));
    assert!(matches!(again(), Submitted::New(_)));
    assert!(matches!(again(), Submitted::Same(_)));
    done(store.cancel(id(2), Bytes::new(), at(0)));
    assert!(matches!(submit(3), Submitted::New(_)));
}

fn an_id_is_used_once(store: &dyn JobStore) {
    let job = submit(store, 1, at(0));
    let again = wait(store.submit(submission(NewJob { kind: JobKind::Speech, ..new_job(1, at(9)) })));
    assert_eq!(again, Err(StoreError::Known(id(1))));
    assert_eq!(find(store, 1, at(9)), job);
    assert_eq!(done(store.counts(None)).pending, 1);
}

fn the_same_submission_makes_one_job(store: &dyn JobStore) {
    let Submitted::New(job) = done(store.submit(keyed(1, at(0), "s", 1))) else { panic!("not new") };
    assert_eq!(done(store.submit(keyed(2, at(1), "s", 1))), Submitted::Same(job));
    assert!(matches!(done(store.submit(keyed(3, at(1), "t", 1))), Submitted::New(_)), "another scope");
    let claimed = claim(store, "a", at(2));
    done(store.finish(claimed.fence, completed("1"), at(2)));
    let Submitted::Same(job) = done(store.submit(keyed(4, at(3), "s", 1))) else { panic!("not the same") };
    assert_eq!((job.id, job.result.as_deref()), (id(1), Some(b"1".as_slice())), "as it is now");
    assert_eq!(done(store.find(id(2), at(3))), None);
}

fn another_submission_with_the_same_key_is_refused(store: &dyn JobStore) {
    done(store.submit(keyed(1, at(0), "s", 1)));
    assert_eq!(done(store.submit(keyed(2, at(0), "s", 2))), Submitted::Conflict);
    assert_eq!(done(store.find(id(2), at(0))), None);
    assert_eq!(done(store.counts(None)).pending, 1);
}

fn what_a_key_says_is_known_before_anything_is_kept(store: &dyn JobStore) {
    let known =
        |scope: &str, print, now| done(store.known(keyed(9, now, scope, print).idempotency.unwrap(), now));
    assert_eq!(known("s", 1, at(0)), None);
    assert_eq!(done(store.counts(None)).pending, 0);
    let Submitted::New(job) = done(store.submit(keyed(1, at(0), "s", 1))) else { panic!("not new") };
    assert_eq!(known("s", 1, at(1)), Some(Submitted::Same(job)));
    assert_eq!(known("s", 2, at(1)), Some(Submitted::Conflict));
    assert_eq!(known("t", 1, at(1)), None, "another scope");
    done(store.force(id(1), completed("1"), at(1)));
    assert_eq!(known("s", 1, at(HOUR)), None, "it is no longer seen");
    assert_eq!(known("s", 2, at(HOUR)), Some(Submitted::Conflict));
    assert_eq!(known("s", 2, at(25 * HOUR)), None);
    assert_eq!(done(store.counts(None)).pending, 0);
}

fn a_key_counts_for_a_day_and_for_its_jobs_life(store: &dyn JobStore) {
    done(store.submit(keyed(1, at(0), "s", 1)));
    done(store.submit(keyed(2, at(0), "t", 1)));
    // A job that lives for longer than a day keeps its key.
    assert_eq!(done(store.purge(at(25 * HOUR), 10)), 0);
    assert_eq!(done(store.submit(keyed(3, at(25 * HOUR), "s", 2))), Submitted::Conflict);
    assert!(matches!(done(store.submit(keyed(3, at(25 * HOUR), "s", 1))), Submitted::Same(_)));
    // The key of one that is no longer seen says only what another submission is, and after a day nothing.
    done(store.submit(keyed(4, at(0), "u", 1)));
    done(store.force(id(4), completed("1"), at(1)));
    assert_eq!(done(store.submit(keyed(5, at(HOUR), "u", 2))), Submitted::Conflict);
    assert_eq!(done(store.purge(at(HOUR), 10)), 1);
    assert_eq!(done(store.submit(keyed(5, at(HOUR), "u", 2))), Submitted::Conflict);
    assert!(matches!(done(store.submit(keyed(5, at(HOUR), "u", 1))), Submitted::New(_)));
    assert_eq!(done(store.submit(keyed(6, at(2 * HOUR), "u", 2))), Submitted::Conflict);
    done(store.force(id(5), completed("1"), at(HOUR)));
    assert!(matches!(done(store.submit(keyed(6, at(26 * HOUR), "u", 2))), Submitted::New(_)));
}
