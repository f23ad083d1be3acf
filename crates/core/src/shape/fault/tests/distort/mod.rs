mod any;
mod aws_messages;
mod whole;

use super::rule;
use crate::dialect::Failure;
use crate::dice::Dice;
use crate::reply::{Beat, Ending, Flush, Reply, ReplyBody, Timeline};
use crate::shape::Interruption;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

const AWS: &str = "application/vnd.amazon.eventstream";
const MS: fn(u64) -> Duration = Duration::from_millis;

fn reply(content_type: &str, body: ReplyBody) -> Reply {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).unwrap());
    Reply { status: StatusCode::OK, reason: None, headers: Arc::new(headers), body }
}

/// A stream of these texts, 10 ms apart, the first due after 10 ms.
fn stream(content_type: &str, frames: &[&[u8]]) -> Reply {
    let beats =
        (1..).zip(frames).map(|(at, frame)| Beat { at: MS(10 * at), send: Bytes::copy_from_slice(frame) });
    let timeline = Timeline { beats: beats.collect(), flush: Flush::Together, ending: Ending::Whole };
    reply(content_type, ReplyBody::Stream(timeline))
}

const FRAMES: [&str; 5] = [
    "data: {\"a\":1}\n\n",
    "data: {\"b\":2}\n\n",
    "data: {\"c\":3}\n\n",
    "data: {\"d\":4}\n\n",
    "data: [DONE]\n\n",
];

fn sse() -> Reply {
    stream("text/event-stream", &FRAMES.map(str::as_bytes))
}

/// `{"text":"0123456789"}`, due after 10 ms.
fn whole() -> Reply {
    let bytes = Bytes::from_static(br#"{"text":"0123456789"}"#);
    reply("application/json", ReplyBody::Whole { at: MS(10), bytes })
}

fn silent(_: Interruption, _: &Failure, _: &[Bytes]) -> Option<Bytes> {
    None
}

fn distorted(text: &str, reply: Reply) -> Reply {
    rule(text).fault.distort(reply, &silent, &mut Dice::of(b"seed"))
}

/// What is sent when, and how it ends.
fn score(reply: &Reply) -> (Vec<(u128, String)>, Ending) {
    let told = |at: Duration, send: &[u8]| (at.as_millis(), String::from_utf8_lossy(send).into_owned());
    match &reply.body {
        ReplyBody::Whole { at, bytes } => (vec![told(*at, bytes)], Ending::Whole),
        ReplyBody::Stream(timeline) => {
            (timeline.beats.iter().map(|beat| told(beat.at, &beat.send)).collect(), timeline.ending)
        }
        ReplyBody::Nothing { at, ending } => (vec![told(*at, b"nothing")], *ending),
    }
}

fn played(text: &str, reply: Reply) -> (Vec<(u128, String)>, Ending) {
    score(&distorted(text, reply))
}

fn beats(beats: &[(u128, &str)]) -> Vec<(u128, String)> {
    beats.iter().map(|(at, send)| (*at, (*send).to_owned())).collect()
}

fn length(reply: &Reply) -> Option<&str> {
    reply.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok())
}

// === Instead of an answer ===

