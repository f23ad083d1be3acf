use super::*;
use bytes::Bytes;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Try {
    Claim,
    Begin(Fence),
    Line(Fence, LineEnd),
    Step(Step),
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn row() -> Row {
    Row::submitted(Batch::submitted("b".to_owned(), "p", Value::Null, at(0), at(100)))
}

fn answered(status: u16) -> LineEnd {
    LineEnd::Answered { status, body: Bytes::from_static(b"{}") }
}

fn tries() -> impl Strategy<Value = Try> {
    let fence =
        || (1u32..4).prop_map(|execution| Fence { id: "b".to_owned(), owner: "o".to_owned(), execution });
    let end = prop_oneof![
        Just(answered(200)),
        Just(answered(400)),
        Just(LineEnd::Lost { reason: String::new() }),
        Just(LineEnd::Canceled),
        Just(LineEnd::Expired)
    ];
    prop_oneof![
        3 => Just(Try::Claim),
        2 => fence().prop_map(Try::Begin),
        4 => (fence(), end).prop_map(|(fence, end)| Try::Line(fence, end)),
        1 => fence().prop_map(|fence| Try::Step(Step::Renew { fence, until: at(50) })),
        1 => fence().prop_map(|fence| Try::Step(Step::Release { fence, again_at: at(3) })),
        1 => fence().prop_map(|fence| Try::Step(Step::Finalize { fence })),
        1 => fence().prop_map(|fence| Try::Step(Step::Fail { fence, faults: Vec::new() })),
        1 => fence().prop_map(|fence| {
            Try::Step(Step::End { fence, output: None, errors: None, usage: None })
        }),
        2 => (fence(), next()).prop_map(|(fence, next)| {
            let attempted = Attempted { status: None, reason: None, next };
            Try::Step(Step::Told { fence, attempted })
        }),
        1 => Just(Try::Step(Step::Cancel)),
    ]
}

fn next() -> impl Strategy<Value = Next> {
    prop_oneof![Just(Next::Delivered), Just(Next::GivenUp), Just(Next::Again(at(9)))]
}

/// Which stages may follow a stage at once.
fn follows(was: Stage, is: Stage) -> bool {
    use Stage::{Cancelled, Cancelling, Completed, Expired, Failed, Finalizing, Running, Validating};
    was == is
        || match was {
            Validating => !matches!(is, Finalizing),
            Running => is != Validating,
            Cancelling => matches!(is, Cancelled | Expired),
            Finalizing => matches!(is, Completed | Expired | Failed),
            Completed | Failed | Cancelled | Expired => false,
        }
}

proptest! {
    /// Whatever is tried in whatever order, a batch goes forward, ends once, and what a former holder says of it
    /// changes nothing.
    #[test]
    fn a_batch_never_goes_back(
        is_told: bool,
        tries in proptest::collection::vec((tries(), 0i64..20), 1..60),
    ) {
        let mut row = row();
        row.webhook = is_told.then(|| Webhook::new("http://a".to_owned()));
        let mut now = 0;
        for (what, passed) in tries {
            now += passed;
            let before = row.clone();
            let (taken, fence) = match what {
                Try::Claim => (row.claim("o", at(now), Duration::from_secs(15)).is_some(), None),
                Try::Begin(fence) => {
                    let ends = [None, Some(&answered(400))];
                    (row.begin(&fence, ends.into_iter(), None, at(now)), Some(fence))
                }
                Try::Line(fence, end) => (row.line_ended(&fence, &end), Some(fence)),
                Try::Step(step) => {
                    let fence = match &step {
                        Step::Cancel => None,
                        Step::Renew { fence, .. } | Step::Fail { fence, .. } | Step::Finalize { fence }
                        | Step::End { fence, .. } | Step::Release { fence, .. } | Step::Told { fence, .. } => {
                            Some(fence.clone())
                        }
                    };
                    (row.take(step, at(now)), fence)
                }
            };
            if !taken {
                prop_assert_eq!(&row, &before);
            }
            if let Some(fence) = fence.filter(|_| taken) {
                prop_assert!(before.is_held_by(&fence));
            }
            prop_assert!(follows(before.batch.stage, row.batch.stage), "{before:?} {row:?}");
            if is_told {
                prop_assert!(row.run != Run::Over || row.batch.stage.is_over());
                prop_assert!(row.batch.stage.is_over() || row.webhook == before.webhook);
            } else {
                prop_assert_eq!(row.batch.stage.is_over(), row.run == Run::Over);
            }
            prop_assert_eq!(row.batch.stage.is_over(), row.batch.times.ended.is_some());
            prop_assert!(row.executions >= before.executions);
            if before.batch.stage.is_over() {
                prop_assert_eq!(&row.batch, &before.batch);
            }
            if before.run == Run::Over {
                prop_assert_eq!(&row, &before);
            }
        }
    }
}

#[test]
fn how_a_batch_ends_follows_from_its_lines_and_from_who_wanted_it() {
    for (cancelled, end, stage) in [
        (false, answered(500), Stage::Completed),
        (true, answered(200), Stage::Cancelled),
        (true, LineEnd::Canceled, Stage::Cancelled),
        (false, LineEnd::Expired, Stage::Expired),
    ] {
        let mut row = row();
        let fence = row.claim("o", at(0), Duration::from_secs(9)).unwrap();
        assert!(row.begin(&fence, [None].into_iter(), Some("m".to_owned()), at(1)));
        assert_eq!((row.batch.stage, row.batch.tally.left()), (Stage::Running, 1));
        assert!(!cancelled || row.take(Step::Cancel, at(2)));
        assert!(row.line_ended(&fence, &end));
        assert_eq!(row.batch.tally.left(), 0);
        assert!(row.take(Step::Finalize { fence: fence.clone() }, at(3)));
        assert!(row.take(Step::End { fence, output: None, errors: None, usage: None }, at(4)));
        assert_eq!((row.batch.stage, row.batch.times.ended), (stage, Some(at(4))));
        assert!(!row.take(Step::Cancel, at(5)));
    }
}

#[test]
fn an_end_is_told_until_that_is_taken() {
    let mut row = row();
    row.webhook = Some(Webhook::new("http://a".to_owned()));
    let told = |fence: &Fence, status, next| Step::Told {
        fence: fence.clone(),
        attempted: Attempted { status: Some(status), reason: None, next },
    };
    let runner = row.claim("o", at(0), Duration::from_secs(9)).unwrap();
    assert_eq!(row.task(), Task::Run);
    assert!(!row.take(told(&runner, 200, Next::Delivered), at(1)), "it has not ended");
    assert!(row.take(Step::Fail { fence: runner.clone(), faults: Vec::new() }, at(2)));
    assert_eq!((row.task(), row.ready()), (Task::Tell, Some(at(2))));
    let first = row.claim("o", at(2), Duration::from_secs(9)).unwrap();
    for step in
        [Step::Finalize { fence: first.clone() }, Step::Fail { fence: first.clone(), faults: Vec::new() }]
    {
        assert!(!row.take(step, at(3)), "it has ended");
    }
    assert!(row.take(told(&first, 500, Next::Again(at(9))), at(3)));
    assert_eq!(row.ready(), Some(at(9)));
    assert!(!row.take(told(&first, 200, Next::Delivered), at(4)), "the first has had its turn");
    let second = row.claim("o", at(9), Duration::from_secs(9)).unwrap();
    assert!(row.take(told(&second, 204, Next::Delivered), at(10)));
    let webhook = row.webhook.clone().unwrap();
    assert_eq!((row.run.clone(), webhook.attempts, webhook.status), (Run::Over, 2, Some(204)));
    assert_eq!((row.ready(), row.batch.times.ended), (None, Some(at(2))));
}

#[test]
fn a_row_from_before_webhooks_is_read() {
    let value = serde_json::to_value(row()).unwrap();
    assert_eq!(value.get("webhook"), None, "it is written where there is one");
    assert_eq!(serde_json::from_value::<Row>(value).unwrap(), row());
}

#[test]
fn who_was_thought_dead_changes_nothing() {
    let mut row = row();
    let first = row.claim("o", at(0), Duration::from_secs(9)).unwrap();
    assert!(row.claim("o", at(8), Duration::from_secs(9)).is_none());
    let second = row.claim("o", at(9), Duration::from_secs(9)).unwrap();
    assert!(row.begin(&second, [None].into_iter(), None, at(9)));
    assert!(!row.line_ended(&first, &answered(200)));
    assert!(row.line_ended(&second, &answered(200)));
    assert_eq!(row.batch.tally.succeeded, 1);
}

#[test]
fn who_is_known_to_be_dead_is_not_waited_for() {
    let mut row = row();
    assert!(!row.lapse(at(0)), "it is nobody's");
    let first = row.claim("o", at(0), Duration::from_secs(9)).unwrap();
    assert!(row.lapse(at(3)));
    assert!(!row.lapse(at(3)), "it has passed");
    let second = row.claim("p", at(3), Duration::from_secs(9)).unwrap();
    assert!(!row.take(Step::Finalize { fence: first }, at(4)));
    assert!(row.take(Step::Fail { fence: second, faults: Vec::new() }, at(4)));
    assert!(!row.lapse(at(5)), "it is over");
}

#[test]
fn a_row_is_read_as_it_was_written() {
    let mut row = row();
    row.claim("o", at(0), Duration::from_secs(9)).unwrap();
    let text = serde_json::to_string(&row).unwrap();
    assert_eq!(serde_json::from_str::<Row>(&text).unwrap(), row);
}
