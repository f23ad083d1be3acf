//! Faults in answers that come from a provider: they strike what the client gets, and never what is recorded.

use crate::raw::{Chunked, End, Raw, ask, fault, until_end};
use crate::support::start;
use crate::upstream::{Upstream, whole};
use standin::{Builder, RecordMode, Recording, Standin};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

const PATH: &str = "/v1/chat/completions";
const FRAMES: [&str; 4] =
    ["data: {\"a\":1}\n\n", "data: {\"b\":2}\n\n", "data: {\"c\":3}\n\n", "data: [DONE]\n\n"];
const WHOLE: &str = "{\"whole\":[1,2,3]}";

/// Streams in pieces that are no frames where that is asked for, and breaks off where the body says so.
fn provider() -> Upstream {
    Upstream::start(|_, heard, stream| {
        if heard.body.contains("whole") {
            return whole(stream, 200, WHOLE);
        }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
        let all = FRAMES.concat();
        let mut sent = head.to_owned();
        for piece in [&all[..20], &all[20..40]] {
            sent.push_str(&format!("{:x}\r\n{piece}\r\n", piece.len()));
        }
        if heard.body.contains("broken") {
            stream.write_all(sent.as_bytes()).unwrap();
            let _ = stream.shutdown(std::net::Shutdown::Both);
            return;
        }
        sent.push_str(&format!("{:x}\r\n{}\r\n0\r\n\r\n", all.len() - 40, &all[40..]));
        let _ = stream.write_all(sent.as_bytes());
    })
}

fn recording(dir: &Path, upstream: &Upstream, shaped: impl FnOnce(Builder) -> Builder) -> Standin {
    let builder = Standin::builder()
        .cassettes(dir)
        .record(RecordMode::Once)
        .variable("OPENAI_API_KEY", "sk-proj-0123456789abcdefghij")
        .variable("OPENAI_BASE_URL", format!("{}/v1", upstream.url));
    start(shaped(builder))
}

fn asked(server: &Standin, body: &str, headers: &[(&str, &str)]) -> Raw {
    let headers = [headers, &[("Content-Type", "application/json"), ("X-Cassette-Name", "tape")]].concat();
    until_end(ask(server, PATH, &headers, body))
}

#[test]
fn a_fault_strikes_an_answer_that_is_recorded_as_it_strikes_its_replay() {
    let [a, b, c, done] = FRAMES;
    for (written, expected, end) in [
        ("duplicate,after=1", Chunked::whole(&[a, b, b, c, done]), End::Closed),
        ("malformed,after=2", Chunked::whole(&[a, b, "data: {\"c\":3\n\n", done]), End::Closed),
        ("truncate,after=1", Chunked::whole(&[a]), End::Closed),
        ("close,after=3", Chunked::broken(&[a, b, c]), End::Closed),
        ("reset,after=2", Chunked::broken(&[a, b]), End::Reset),
        (
            "error=429,message=slow,after=1",
            Chunked::whole(&[
                a,
                "data: {\"error\":{\"message\":\"slow\",\"type\":\"requests\",\"param\":null,\"code\":\"rate_limit_exceeded\"}}\n\n",
            ]),
            End::Closed,
        ),
    ] {
        let (dir, upstream) = (tempfile::tempdir().unwrap(), provider());
        let server = recording(dir.path(), &upstream, |builder| builder.fault(fault(written)));
        for source in ["upstream", "tape"] {
            let raw = asked(&server, "{}", &[]);
            assert_eq!(raw.header("x-standin-source").as_deref(), Some(source), "{written}");
            assert_eq!(raw.header("x-standin-fault").as_deref(), Some(written));
            assert_eq!((&raw.chunked(), raw.end), (&expected, end), "{written} {source}");
        }
        let spared = asked(&server, "{}", &[("X-Standin-Fault", "none")]);
        assert_eq!(spared.chunked(), Chunked::whole(&FRAMES), "{written}: it is recorded as it came");
        assert_eq!(upstream.calls(), 1);
    }
}

#[test]
fn a_whole_answer_that_is_recorded_is_struck_too() {
    for (written, left, length) in [
        ("truncate", &WHOLE[..WHOLE.len() / 2], WHOLE.len() / 2),
        ("malformed", &WHOLE[..WHOLE.len() - 1], WHOLE.len() - 1),
        ("close,bytes=3", &WHOLE[..3], WHOLE.len()),
        ("duplicate", WHOLE, WHOLE.len()),
    ] {
        let (dir, upstream) = (tempfile::tempdir().unwrap(), provider());
        let server = recording(dir.path(), &upstream, |builder| builder.fault(fault(written)));
        for source in ["upstream", "tape"] {
            let raw = asked(&server, "{\"whole\":1}", &[]);
            assert_eq!(raw.header("x-standin-source").as_deref(), Some(source), "{written}");
            assert_eq!(raw.header("content-length"), Some(length.to_string()), "{written} {source}");
            assert_eq!(raw.body(), left.as_bytes(), "{written} {source}");
        }
    }
}

#[test]
fn what_replaces_an_answer_asks_no_provider() {
    let (dir, upstream) = (tempfile::tempdir().unwrap(), provider());
    let server = recording(dir.path(), &upstream, |builder| builder.fault(fault("status=503,first=1")));
    assert_eq!((asked(&server, "{}", &[]).status(), upstream.calls()), (503, 0));
    let second = asked(&server, "{}", &[]).chunked();
    assert_eq!((second.bytes(), upstream.calls()), (FRAMES.concat().into_bytes(), 1));
}

#[test]
fn an_answer_that_breaks_off_by_itself_does_so_with_a_fault_in_it() {
    let (dir, upstream) = (tempfile::tempdir().unwrap(), provider());
    let server = recording(dir.path(), &upstream, |builder| builder.fault(fault("duplicate,after=0")));
    let raw = asked(&server, "{\"broken\":1}", &[]);
    let all = FRAMES.concat();
    let rest = &all[2 * FRAMES[0].len()..40];
    assert_eq!(
        (raw.chunked(), raw.end),
        (Chunked::broken(&[FRAMES[0], FRAMES[0], FRAMES[1], rest]), End::Closed)
    );
    let give_up = Instant::now() + Duration::from_secs(20);
    while server.journal().iter().all(|entry| entry.outcome.recording != Some(Recording::NotStored)) {
        assert!(Instant::now() < give_up, "{:?}", server.journal());
        std::thread::yield_now();
    }
}
