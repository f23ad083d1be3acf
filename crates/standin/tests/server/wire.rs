//! What is on the wire, read from raw sockets.

use crate::support::{call, connect, interaction, post, read_answer, request, start, write};
use standin::{Pace, Standin};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

const SSE: (&str, &str) = ("content-type", "text/event-stream");

/// A server with one streamed answer under `/p`.
fn streaming(kind: (&str, &str), body: &[u8], pace: Pace) -> (tempfile::TempDir, Standin) {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "tape", &[interaction(&post("http://h/p", "ask"), 200, &[kind], body)]);
    let server = start(Standin::builder().cassettes(dir.path()).pace(pace));
    (dir, server)
}

#[test]
fn every_event_is_a_write_of_its_own_and_no_byte_changes() {
    for (events, kind) in [
        (vec!["data: a\n\n", "data: b\n\n", "data: [DONE]\n\n"], SSE),
        (vec!["data: a\r\n\r\n", "data: b\r\n\r\n"], SSE),
        (vec!["data: a\r\r", "data: b\r\r"], SSE),
        (vec!["data: a\n\n", "data: no terminator"], SSE),
        (vec!["data: a\n\n\n\n\n", "data: b\n\n\n"], SSE),
        (vec!["event: x\r\ndata: ä😀\r\n\r\n", ": note\n\n", "data: b\r\r"], SSE),
        (
            vec!["{\"a\": 1}\n", "{\"b\": 2}\r\n", "{\"c\""],
            ("Content-Type", "application/x-ndjson; charset=utf-8"),
        ),
    ] {
        for pace in [Pace::Fast, Pace::Flush, Pace::None] {
            let (_dir, server) = streaming(kind, events.concat().as_bytes(), pace.clone());
            let answer = call(&server, "POST", "/p", &[], "ask");
            let frames: Vec<&str> =
                answer.chunks.iter().map(|chunk| std::str::from_utf8(chunk).unwrap()).collect();
            assert_eq!(frames, events, "{pace}");
            assert_eq!(answer.header("content-length"), None);
        }
    }
}

#[test]
fn aws_messages_and_events_split_inside_a_character_keep_their_bytes() {
    let mut message = vec![0, 0, 0, 18, 0xff, 0xc3];
    message.resize(18, 0x28);
    let kind = ("content-type", "application/vnd.amazon.eventstream");
    let (_dir, server) = streaming(kind, &message.repeat(3), Pace::Fast);
    assert_eq!(call(&server, "POST", "/p", &[], "ask").chunks, vec![message; 3]);

    // The recorder cut a two-byte character in half: the event ends with one half, the next begins with
    // the other.
    let halves = [&b"data: \xc3\n\n"[..], b"data: \xa4\n\n"];
    let (_dir, server) = streaming(SSE, &halves.concat(), Pace::Fast);
    let chunks = call(&server, "POST", "/p", &[], "ask").chunks;
    assert_eq!(chunks, halves.map(<[u8]>::to_vec));
}

#[test]
fn a_frame_arrives_before_the_next_one_is_due() {
    let hour = Duration::from_secs(3600);
    let pace = Pace::Fixed { ttft: Duration::ZERO, itl: hour };
    let (_dir, server) = streaming(SSE, b"data: first\n\ndata: second\n\n", pace);
    let mut stream = connect(&server);
    stream.write_all(&request("POST", "/p", &[], b"ask")).unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"data: first\n\n\r\n") {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0);
        seen.extend_from_slice(&buffer[..read]);
    }
    stream.set_nonblocking(true).unwrap();
    let error = stream.read(&mut [0; 1]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn frames_keep_their_distance() {
    let itl = Duration::from_millis(40);
    let pace = Pace::Fixed { ttft: Duration::from_millis(60), itl };
    let (_dir, server) = streaming(SSE, "data: x\n\n".repeat(4).as_bytes(), pace);
    let mut stream = connect(&server);
    let started = Instant::now();
    stream.write_all(&request("POST", "/p", &[], b"ask")).unwrap();
    let mut seen = Vec::new();
    let mut frames = 0;
    while frames < 4 {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).unwrap();
        seen.extend_from_slice(&buffer[..read]);
        let complete = seen.windows(9).filter(|window| window == b"data: x\n\n").count();
        for frame in frames..complete {
            // A wait never ends early, so this holds on any machine, however slow.
            let due = Duration::from_millis(60) + itl * u32::try_from(frame).unwrap();
            assert!(started.elapsed() >= due, "frame {frame} came before {due:?}");
        }
        frames = complete;
    }
}

