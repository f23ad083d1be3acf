//! Faults in the bytes of an answer, chunk by chunk as the socket gives them.

use crate::raw::{Chunked, End, Raw, ask, fault, until_end};
use crate::support::{interaction, post, start, write};
use standin::{Builder, Pace, Standin};

const SSE: (&str, &str) = ("content-type", "text/event-stream");
const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
const AWS: (&str, &str) = ("content-type", "application/vnd.amazon.eventstream");
const FRAMES: [&str; 4] = [
    "data: {\"a\":1}\n\n",
    "event: b\ndata: {\"b\":[2]}\n\n",
    "data: {\"ä\":\"😀\"}\n\n",
    "data: [DONE]\n\n",
];
const LINES: [&str; 3] = ["{\"a\":1}\n", "{\"b\":[2]}\n", "{\"c\":3}\n"];
const WHOLE: &str = "{\"whole\":[1,2,3]}";

/// A message of the published format: lengths, headers and payload, with CRC-32 over the first eight bytes and
/// over all of it. Made without standin's code.
fn message(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
    let mut fields = Vec::new();
    for (name, value) in headers {
        fields.push(u8::try_from(name.len()).unwrap());
        fields.extend(name.as_bytes());
        fields.push(7);
        fields.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        fields.extend(value.as_bytes());
    }
    let total = u32::try_from(16 + fields.len() + payload.len()).unwrap();
    let mut bytes = [total.to_be_bytes(), u32::try_from(fields.len()).unwrap().to_be_bytes()].concat();
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes.extend(fields);
    bytes.extend(payload.as_bytes());
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes
}

/// CRC-32 as ISO 3309 has it, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
            },
        )
    })
}

fn event(payload: &str) -> Vec<u8> {
    message(
        &[(":event-type", "chunk"), (":content-type", "application/json"), (":message-type", "event")],
        payload,
    )
}

fn events() -> Vec<Vec<u8>> {
    ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"].map(event).to_vec()
}

fn taped(shaped: impl FnOnce(Builder) -> Builder) -> (tempfile::TempDir, Standin) {
    let dir = tempfile::tempdir().unwrap();
    let one = |path: &str, kind: &[(&str, &str)], body: &[u8]| {
        interaction(&post(&format!("http://h{path}"), ""), 200, kind, body)
    };
    let interactions = [
        one("/sse", &[SSE], FRAMES.concat().as_bytes()),
        one("/lines", &[NDJSON], LINES.concat().as_bytes()),
        one("/aws", &[AWS], &events().concat()),
        one("/whole", &[], WHOLE.as_bytes()),
    ];
    write(dir.path(), "tape", &interactions);
    let server = start(shaped(Standin::builder().cassettes(dir.path())));
    (dir, server)
}

fn struck(server: &Standin, path: &str, written: &str) -> Raw {
    let raw = until_end(ask(server, path, &[("X-Standin-Fault", written)], ""));
    assert_eq!((raw.status(), raw.end), (200, End::Closed), "{written}");
    raw
}

fn chunks(server: &Standin, path: &str, written: &str) -> Chunked {
    struck(server, path, written).chunked()
}

#[test]
fn without_a_fault_the_bytes_are_those_of_the_tape() {
    let (_dir, server) = taped(|builder| builder);
    assert_eq!(chunks(&server, "/sse", "none"), Chunked::whole(&FRAMES));
    assert_eq!(chunks(&server, "/lines", "none"), Chunked::whole(&LINES));
    assert_eq!(chunks(&server, "/aws", "none"), Chunked::whole(&events()));
    assert_eq!(struck(&server, "/whole", "none").body(), WHOLE.as_bytes());
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926, "the check value that the algorithm is published with");
}

#[test]
fn json_loses_its_last_bracket_and_no_other_byte() {
    let (_dir, server) = taped(|builder| builder);
    let [a, b, c, done] = FRAMES;
    assert_eq!(
        chunks(&server, "/sse", "malformed,after=0"),
        Chunked::whole(&["data: {\"a\":1\n\n", b, c, done])
    );
    let broken = "event: b\ndata: {\"b\":[2]\n\n";
    assert_eq!(chunks(&server, "/sse", "malformed,after=1"), Chunked::whole(&[a, broken, c, done]));
    let [a, b, _] = LINES;
    assert_eq!(chunks(&server, "/lines", "malformed,after=2"), Chunked::whole(&[a, b, "{\"c\":3\n"]));
    let aws = chunks(&server, "/aws", "malformed,after=1").chunks;
    assert_eq!(
        aws,
        [event("{\"a\":1}"), event("{\"b\":2"), event("{\"c\":3}")],
        "with checksums that are right"
    );
    let whole = struck(&server, "/whole", "malformed");
    assert_eq!(whole.body(), &WHOLE.as_bytes()[..WHOLE.len() - 1]);
    assert_eq!(whole.header("content-length").unwrap(), (WHOLE.len() - 1).to_string());
}

