//! Every store answers the same, whatever is asked in whatever order.
//!
//! ```text
//! owners   what is somebody's is there for them alone
//! ```

mod owners;

use super::*;
use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;
use standin_core::batches::{LineCall, Stage, Webhook};
use standin_core::jobs::{Attempted, Next};

/// Something that is asked of a store. Batches and files are `0` to `3`.
#[derive(Debug, Clone)]
enum Ask {
    Keep(u8, Option<String>, Option<i64>, usize),
    Forget(u8, Keyholder),
    Content(u8, Keyholder),
    Files(Keyholder, Listing),
    Submit(u8, Option<String>, usize),
    Find(u8, Keyholder),
    List(Keyholder, Listing),
    Delete(u8, Keyholder),
    Claim(Task),
    Begin(Fence, usize),
    Cancel(u8),
    Step(u8, Step),
    Lines(u8, Which, u32),
    EndLines(Fence, Vec<(u32, LineEnd)>),
    EndRest(Fence, LineEnd),
    End(Fence, u8),
    Clear,
}

const ROOM: Room = Room { most: 3, bytes: 40 };

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn name(kind: &str, at: u8) -> String {
    format!("{kind}{at}")
}

fn provider(at: u8) -> String {
    if at == 3 { "other" } else { "one" }.to_owned()
}

fn named(kind: &str, at: u8, caller: Keyholder) -> Named {
    Named { provider: provider(at), id: name(kind, at), caller }
}

fn file(number: u8, unlike: u64, expires: Option<i64>, size: usize) -> NewFile {
    let file = File {
        id: if unlike == 0 { name("f", number) } else { format!("f{number}-{unlike}") },
        provider: provider(number),
        owner_key: None,
        name: "n".to_owned(),
        purpose: if number == 0 { "batch" } else { "vision" }.to_owned(),
        bytes: size as u64,
        created: at(0),
        expires: expires.map(at),
    };
    NewFile { file, content: Bytes::from(vec![number; size]) }
}

fn batch(number: u8, now: Timestamp) -> Batch {
    Batch::submitted(name("b", number), &provider(number), Value::Null, now, at(1_000))
}

fn lines(count: usize) -> Vec<NewLine> {
    let call = LineCall { path: "/p".to_owned(), body: Bytes::from_static(b"{}") };
    (0..count)
        .map(|at| NewLine {
            custom_id: at.to_string(),
            call: call.clone(),
            end: (at == 2).then_some(LineEnd::Canceled),
        })
        .collect()
}

fn answered(status: u16) -> LineEnd {
    LineEnd::Answered { status, body: Bytes::from_static(b"{\"a\":1}") }
}

/// What a store has answered, as text. Nothing of it fails.
async fn ask(store: &dyn BatchStore, ask: Ask, now: Timestamp, unlike: u64) -> String {
    let lease = Duration::from_secs(10);
    match ask {
        Ask::Keep(number, owner_key, expires, size) => {
            // An id is used once.
            let is_new =
                store.file(named("f", number, Keyholder::Any), Timestamp::MIN).await.unwrap().is_none();
            if is_new {
                let mut file = file(number, 0, expires, size);
                file.file.owner_key = owner_key;
                format!("{:?}", store.keep(file, ROOM, now).await.unwrap())
            } else {
                String::new()
            }
        }
        Ask::Forget(number, by) => format!("{:?}", store.forget(named("f", number, by), now).await.unwrap()),
        Ask::Content(number, by) => {
            format!("{:?}", store.content(named("f", number, by), now).await.unwrap())
        }
        Ask::Files(of, listing) => format!("{:?}", store.files(provider(0), of, listing, now).await.unwrap()),
        Ask::Submit(number, owner_key, count) => {
            if store.find(named("b", number, Keyholder::Any)).await.unwrap().is_some() {
                return String::new();
            }
            let mut row = Row::submitted(batch(number, now));
            row.batch.owner_key = owner_key;
            row.webhook = (number % 2 == 0).then(|| Webhook::new("http://a".to_owned()));
            let lines = lines(count);
            if count > 0 {
                row.filled(lines.iter().map(|line| line.end.as_ref()), None, now);
            }
            format!("{:?}", store.submit(row, lines, 3, at(5)).await.unwrap())
        }
        Ask::Find(number, by) => format!("{:?}", store.find(named("b", number, by)).await.unwrap()),
        Ask::List(of, listing) => format!("{:?}", store.list(provider(0), of, listing).await.unwrap()),
        Ask::Delete(number, by) => format!("{:?}", store.delete(named("b", number, by)).await.unwrap()),
        Ask::Claim(task) => format!("{:?}", store.claim(task, "o".to_owned(), lease, now).await.unwrap()),
        Ask::Begin(fence, count) => {
            format!("{:?}", store.begin(fence, lines(count), Some("m".to_owned()), now).await.unwrap())
        }
        Ask::Cancel(number) => {
            format!("{:?}", store.step(name("b", number), Step::Cancel, now).await.unwrap())
        }
        Ask::Step(number, step) => format!("{:?}", store.step(name("b", number), step, now).await.unwrap()),
        Ask::Lines(number, which, from) => {
            format!("{:?}", store.lines(name("b", number), which, from, 2).await.unwrap())
        }
        Ask::EndLines(fence, ends) => format!("{:?}", store.end_lines(fence, ends, at(30)).await.unwrap()),
        Ask::EndRest(fence, end) => format!("{:?}", store.end_rest(fence, end).await.unwrap()),
        Ask::End(fence, number) => {
            let output = Some(file(number, unlike, None, 4));
            let end = End { fence, output, errors: None, usage: Some(Value::from(1)) };
            format!("{:?}", store.end(end, now).await.unwrap())
        }
        Ask::Clear => format!("{:?}", store.clear().await.unwrap()),
    }
}

