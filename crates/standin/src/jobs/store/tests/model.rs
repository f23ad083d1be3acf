//! Random operations: a store answers as a list of jobs would, and all stores answer alike.

use super::*;
use proptest::prelude::*;
use standin_core::jobs::Stage;

const JOBS: usize = 6;
const LEASE: i64 = 10;
const TTL: i64 = 30;
const MOST_ATTEMPTS: u32 = 2;
const MOST_PENDING: usize = 4;

#[derive(Debug, Clone)]
enum Operation {
    Submit,
    Claim,
    /// With one of the fences that were ever given out.
    Finish(usize),
    Renew(usize),
    Release(usize, Attempt),
    Cancel(usize),
    Find(usize),
    Reclaim,
    Purge(usize),
    Lapse,
    List(usize),
    Pass(i64),
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    use Operation::{Cancel, Claim, Find, Finish, Lapse, List, Pass, Purge, Reclaim, Release, Renew, Submit};
    let attempt = prop_oneof![Just(Attempt::Spent), Just(Attempt::Unspent)];
    let one = prop_oneof![
        3 => Just(Submit),
        3 => Just(Claim),
        2 => (0..JOBS).prop_map(Finish),
        1 => (0..JOBS).prop_map(Renew),
        1 => (0..JOBS, attempt).prop_map(|(nth, attempt)| Release(nth, attempt)),
        1 => (0..JOBS).prop_map(Cancel),
        2 => (0..JOBS).prop_map(Find),
        1 => Just(Reclaim),
        1 => (0usize..4).prop_map(Purge),
        1 => Just(Lapse),
        1 => (0usize..4).prop_map(List),
        3 => (1i64..15).prop_map(Pass),
    ];
    proptest::collection::vec(one, 1..60)
}

/// What a person would write down of a job.
#[derive(Debug, Clone)]
struct Noted {
    number: u64,
    state: State,
    attempts: u32,
    executions: u32,
    is_cancelled: bool,
    /// Its place in the line: since when it could be begun.
    since: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Waiting,
    Begun,
    Held { until: i64 },
    Over { at: i64, stage: Stage },
    Gone,
}

#[derive(Debug, Default)]
struct Model {
    now: i64,
    jobs: Vec<Noted>,
}

impl Noted {
    fn stage(&self) -> Stage {
        match self.state {
            State::Waiting => Stage::Pending,
            State::Over { stage, .. } => stage,
            State::Begun | State::Held { .. } | State::Gone => Stage::Processing,
        }
    }

    fn is_seen(&self, now: i64) -> bool {
        match self.state {
            State::Gone => false,
            State::Over { at, .. } => at + TTL > now,
            _ => true,
        }
    }

    fn holds(&self, fence: &Fence) -> bool {
        matches!(self.state, State::Held { .. }) && self.executions == fence.execution
    }
}

impl Model {
    fn next(&self) -> Option<usize> {
        let able = self.jobs.iter().enumerate().filter(|(_, job)| match job.state {
            State::Waiting | State::Begun => job.since <= self.now,
            State::Held { until } => until <= self.now && !job.is_cancelled && job.attempts < MOST_ATTEMPTS,
            State::Over { .. } | State::Gone => false,
        });
        able.min_by_key(|(place, job)| {
            (if let State::Held { until } = job.state { until } else { job.since }, *place)
        })
        .map(|(place, _)| place)
    }

    fn count(&self, stage: Stage) -> usize {
        self.jobs.iter().filter(|job| job.state != State::Gone && job.stage() == stage).count()
    }

    fn of(&mut self, id: JobId) -> &mut Noted {
        self.jobs.iter_mut().find(|job| super::id(job.number) == id).unwrap()
    }
}