#[test]
fn frames_come_twice_or_in_another_order() {
    let (_dir, server) = taped(|builder| builder);
    let [a, b, c, done] = FRAMES;
    assert_eq!(chunks(&server, "/sse", "duplicate,after=1"), Chunked::whole(&[a, b, b, c, done]));
    assert_eq!(chunks(&server, "/sse", "duplicate,bytes=0"), Chunked::whole(&[a, a, b, c, done]));
    assert_eq!(chunks(&server, "/sse", "reorder,after=0"), Chunked::whole(&[b, a, c, done]));
    assert_eq!(chunks(&server, "/sse", "reorder,after=9"), Chunked::whole(&[a, b, done, c]));
    let [a, b, c] = LINES;
    assert_eq!(chunks(&server, "/lines", "duplicate,after=2"), Chunked::whole(&[a, b, c, c]));
    let [a, b, c] = ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"].map(event);
    assert_eq!(chunks(&server, "/aws", "reorder,after=1"), Chunked::whole(&[a, c, b]));
    // A whole body has no frames.
    for written in ["duplicate", "reorder", "crlf", "crc", "error", "failed", "incomplete"] {
        assert_eq!(struck(&server, "/whole", written).body(), WHOLE.as_bytes(), "{written}");
    }
}

#[test]
fn bytes_come_in_pieces_that_cut_characters() {
    for pace in [Pace::None, Pace::Fast] {
        let (_dir, server) = taped(|builder| builder.pace(pace));
        for (path, frames) in [
            ("/sse", FRAMES.map(|frame| frame.as_bytes().to_vec()).to_vec()),
            ("/lines", LINES.map(|line| line.as_bytes().to_vec()).to_vec()),
            ("/aws", events()),
        ] {
            for (written, size) in [("split", 1), ("split=7", 7), ("drip=16/1ms", 16), ("drip=1/10us", 1)] {
                let pieces: Vec<_> = frames.iter().flat_map(|frame| frame.chunks(size)).collect();
                assert_eq!(chunks(&server, path, written), Chunked::whole(&pieces), "{path} {written}");
            }
        }
        let cut = chunks(&server, "/sse", "split").chunks;
        assert!(cut.iter().any(|piece| std::str::from_utf8(piece).is_err()), "a character is cut");
        for written in ["split", "drip=3/1ms"] {
            let whole = struck(&server, "/whole", written);
            assert_eq!(whole.header("content-length").unwrap(), WHOLE.len().to_string());
            assert_eq!(whole.body(), WHOLE.as_bytes(), "{written}");
        }
    }
}

#[test]
fn bytes_mean_something_else() {
    let (_dir, server) = taped(|builder| builder);
    for (path, body) in [("/sse", FRAMES.concat()), ("/lines", LINES.concat())] {
        let raw = struck(&server, path, "content-type=text/html");
        assert_eq!(raw.header("content-type").as_deref(), Some("text/html"));
        assert_eq!(raw.chunked().bytes(), body.as_bytes());
    }
    let whole = struck(&server, "/whole", "content-type=text/plain");
    assert_eq!(
        (whole.header("content-type").as_deref(), whole.body()),
        (Some("text/plain"), WHOLE.as_bytes())
    );
    let lines = FRAMES.map(|frame| frame.replace('\n', "\r\n"));
    assert_eq!(chunks(&server, "/sse", "crlf"), Chunked::whole(&lines));
    assert_eq!(chunks(&server, "/lines", "crlf"), Chunked::whole(&LINES));
}

#[test]
fn aws_messages_have_wrong_checksums_or_end_with_an_exception() {
    let (_dir, server) = taped(|builder| builder);
    let mut wrong = events();
    *wrong[1].last_mut().unwrap() ^= 1;
    assert_eq!(chunks(&server, "/aws", "crc,after=1"), Chunked::whole(&wrong));
    assert_eq!(chunks(&server, "/sse", "crc,after=1"), Chunked::whole(&FRAMES));
    for (written, kind) in [
        ("error,after=2,message=slow", "internalServerException"),
        ("error=429,after=2,type=throttlingException,message=slow", "throttlingException"),
        ("failed,after=2,type=modelStreamErrorException,message=slow", "modelStreamErrorException"),
    ] {
        let fields = [
            (":exception-type", kind),
            (":content-type", "application/json"),
            (":message-type", "exception"),
        ];
        let expected = [&events()[..2], &[message(&fields, "{\"message\":\"slow\"}")]].concat();
        assert_eq!(chunks(&server, "/aws", written), Chunked::whole(&expected), "{written}");
    }
}

#[test]
fn a_stream_of_nobody_breaks_off_plainly() {
    let (_dir, server) = taped(|builder| builder.fault(fault("error=503,after=1,message=down,code=x")));
    let told = until_end(ask(&server, "/sse", &[], "")).chunked();
    let error = "{\"error\":{\"message\":\"down\",\"type\":\"server_error\",\"code\":\"x\"}}";
    assert_eq!(told, Chunked::whole(&[FRAMES[0], &format!("event: error\ndata: {error}\n\n")]));
    let told = until_end(ask(&server, "/lines", &[], "")).chunked();
    assert_eq!(told, Chunked::whole(&[LINES[0], &format!("{error}\n")]));
}

#[test]
fn the_seed_says_which_frame_is_hit() {
    for written in ["malformed", "duplicate", "reorder"] {
        let told = |seed: u64| {
            let (_dir, server) = taped(|builder| builder.seed(seed).fault(fault(written)));
            until_end(ask(&server, "/sse", &[], "")).chunked()
        };
        let all: Vec<_> = (0..8).map(told).collect();
        assert!(all.iter().all(|told| *told != Chunked::whole(&FRAMES)), "{written}");
        // Of three frames with JSON in them one is in the middle, and of four two are.
        assert_eq!(all.iter().any(|told| *told != all[0]), written != "malformed", "{written}: {all:?}");
        let (_dir, server) = taped(|builder| builder.seed(1));
        let headers = [("X-Standin-Fault", written), ("X-Standin-Seed", "3")];
        assert_eq!(until_end(ask(&server, "/sse", &headers, "")).chunked(), all[3], "{written}");
    }
}
