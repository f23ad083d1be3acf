//! What stores tell: lists, counts, events; and what they remove.

use super::*;
use standin_core::jobs::{EventKind, Stage};

every_store!(
    jobs_are_listed_newest_first,
    a_list_goes_on_where_it_was,
    a_list_does_not_go_on_after_what_its_caller_may_not_see,
    a_list_is_filtered,
    jobs_are_counted,
    events_are_told_from_a_number_on,
    the_expired_are_removed_bit_by_bit,
    everything_is_removed,
    nobody_is_asked_about,
    a_change_wakes_who_waits,
    a_claimable_job_wakes_a_worker,
);

fn listed(store: &dyn JobStore, filter: Filter) -> (Vec<JobId>, bool) {
    let page = done(store.list(filter, at(100))).unwrap();
    (page.jobs.iter().map(|job| job.id).collect(), page.more)
}

fn jobs_are_listed_newest_first(store: &dyn JobStore) {
    for number in [2, 3, 1] {
        submit(store, number, at(0));
    }
    done(store.force(id(3), completed("1"), at(1)));
    let page = done(store.list(Filter::newest(10), at(1))).unwrap();
    let told = page.jobs.iter().map(|job| (job.id, job.status_code, job.result.clone()));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [(id(1), None, None), (id(3), Some(200), None), (id(2), None, None)]
    );
    assert!(!page.more);
    let later = done(store.list(Filter::newest(10), at(60_001))).unwrap();
    assert_eq!(later.jobs.len(), 2, "what has expired is not listed");
}

fn a_list_goes_on_where_it_was(store: &dyn JobStore) {
    for number in 1..=5 {
        submit(store, number, at(0));
    }
    let (first, more) = listed(store, Filter::newest(2));
    assert_eq!((first, more), (vec![id(5), id(4)], true));
    submit(store, 6, at(1));
    let (next, more) = listed(store, Filter { after: Some(id(4)), ..Filter::newest(2) });
    assert_eq!((next, more), (vec![id(3), id(2)], true));
    let (last, more) = listed(store, Filter { after: Some(id(2)), ..Filter::newest(1) });
    assert_eq!((last, more), (vec![id(1)], false));
    let unknown = store.list(Filter { after: Some(id(9)), ..Filter::newest(1) }, at(1));
    assert_eq!(done(unknown), None);
}

fn a_list_does_not_go_on_after_what_its_caller_may_not_see(store: &dyn JobStore) {
    let of = |number, owner: Option<&str>, batch: Option<&str>| {
        let (owner_key, batch) = (owner.map(str::to_owned), batch.map(str::to_owned));
        done(store.submit(submission(NewJob { owner_key, batch, ..new_job(number, at(0)) })));
    };
    of(1, Some("a"), None);
    of(2, Some("b"), None);
    of(3, None, None);
    of(4, None, Some("x"));
    let after = |number, owner: Keyholder, batch: Batch| {
        let filter = Filter { after: Some(id(number)), owner, batch, ..Filter::newest(9) };
        let page = done(store.list(filter, at(0)));
        page.map(|page| page.jobs.iter().map(|job| job.id).collect::<Vec<_>>())
    };
    let a = || Keyholder::Key("a".to_owned());
    assert_eq!(after(1, a(), Batch::None), Some(vec![]));
    assert_eq!(after(4, Keyholder::Any, Batch::Any), Some(vec![id(3), id(2), id(1)]));
    for (number, owner, batch) in [
        (2, a(), Batch::None),
        (3, a(), Batch::None),
        (1, Keyholder::Nobody, Batch::None),
        (4, Keyholder::Nobody, Batch::None),
        (9, a(), Batch::None),
    ] {
        assert_eq!(after(number, owner, batch), None, "{number}");
    }
}