/// Does it in the store and in the model, and compares.
fn both(store: &dyn JobStore, model: &mut Model, fences: &mut Vec<Fence>, operation: &Operation) {
    let nth_last = |nth: &usize| fences.iter().rev().nth(*nth).cloned().into_iter();
    match operation {
        Operation::Submit => submit_both(store, model),
        Operation::Claim => fences.extend(claim_both(store, model)),
        Operation::Finish(nth) => nth_last(nth).for_each(|fence| finish_both(store, model, fence)),
        Operation::Renew(nth) => nth_last(nth).for_each(|fence| renew_both(store, model, fence)),
        Operation::Release(nth, attempt) => {
            nth_last(nth).for_each(|fence| release_both(store, model, fence, *attempt));
        }
        Operation::Cancel(nth) => cancel_both(store, model, *nth),
        Operation::Find(nth) => find_both(store, model, *nth),
        Operation::Reclaim => reclaim_both(store, model),
        Operation::Purge(most) => purge_both(store, model, *most),
        Operation::Lapse => lapse_both(store, model),
        Operation::List(limit) => list_both(store, model, *limit),
        Operation::Pass(millis) => model.now += millis,
    }
    let counts = done(store.counts(None));
    for stage in Stage::ALL {
        assert_eq!(counts.of(stage), model.count(stage), "{stage}");
    }
}

fn submit_both(store: &dyn JobStore, model: &mut Model) {
    let (number, since) = (model.jobs.len() as u64 + 1, model.now);
    let new = NewJob { ttl: Duration::from_millis(TTL.unsigned_abs()), ..new_job(number, at(since)) };
    let answer = done(store.submit(Submission { most_pending: MOST_PENDING, ..submission(new) }));
    if model.count(Stage::Pending) == MOST_PENDING {
        assert_eq!(answer, Submitted::Full);
        return;
    }
    assert!(matches!(answer, Submitted::New(_)));
    let state = State::Waiting;
    model.jobs.push(Noted { number, state, attempts: 0, executions: 0, is_cancelled: false, since });
}

fn claim_both(store: &dyn JobStore, model: &mut Model) -> Option<Fence> {
    let lease = Duration::from_millis(LEASE.unsigned_abs());
    let claimant = Claimant { owner: "o".to_owned(), lease, most_attempts: MOST_ATTEMPTS };
    let until = model.now + LEASE;
    match (model.next(), done(store.claim(claimant, at(model.now)))) {
        (Some(place), Claim::Begun(begun)) => {
            let job = &mut model.jobs[place];
            job.state = State::Held { until };
            job.attempts += 1;
            job.executions += 1;
            assert_eq!((begun.job.id, begun.job.attempt), (id(job.number), job.attempts));
            assert_eq!(begun.fence.execution, job.executions);
            Some(begun.fence)
        }
        (None, Claim::Nothing { .. }) => None,
        other => panic!("{other:?}"),
    }
}

fn finish_both(store: &dyn JobStore, model: &mut Model, fence: Fence) {
    let now = model.now;
    let job = model.of(fence.id);
    let holds = job.holds(&fence);
    if holds {
        job.state = State::Over { at: now, stage: Stage::Completed };
    }
    assert_eq!(done(store.finish(fence, completed("1"), at(now))), holds);
}

fn renew_both(store: &dyn JobStore, model: &mut Model, fence: Fence) {
    let (now, until) = (model.now, model.now + LEASE);
    let job = model.of(fence.id);
    let expected = match (job.holds(&fence), job.is_cancelled) {
        (false, _) => Renewed::Lost,
        (true, true) => Renewed::Cancelled,
        (true, false) => Renewed::Held,
    };
    if job.holds(&fence) {
        job.state = State::Held { until };
    }
    assert_eq!(done(store.renew(fence, at(until), at(now))), expected);
}

fn release_both(store: &dyn JobStore, model: &mut Model, fence: Fence, attempt: Attempt) {
    let (now, again) = (model.now, model.now + 3);
    let job = model.of(fence.id);
    let holds = job.holds(&fence);
    if holds {
        let failed = State::Over { at: now, stage: Stage::Failed };
        job.state = if job.is_cancelled { failed } else { State::Begun };
        job.since = again;
        job.attempts -= u32::from(attempt == Attempt::Unspent);
    }
    assert_eq!(done(store.release(fence, at(again), attempt, at(now))), holds);
}