fn fences() -> impl Strategy<Value = Fence> {
    (0u8..4, 1u32..3).prop_map(|(number, execution)| Fence {
        id: name("b", number),
        owner: "o".to_owned(),
        execution,
    })
}

fn ends() -> impl Strategy<Value = LineEnd> {
    prop_oneof![
        3 => Just(answered(200)),
        1 => Just(answered(500)),
        1 => Just(LineEnd::Lost { reason: "r".to_owned() }),
        1 => Just(LineEnd::Canceled),
        1 => Just(LineEnd::Expired)
    ]
}

fn listings(kind: &'static str) -> impl Strategy<Value = Listing> {
    let cursor = prop_oneof![
        Just(Cursor::Start),
        (0u8..4).prop_map(move |at| Cursor::After(name(kind, at))),
        (0u8..4).prop_map(move |at| Cursor::Before(name(kind, at))),
    ];
    let order = prop_oneof![Just(Order::Newest), Just(Order::Oldest)];
    let purpose = prop_oneof![3 => Just(None), 1 => Just(Some("batch".to_owned()))];
    (1usize..3, cursor, order, purpose).prop_map(|(limit, cursor, order, purpose)| Listing {
        limit,
        cursor,
        order,
        purpose,
    })
}

fn owner_keys() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(prop_oneof![Just("a".to_owned()), Just("b".to_owned())])
}

fn keyholders() -> impl Strategy<Value = Keyholder> {
    prop_oneof![1 => Just(Keyholder::Any), 3 => owner_keys().prop_map(Keyholder::from)]
}

fn asks() -> impl Strategy<Value = Ask> {
    let number = || 0u8..4;
    prop_oneof![
        2 => (number(), owner_keys(), proptest::option::of(0i64..60), 0usize..30)
            .prop_map(|(n, o, e, s)| Ask::Keep(n, o, e, s)),
        1 => (number(), keyholders()).prop_map(|(n, by)| Ask::Forget(n, by)),
        1 => (number(), keyholders()).prop_map(|(n, by)| Ask::Content(n, by)),
        1 => (keyholders(), listings("f")).prop_map(|(of, listing)| Ask::Files(of, listing)),
        4 => (number(), owner_keys(), 0usize..5).prop_map(|(n, o, count)| Ask::Submit(n, o, count)),
        1 => (number(), keyholders()).prop_map(|(n, by)| Ask::Find(n, by)),
        1 => (keyholders(), listings("b")).prop_map(|(of, listing)| Ask::List(of, listing)),
        1 => (number(), keyholders()).prop_map(|(n, by)| Ask::Delete(n, by)),
        5 => prop_oneof![4 => Just(Task::Run), 1 => Just(Task::Tell)].prop_map(Ask::Claim),
        3 => (fences(), 0usize..5).prop_map(|(fence, count)| Ask::Begin(fence, count)),
        1 => number().prop_map(Ask::Cancel),
        1 => fences().prop_map(|fence| {
            Ask::Step(0, Step::Renew { until: at(40), fence })
        }),
        1 => fences().prop_map(|fence| Ask::Step(1, Step::Fail { faults: Vec::new(), fence })),
        3 => (fences(), number(), prop_oneof![Just(Next::Delivered), Just(Next::Again(at(20)))])
            .prop_map(|(fence, number, next)| {
                let attempted = Attempted { status: Some(200), reason: None, next };
                Ask::Step(number, Step::Told { fence, attempted })
            }),
        1 => (number(), prop_oneof![Just(Which::Open), Just(Which::Ended)], 0u32..4)
            .prop_map(|(n, which, from)| Ask::Lines(n, which, from)),
        5 => (fences(), proptest::collection::vec((0u32..5, ends()), 1..4))
            .prop_map(|(fence, ends)| Ask::EndLines(fence, ends)),
        1 => (fences(), ends()).prop_map(|(fence, end)| Ask::EndRest(fence, end)),
        2 => (fences(), number()).prop_map(|(fence, number)| Ask::End(fence, number)),
        1 => Just(Ask::Clear),
    ]
}