fn a_list_is_filtered(store: &dyn JobStore) {
    let of = |number, kind, owner: Option<&str>, batch: Option<&str>| {
        let (owner_key, batch) = (owner.map(str::to_owned), batch.map(str::to_owned));
        done(store.submit(submission(NewJob { kind, owner_key, batch, ..new_job(number, at(0)) })));
    };
    of(1, JobKind::Speech, None, None);
    of(2, JobKind::Ocr, Some("k"), None);
    of(3, JobKind::Ocr, Some("l"), Some("b"));
    of(4, JobKind::Ocr, None, Some("c"));
    claim(store, "a", at(0));
    let filters = [
        (Filter { stage: Some(Stage::Processing), ..Filter::newest(9) }, vec![1]),
        (Filter { kind: Some(JobKind::Ocr), ..Filter::newest(9) }, vec![4, 3, 2]),
        (Filter { owner: Keyholder::Nobody, ..Filter::newest(9) }, vec![4, 1]),
        (Filter { owner: Keyholder::Key("k".to_owned()), ..Filter::newest(9) }, vec![2]),
        (Filter { batch: Batch::None, ..Filter::newest(9) }, vec![2, 1]),
        (Filter { batch: Batch::Of("b".to_owned()), ..Filter::newest(9) }, vec![3]),
        (
            Filter {
                stage: Some(Stage::Pending),
                kind: Some(JobKind::Ocr),
                owner: Keyholder::Nobody,
                batch: Batch::Of("c".to_owned()),
                limit: 1,
                after: None,
            },
            vec![4],
        ),
    ];
    for (filter, numbers) in filters {
        let ids = numbers.into_iter().map(id).collect::<Vec<_>>();
        assert_eq!(listed(store, filter.clone()), (ids, false), "{filter:?}");
    }
}

fn jobs_are_counted(store: &dyn JobStore) {
    assert_eq!(done(store.counts(None)), Counts::default());
    for number in 1..=6 {
        let batch = (number % 2 == 0).then(|| "even".to_owned());
        done(store.submit(submission(NewJob { batch, ..new_job(number, at(number.try_into().unwrap())) })));
    }
    claim(store, "a", at(10));
    done(store.force(id(2), completed("1"), at(10)));
    done(store.force(id(3), failed(500, "1"), at(10)));
    let all = Counts { pending: 3, processing: 1, completed: 1, failed: 1, oldest_pending: Some(at(4)) };
    assert_eq!(done(store.counts(None)), all);
    let even = Counts { pending: 2, completed: 1, oldest_pending: Some(at(4)), ..Counts::default() };
    assert_eq!(done(store.counts(Some("even".to_owned()))), even);
    assert_eq!(done(store.counts(Some("odd".to_owned()))), Counts::default());
    assert_eq!(done(store.purge(at(99_999), 10)), 2);
    assert_eq!(done(store.counts(None)), Counts { completed: 0, failed: 0, ..all });
}

fn events_are_told_from_a_number_on(store: &dyn JobStore) {
    submit(store, 1, at(0));
    submit(store, 2, at(0));
    claim(store, "a", at(1));
    let note = |data: &'static str| {
        let data = Some(Bytes::from_static(data.as_bytes()));
        done(store.step(id(1), Step::Note { kind: EventKind::Progress, data }, at(2))).unwrap()
    };
    assert!(note("0.5").taken);
    note("0.9");
    let told = done(store.events(id(1), 2));
    let told = told.iter().map(|event| (event.seq, event.kind, event.at, event.data.as_deref().unwrap()));
    let progress = |seq, data: &'static str| (seq, EventKind::Progress, at(2), data.as_bytes());
    assert_eq!(told.collect::<Vec<_>>(), [progress(3, "0.5"), progress(4, "0.9")]);
    assert_eq!(done(store.events(id(1), 4)), []);
    assert_eq!(done(store.events(id(1), u64::MAX)), []);
    assert_eq!(kinds(store, 2), ["created"]);
}

