use super::super::rule;
use super::{AWS, MS, reply, score, silent};
use crate::dice::Dice;
use crate::reply::{Beat, Ending, Flush, Reply, ReplyBody, Timeline};
use proptest::prelude::*;

fn any_reply() -> impl Strategy<Value = Reply> {
    let bytes = proptest::collection::vec(
        prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'{'), Just(b'}'), Just(b'a'), Just(0u8), any::<u8>()],
        0..60,
    );
    let beats = proptest::collection::vec((0..5000u64, bytes.clone()), 0..8).prop_map(|mut beats| {
        beats.sort_by_key(|(at, _)| *at);
        let beats = beats.into_iter().map(|(at, send)| Beat { at: MS(at), send: send.into() });
        ReplyBody::Stream(Timeline { beats: beats.collect(), flush: Flush::Together, ending: Ending::Whole })
    });
    let body = prop_oneof![
        (0..5000u64, bytes).prop_map(|(at, bytes)| ReplyBody::Whole { at: MS(at), bytes: bytes.into() }),
        beats,
        Just(ReplyBody::Nothing { at: MS(0), ending: Ending::Reset }),
    ];
    let kinds = ["text/event-stream", "application/x-ndjson", AWS, "application/json", "audio/mpeg"];
    (proptest::sample::select(kinds.to_vec()), body).prop_map(|(kind, body)| reply(kind, body))
}

fn any_fault() -> impl Strategy<Value = String> {
    let kinds = vec![
        "reset",
        "close",
        "half-open",
        "truncate",
        "cut",
        "stall=5s",
        "malformed",
        "duplicate",
        "reorder",
        "error",
        "failed",
        "incomplete",
        "crc",
    ];
    let place = prop_oneof![
        Just("after=middle".to_owned()),
        (0..10usize).prop_map(|after| format!("after={after}")),
        prop_oneof![0..100usize, Just(usize::MAX)].prop_map(|bytes| format!("bytes={bytes}")),
        (0..6000u64).prop_map(|time| format!("time={time}ms")),
    ];
    prop_oneof![
        (proptest::sample::select(kinds), place).prop_map(|(kind, place)| format!("{kind},{place}")),
        (1..80usize).prop_map(|bytes| format!("split={bytes}")),
        (1..80usize, 0..90u64).prop_map(|(bytes, every)| format!("drip={bytes}/{every}ms")),
        Just("crlf".to_owned()),
    ]
}

proptest! {
    #[test]
    fn any_reply_takes_any_fault(text in any_fault(), reply in any_reply(), seed in any::<u64>()) {
        let dice = || Dice::of(&seed.to_le_bytes());
        let fault = rule(&text).fault;
        let struck = fault.distort(reply.clone(), &silent, &mut dice());
        prop_assert_eq!(score(&struck), score(&fault.distort(reply.clone(), &silent, &mut dice())));
        if let ReplyBody::Stream(timeline) = &struck.body {
            prop_assert!(timeline.beats.is_sorted_by_key(|beat| beat.at), "{:?}", timeline);
        }
        let keeps = ["split", "drip", "stall"].iter().any(|kind| text.starts_with(kind));
        let breaks = ["reset", "close", "half-open", "truncate"].iter().any(|kind| text.starts_with(kind));
        if keeps {
            prop_assert_eq!(struck.body.bytes(), reply.body.bytes());
        }
        if breaks {
            prop_assert!(reply.body.bytes().starts_with(&struck.body.bytes()));
        }
    }
}