fn cancel_both(store: &dyn JobStore, model: &mut Model, nth: usize) {
    let now = model.now;
    let Some(job) = model.jobs.iter_mut().rev().nth(nth) else { return };
    match job.state {
        State::Waiting | State::Begun => job.state = State::Over { at: now, stage: Stage::Failed },
        State::Held { .. } => job.is_cancelled = true,
        State::Over { .. } | State::Gone => {}
    }
    let answer = done(store.cancel(id(job.number), Bytes::new(), at(now)));
    assert_eq!(answer.map(|job| job.stage), (job.state != State::Gone).then(|| job.stage()));
}

fn find_both(store: &dyn JobStore, model: &Model, nth: usize) {
    let Some(job) = model.jobs.iter().rev().nth(nth) else { return };
    let answer = done(store.find(id(job.number), at(model.now)));
    assert_eq!(answer.map(|job| job.stage), job.is_seen(model.now).then(|| job.stage()));
}

fn reclaim_both(store: &dyn JobStore, model: &mut Model) {
    let now = model.now;
    let mut expected = Reclaimed::default();
    for job in &mut model.jobs {
        match job.state {
            State::Held { until } if until > now => {}
            State::Held { .. } if job.is_cancelled || job.attempts >= MOST_ATTEMPTS => {
                job.state = State::Over { at: now, stage: Stage::Failed };
                expected.failed += 1;
            }
            State::Held { until } => {
                (job.state, job.since) = (State::Begun, until);
                expected.requeued += 1;
            }
            State::Waiting | State::Begun | State::Over { .. } | State::Gone => {}
        }
    }
    assert_eq!(done(store.reclaim(at(now), MOST_ATTEMPTS, Bytes::new())), expected);
}

fn purge_both(store: &dyn JobStore, model: &mut Model, most: usize) {
    let now = model.now;
    let mut expired: Vec<(i64, &mut Noted)> = model
        .jobs
        .iter_mut()
        .filter_map(|job| match job.state {
            State::Over { at, .. } if !job.is_seen(now) => Some((at, job)),
            _ => None,
        })
        .collect();
    expired.sort_by_key(|(ended, _)| *ended);
    let removed = expired.into_iter().take(most).map(|(_, job)| job.state = State::Gone).count();
    assert_eq!(done(store.purge(at(now), most)), removed);
}

fn lapse_both(store: &dyn JobStore, model: &mut Model) {
    for job in &mut model.jobs {
        if let State::Held { until } = &mut job.state {
            *until = model.now.min(*until);
        }
    }
    done(store.lapse(at(model.now)));
}

fn list_both(store: &dyn JobStore, model: &Model, limit: usize) {
    let page = done(store.list(Filter::newest(limit), at(model.now))).unwrap();
    let seen: Vec<_> = model.jobs.iter().rev().filter(|job| job.is_seen(model.now)).collect();
    let expected = seen.iter().take(limit).map(|job| (id(job.number), job.stage()));
    let told = page.jobs.iter().map(|job| (job.id, job.stage));
    assert_eq!(told.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    assert_eq!(page.more, seen.len() > limit);
}

fn agrees(store: &dyn JobStore, operations: &[Operation]) -> Vec<Option<Inspected>> {
    let (mut model, mut fences) = (Model::default(), Vec::new());
    for operation in operations {
        both(store, &mut model, &mut fences, operation);
    }
    model.jobs.iter().map(|job| done(store.look(id(job.number)))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn memory_answers_as_a_list_would(operations in operations()) {
        agrees(&*memory().store, &operations);
    }
}

#[cfg(feature = "sqlite")]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_file_answers_as_memory_does(operations in operations()) {
        let ends = agrees(&*memory().store, &operations);
        prop_assert_eq!(agrees(&*sqlite().store, &operations), ends);
    }
}