#[test]
fn connections_are_kept_and_pipelined_calls_are_answered_in_order() {
    let dir = tempfile::tempdir().unwrap();
    write(
        dir.path(),
        "tape",
        &[
            interaction(&post("http://h/a", ""), 200, &[SSE], b"data: a\n\n"),
            interaction(&post("http://h/b", ""), 201, &[], b"b"),
        ],
    );
    let server = start(Standin::builder().cassettes(dir.path()));
    let mut stream = connect(&server);
    for _ in 0..3 {
        for (path, body) in [("/a", "data: a\n\n"), ("/b", "b")] {
            stream.write_all(&request("POST", path, &[], b"")).unwrap();
            assert_eq!(read_answer(&mut stream).body, body.as_bytes());
        }
    }
    let both = [request("POST", "/b", &[], b""), request("POST", "/b", &[], b"")].concat();
    stream.write_all(&both).unwrap();
    let mut seen = Vec::new();
    while seen.windows(8).filter(|window| window == b"HTTP/1.1").count() < 2 || !seen.ends_with(b"\r\n\r\nb")
    {
        let mut buffer = [0; 4096];
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0);
        seen.extend_from_slice(&buffer[..read]);
    }
}

#[test]
fn the_recorded_head_is_sent_but_for_the_connections_own() {
    let dir = tempfile::tempdir().unwrap();
    let headers = [
        ("Date", "Thu, 09 Oct 2025 08:53:20 GMT"),
        ("Connection", "keep-alive, X-Hop"),
        ("X-Hop", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "9999"),
        ("Content-Encoding", "gzip"),
        ("X-Kept", "ä; q=\"1\""),
    ];
    let body = b"{\"plain\": \"though the header says gzip\"}";
    write(dir.path(), "tape", &[interaction(&post("http://h/p", ""), 429, &headers, body)]);
    let server = start(Standin::builder().cassettes(dir.path()));
    let answer = call(&server, "POST", "/p", &[], "");
    assert_eq!(answer.status, 429);
    assert_eq!(answer.body, body);
    assert_eq!(answer.header("content-length"), Some("40"));
    assert_eq!(answer.header("date"), Some("Thu, 09 Oct 2025 08:53:20 GMT"));
    assert_eq!(answer.header("x-kept"), Some("ä; q=\"1\""));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    for gone in ["connection", "x-hop", "keep-alive", "transfer-encoding", "content-encoding"] {
        assert_eq!(answer.header(gone), None, "{gone}");
    }
}

#[test]
fn bodies_are_bounded_and_bad_requests_refused() {
    let server = start(Standin::builder().max_body(1000));
    let answer = call(&server, "POST", "/v1/chat/completions", &[], &"x".repeat(1001));
    assert_eq!((answer.status, answer.header("x-standin-error")), (413, Some("body_too_large")));
    let chunked = b"POST /v1/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n800\r\n";
    let mut stream = connect(&server);
    stream.write_all(chunked).unwrap();
    stream.write_all(&[b'x'; 0x800]).unwrap();
    assert_eq!(read_answer(&mut stream).status, 413);
    let mut stream = connect(&server);
    stream.write_all(b"not http\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut stream).status, 400);
    assert_eq!(call(&server, "POST", "/to/", &[], "").header("x-standin-error"), Some("request_malformed"));
}

#[test]
fn a_client_that_leaves_is_no_trouble() {
    let (_dir, server) = streaming(SSE, "data: x\n\n".repeat(50).as_bytes(), Pace::Fast);
    for _ in 0..20 {
        let mut stream = connect(&server);
        stream.write_all(&request("POST", "/p", &[], b"ask")).unwrap();
        let mut one = [0; 1];
        stream.read_exact(&mut one).unwrap();
    }
    assert_eq!(call(&server, "POST", "/p", &[], "ask").chunks.len(), 50);
}