#[test]
fn an_error_is_dressed() {
    let error = || Reply { status: StatusCode::TOO_MANY_REQUESTS, ..whole() };
    let fields = |reply: &Reply| {
        ["retry-after", "retry-after-ms"]
            .map(|name| reply.headers.get(name).map(|value| value.to_str().unwrap().to_owned()))
    };
    let plain = distorted("status=429,retry-after=1500ms,wait=1s", error());
    assert_eq!(fields(&plain), [Some("2".to_owned()), Some("1500".to_owned())]);
    assert_eq!(score(&plain), (beats(&[(1010, r#"{"text":"0123456789"}"#)]), Ending::Whole));
    assert_eq!(fields(&distorted("status=429,retry-after=2s", error())), [Some("2".to_owned()), None]);
    let mut told = error();
    Arc::make_mut(&mut told.headers).insert("retry-after", HeaderValue::from_static("9"));
    assert_eq!(fields(&distorted("status=429", told.clone())), [Some("9".to_owned()), None]);
    assert_eq!(fields(&distorted("status=429,retry-after=none", told)), [None, None]);

    let page = distorted("status=503,body=html", error());
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.headers[CONTENT_TYPE], "text/html; charset=utf-8");
    assert!(page.body.bytes().starts_with(b"<!DOCTYPE html>"));
    let text = distorted("status=502,body=\"bad, gateway\",content-type=text/x-own", error());
    assert_eq!(text.headers[CONTENT_TYPE], "text/x-own");
    assert_eq!(text.body.bytes(), "bad, gateway");
}

#[test]
fn nothing_comes_before_a_break() {
    for (text, at, ending) in [
        ("refused=2s", 0, Ending::Refused(MS(2000))),
        ("refused=2s,wait=50ms", 50, Ending::Refused(MS(2000))),
        ("reset", 0, Ending::Reset),
        ("close,wait=1s", 1000, Ending::Closed),
        ("half-open", 0, Ending::Silence),
    ] {
        assert!(rule(text).fault.replaces(), "{text}");
        for reply in [sse(), whole()] {
            assert_eq!(played(text, reply), (beats(&[(at, "nothing")]), ending), "{text}");
        }
    }
    for text in ["reset,after=0", "truncate", "stall=1s", "error", "content-type=text/html"] {
        assert!(!rule(text).fault.replaces(), "{text}");
    }
    assert_eq!(rule("status=418,type=tea").fault.failure(), Some(&Failure::of(418).kind("tea")));
    assert_eq!(rule("reset").fault.failure(), None);
}

// === Where a stream breaks ===

#[test]
fn a_stream_breaks_at_its_place() {
    let [a, b, c, ..] = FRAMES;
    for (text, sent, ending) in [
        ("reset,after=2", vec![(10, a), (20, b)], Ending::Reset),
        ("close,after=0", vec![(0, "")], Ending::Closed),
        ("half-open,after=1", vec![(10, a)], Ending::Silence),
        ("reset,bytes=20", vec![(10, a), (20, "data:")], Ending::Reset),
        ("reset,bytes=15", vec![(10, a)], Ending::Reset),
        ("close,time=25ms", vec![(10, a), (20, b), (25, "")], Ending::Closed),
        ("truncate,after=1", vec![(10, a)], Ending::Whole),
        ("truncate,bytes=18", vec![(10, a), (20, "dat")], Ending::Whole),
        ("cut,after=2", vec![(10, a), (20, b), (30, &c[..7])], Ending::Closed),
        ("cut,bytes=16", vec![(10, a), (20, &b[..7])], Ending::Closed),
    ] {
        assert_eq!(played(text, sse()), (beats(&sent), ending), "{text}");
    }
    // Beyond its end, all of it is sent.
    assert_eq!(played("reset,after=99", sse()), (score(&sse()).0, Ending::Reset));
    assert_eq!(played("reset,bytes=9999", sse()), (score(&sse()).0, Ending::Reset));
}

#[test]
fn the_middle_is_the_dices() {
    let mut counts = Vec::new();
    for seed in 0..50u8 {
        let cut = rule("truncate").fault.distort(sse(), &silent, &mut Dice::of(&[seed]));
        let again = rule("truncate").fault.distort(sse(), &silent, &mut Dice::of(&[seed]));
        assert_eq!(score(&cut), score(&again));
        counts.push(score(&cut).0.len());
    }
    counts.sort_unstable();
    counts.dedup();
    assert_eq!(counts, [1, 2, 3]);
}

#[test]
fn a_stall_delays_what_comes_after_it() {
    let times = |text: &str| score(&distorted(text, sse())).0.iter().map(|(at, _)| *at).collect::<Vec<_>>();
    assert_eq!(times("stall=5s,after=3"), [10, 20, 30, 5040, 5050]);
    assert_eq!(times("stall=5s,after=0"), [5010, 5020, 5030, 5040, 5050]);
    assert_eq!(times("stall=5s,time=20ms"), [10, 5020, 5030, 5040, 5050]);
    assert_eq!(times("stall=5s,bytes=18"), [10, 20, 5020, 5030, 5040, 5050]);
}

#[test]
fn pieces_are_sent_by_themselves() {
    let text = "data: é\n\n";
    let split = distorted("split", stream("text/event-stream", &[text.as_bytes()]));
    let ReplyBody::Stream(timeline) = &split.body else { panic!("it is a stream") };
    assert_eq!(timeline.flush, Flush::Each);
    assert_eq!(timeline.beats.len(), text.len());
    assert!(timeline.beats.iter().all(|beat| beat.send.len() == 1 && beat.at == MS(10)));
    let drip = played("drip=6/50ms", stream("text/event-stream", &[b"data: abc\n\n", b"data: d\n\n"]));
    let sent = [(10, "data: "), (60, "abc\n\n"), (110, "data: "), (160, "d\n\n")];
    assert_eq!(drip, (beats(&sent), Ending::Whole));
    // A drip that is faster than the stream waits for it.
    let drip = played("drip=9/1ms", stream("text/event-stream", &[b"data: a\n\n", b"data: d\n\n"]));
    assert_eq!(drip.0, beats(&[(10, "data: a\n\n"), (20, "data: d\n\n")]));
}

// === What becomes of frames ===

#[test]
fn frames_are_changed() {
    let [a, b, c, d, done] = FRAMES;
    for (text, sent) in [
        ("malformed,after=1", [a, "data: {\"b\":2\n\n", c, d, done]),
        ("reorder,after=1", [a, c, b, d, done]),
        ("reorder,after=4", [a, b, c, done, d]),
        ("crc", FRAMES),
    ] {
        let times: Vec<(u128, &str)> = (1..).map(|at| at * 10).zip(sent).collect();
        assert_eq!(played(text, sse()), (beats(&times), Ending::Whole), "{text}");
    }
    let twice = [(10, a), (20, b), (30, c), (30, c), (40, d), (50, done)];
    assert_eq!(played("duplicate,after=2", sse()).0, beats(&twice));
    let lines =
        distorted("crlf", stream("text/event-stream", &[b"event: a\ndata: b\r\n\r\n", b"data: c\r\r"]));
    assert_eq!(lines.body.bytes(), "event: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n");
    // The last event of OpenAI's streams is no JSON to be broken.
    for seed in 0..50u8 {
        let broken = rule("malformed").fault.distort(sse(), &silent, &mut Dice::of(&[seed]));
        assert!(broken.body.bytes().ends_with(done.as_bytes()), "{seed}");
        assert_ne!(broken.body.bytes(), sse().body.bytes(), "{seed}");
    }
}

#[test]
fn recorded_chunks_are_taken_for_frames() {
    let chunks: [&[u8]; 3] = [b"data: 1\n\ndata: 2", b"\n\nda", b"ta: 3\n\n"];
    let (sent, _) = played("duplicate,after=1", stream("text/event-stream", &chunks));
    let expected = [(10, "data: 1\n\n"), (20, "data: 2\n\n"), (20, "data: 2\n\n"), (30, "data: 3\n\n")];
    assert_eq!(sent, beats(&expected));
}

#[test]
fn content_type_is_another() {
    let html = distorted("content-type=text/html", sse());
    assert_eq!(html.headers[CONTENT_TYPE], "text/html");
    assert_eq!(score(&html), score(&sse()));
}

// === The vendor's own words ===

#[test]
fn a_dialect_breaks_off_a_stream() {
    let [a, b, ..] = FRAMES;
    let said = |how: Interruption, failure: &Failure, before: &[Bytes]| {
        Some(Bytes::from(format!("{how:?} {} after {}", failure.status, before.len())))
    };
    for (text, event, at) in [
        ("error=529,after=2", "Error 529 after 2", 30),
        ("failed,after=2", "Failed 500 after 2", 30),
        ("incomplete,bytes=40", "Incomplete 500 after 2", 30),
        ("error,time=25ms", "Error 500 after 2", 25),
    ] {
        let reply = rule(text).fault.distort(sse(), &said, &mut Dice::of(b"seed"));
        assert_eq!(score(&reply), (beats(&[(10, a), (20, b), (at, event)]), Ending::Whole), "{text}");
    }
    // A body that is no stream has no place for it.
    assert_eq!(score(&rule("error").fault.distort(whole(), &said, &mut Dice::of(b""))), score(&whole()));
    let audio = stream("audio/mpeg", &[b"abc", b"def"]);
    assert_eq!(score(&rule("error").fault.distort(audio.clone(), &said, &mut Dice::of(b""))), score(&audio));
}

#[test]
fn streams_of_no_dialect_break_off_plainly() {
    let (sent, _) = played(r#"error,after=1,message="too, much",code=busy"#, sse());
    let expected = "event: error\ndata: {\"error\":{\"message\":\"too, much\",\"type\":\"server_error\",\
                    \"code\":\"busy\"}}\n\n";
    assert_eq!(sent[1].1, expected);
    let lines = stream("application/x-ndjson", &[b"{\"a\":1}\n", b"{\"b\":2}\n"]);
    let (sent, _) = played("error,after=1,type=busy", lines);
    let told: Value = serde_json::from_str(&sent[1].1).unwrap();
    assert_eq!(told["error"]["type"], "busy");
}