fn the_expired_are_removed_bit_by_bit(store: &dyn JobStore) {
    for number in 1..=5 {
        submit(store, number, at(0));
    }
    for number in 1..=4 {
        done(store.force(id(number), completed("1"), at(number.try_into().unwrap())));
    }
    assert_eq!(done(store.purge(at(60_000), 10)), 0);
    assert_eq!(done(store.purge(at(60_003), 2)), 2);
    assert!(done(store.look(id(2))).is_none() && done(store.look(id(3))).is_some(), "the oldest go first");
    assert_eq!(done(store.events(id(2), 0)), []);
    assert_eq!(done(store.purge(at(60_003), 2)), 1);
    assert_eq!(done(store.purge(at(60_003), 2)), 0);
    assert_eq!(done(store.purge(at(9_999_999), 9)), 1);
    assert_eq!(find(store, 5, at(9_999_999)).stage, Stage::Pending, "a job that is not over stays");
}

fn everything_is_removed(store: &dyn JobStore) {
    submit(store, 1, at(0));
    submit(store, 2, at(0));
    claim(store, "a", at(0));
    done(store.clear());
    assert_eq!(done(store.counts(None)), Counts::default());
    assert_eq!(listed(store, Filter::newest(9)), (vec![], false));
    assert_eq!(idle(store, at(99_999)), None);
    submit(store, 1, at(5));
    assert_eq!(kinds(store, 1), ["created"]);
}

fn nobody_is_asked_about(store: &dyn JobStore) {
    assert_eq!(done(store.find(id(1), at(0))), None);
    assert_eq!(done(store.look(id(1))), None);
    assert_eq!(done(store.count_poll(id(1), at(0))), None);
    assert_eq!(done(store.events(id(1), 0)), []);
    let fence = Fence { id: id(1), owner: "a".to_owned(), execution: 1 };
    assert!(!done(store.finish(fence.clone(), completed("1"), at(0))));
    assert_eq!(done(store.renew(fence, at(0), at(0))), Renewed::Lost);
}

pub(super) fn woken(future: impl Future<Output = ()>) -> bool {
    // A wake comes before its answer, so whoever is woken is so by now.
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    future.as_mut().poll(&mut context).is_ready()
}

fn a_change_wakes_who_waits(store: &dyn JobStore) {
    submit(store, 1, at(0));
    submit(store, 2, at(0));
    let mut changes = store.wakes().changes();
    assert!(!woken(changes.of(id(1))));
    done(store.force(id(2), completed("1"), at(0)));
    assert!(!woken(changes.of(id(1))), "another job");
    claim(store, "a", at(0));
    assert!(woken(changes.of(id(1))));
    done(store.count_poll(id(1), at(0)));
    assert!(!woken(changes.of(id(1))), "nothing has happened to it");
    for _ in 0..2_000 {
        done(store.step(id(2), Step::Note { kind: EventKind::Webhook, data: None }, at(0)));
    }
    assert!(woken(changes.of(id(1))), "who is far behind asks again");
}

fn a_claimable_job_wakes_a_worker(store: &dyn JobStore) {
    let wakes = store.wakes();
    assert!(!woken(wakes.claimable()));
    submit(store, 1, at(0));
    assert!(woken(wakes.claimable()));
    submit_with(store, 2, at(0), "hold");
    assert!(!woken(wakes.claimable()), "it is held");
    done(store.let_go(id(2), at(0)));
    assert!(woken(wakes.claimable()));
    let claimed = claim(store, "a", at(0));
    assert!(!woken(wakes.claimable()));
    done(store.release(claimed.fence, at(1), Attempt::Unspent, at(1)));
    assert!(woken(wakes.claimable()));
    submit_with(store, 3, at(0), "pending-polls=1");
    assert!(!woken(wakes.claimable()), "it waits for a poll");
    done(store.count_poll(id(3), at(0)));
    assert!(woken(wakes.claimable()));
}