#[cfg(feature = "sqlite")]
fn in_file(path: &std::path::Path) -> SqliteBatches {
    use crate::jobs::store::{Durability, SqliteStore};
    SqliteBatches::of(&SqliteStore::open(path, Durability::Process).unwrap())
}

#[cfg(feature = "sqlite")]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A file answers what memory answers, also when it is opened again in between.
    #[test]
    fn a_file_answers_what_memory_answers(
        asks in proptest::collection::vec((asks(), 0i64..8, proptest::bool::weighted(0.05)), 1..50),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("jobs.sqlite");
        let (memory, mut file) = (MemoryBatches::default(), in_file(&path));
        let mut now = 0;
        for (unlike, (asked, passed, again)) in (1..).zip(asks) {
            now += passed;
            if again {
                file = in_file(&path);
            }
            let (one, other) = runtime.block_on(async {
                (
                    ask(&memory, asked.clone(), at(now), unlike).await,
                    ask(&file, asked.clone(), at(now), unlike).await,
                )
            });
            prop_assert_eq!(one, other, "{:?}", asked);
        }
        let cleared = runtime.block_on(async {
            (ask(&memory, Ask::Clear, at(now), 0).await, ask(&file, Ask::Clear, at(now), 0).await)
        });
        prop_assert_eq!(cleared.0, cleared.1);
        let list = Ask::List(Keyholder::Any, Listing::newest(9));
        let left = runtime.block_on(ask(&file, list, at(now), 0));
        prop_assert_eq!(left, "Some(Page { items: [], more: false })");
    }
}

#[cfg(feature = "sqlite")]
#[test]
fn leases_of_the_dead_are_not_waited_for_where_nobody_else_has_the_file() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.sqlite");
    let open = || {
        let jobs = crate::jobs::store::SqliteStore::open(&path, Default::default()).unwrap();
        (SqliteBatches::of(&jobs), jobs)
    };
    let claim = |store: &SqliteBatches| {
        let (day, now) = (Duration::from_secs(86_400), Timestamp::now());
        runtime
            .block_on(store.claim(Task::Run, "somebody".to_owned(), day, now))
            .unwrap()
            .map(|(_, fence)| fence)
    };
    let first = open();
    let batch = Batch::submitted("b".to_owned(), "one", Value::Null, at(0), at(100));
    runtime.block_on(first.0.submit(Row::submitted(batch), Vec::new(), 9, at(0))).unwrap();
    let dead = claim(&first.0).unwrap();
    let beside = open();
    assert_eq!(claim(&beside.0), None, "its holder may be alive");
    drop((first, beside));
    let next = open();
    let fence = claim(&next.0).unwrap();
    assert_eq!((dead.execution, fence.execution), (1, 2));
    let late = runtime.block_on(next.0.step("b".to_owned(), Step::Finalize { fence: dead }, at(0)));
    assert!(matches!(late, Ok(Some((_, false)))), "what the dead one says changes nothing");
}

proptest! {
    /// Whatever is asked in whatever order, a batch counts what its lines say, and a line ends once.
    #[test]
    fn a_line_ends_once_and_is_counted(
        asks in proptest::collection::vec((asks(), 0i64..8), 1..80),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let store = MemoryBatches::default();
        let mut now = 0;
        let mut ended: std::collections::BTreeMap<(String, u32), LineEnd> = std::collections::BTreeMap::new();
        for (unlike, (asked, passed)) in (1..).zip(asks) {
            now += passed;
            if let Ask::Delete(..) | Ask::Submit(..) | Ask::Clear = asked {
                // Its id may be another batch's afterwards.
                ended.clear();
            }
            runtime.block_on(async {
                ask(&store, asked, at(now), unlike).await;
                for number in 0..4 {
                    let Some(batch) = store.find(named("b", number, Keyholder::Any)).await.unwrap() else { continue };
                    let lines = store.lines(batch.id.clone(), Which::Ended, 0, 100).await.unwrap();
                    prop_assert_eq!(lines.len(), batch.tally.ended() as usize);
                    let open = store.lines(batch.id.clone(), Which::Open, 0, 100).await.unwrap();
                    prop_assert_eq!(open.len(), batch.tally.left() as usize);
                    prop_assert!(batch.stage != Stage::Validating || lines.is_empty());
                    for line in lines {
                        let end = line.end.unwrap();
                        let first = ended.entry((batch.id.clone(), line.number)).or_insert_with(|| end.clone());
                        prop_assert_eq!(&*first, &end);
                    }
                }
                Ok(())
            })?;
        }
    }
}
