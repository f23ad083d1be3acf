//! Faults that end a connection otherwise than HTTP says, as the client's system tells it.

use crate::mocks::{KEY, PATH, says};
use crate::raw::{Chunked, End, ask, fault, until, until_end, until_noted};
use crate::support::{connect, interaction, post, read_answer, request, start, write};
use standin::{Builder, Pace, Standin};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const SSE: (&str, &str) = ("content-type", "text/event-stream");
const FRAMES: [&str; 4] = ["data: one\n\n", "data: two\n\n", "data: three\n\n", "data: four\n\n"];
const WHOLE: &str = "0123456789";
const HOUR: Duration = Duration::from_secs(3600);

/// A stream under `/stream`, and a body of ten bytes under `/whole`.
fn taped(shaped: impl FnOnce(Builder) -> Builder) -> (tempfile::TempDir, Standin) {
    let dir = tempfile::tempdir().unwrap();
    let stream = interaction(&post("http://h/stream", ""), 200, &[SSE], FRAMES.concat().as_bytes());
    let whole = interaction(&post("http://h/whole", ""), 200, &[], WHOLE.as_bytes());
    write(dir.path(), "tape", &[stream, whole]);
    let server = start(shaped(Standin::builder().cassettes(dir.path())));
    (dir, server)
}

fn struck(fault: &str) -> [(&str, &str); 1] {
    [("X-Standin-Fault", fault)]
}

#[test]
fn without_a_place_no_byte_comes() {
    let (_dir, server) = taped(|builder| builder);
    let mocked = start(Standin::builder().mock("mocks: [{answer: Hello!}]"));
    for (kind, end) in [("reset", End::Reset), ("close", End::Closed)] {
        for written in [kind.to_owned(), format!("{kind},wait=20ms")] {
            for path in ["/stream", "/whole"] {
                let raw = until_end(ask(&server, path, &struck(&written), ""));
                assert_eq!((raw.bytes.as_slice(), raw.end), (&b""[..], end), "{written} {path}");
            }
            let headers = [KEY, struck(&written)[0]];
            let raw = until_end(ask(&mocked, PATH, &headers, &says("hi")));
            assert_eq!((raw.bytes.as_slice(), raw.end), (&b""[..], end), "{written} of a mock");
        }
    }
}

#[test]
fn half_open_is_silent_as_long_as_there_is_a_server() {
    for (written, path, told) in [
        ("half-open", "/stream", None),
        ("half-open", "/whole", None),
        ("half-open,after=2", "/stream", Some(&FRAMES[..2])),
    ] {
        let (_dir, server) = taped(|builder| builder.fault(fault(written)));
        let mut stream = ask(&server, path, &[], "");
        until_noted(&server, 1);
        if told.is_some() {
            until(&mut stream, b"data: two\n\n\r\n");
        }
        stream.set_nonblocking(true).unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock, "{written} {path}");
        stream.set_nonblocking(false).unwrap();
        // All that it would ever have sent has come when the server is gone.
        drop(server);
        assert_eq!(until_end(stream).bytes, b"", "{written} {path}");
    }
}

#[test]
fn a_stream_ends_at_its_place() {
    let (_dir, server) = taped(|builder| builder);
    for (kind, end) in [("reset", End::Reset), ("close", End::Closed)] {
        for (place, frames) in [
            ("after=0", &FRAMES[..0]),
            ("after=1", &FRAMES[..1]),
            ("after=3", &FRAMES[..3]),
            ("after=9", &FRAMES[..]),
            ("bytes=25", &["data: one\n\n", "data: two\n\n", "dat"]),
        ] {
            let written = format!("{kind},{place}");
            let raw = until_end(ask(&server, "/stream", &struck(&written), ""));
            assert_eq!((raw.status(), raw.end), (200, end), "{written}");
            assert_eq!(raw.header("x-standin-fault"), Some(written));
            assert_eq!(raw.chunked(), Chunked::broken(frames));
        }
        let middle = format!("{kind},after=middle");
        let lengths = (0..16).map(|seed| {
            let headers = [struck(&middle)[0], ("X-Standin-Seed", &seed.to_string())];
            let chunked = until_end(ask(&server, "/stream", &headers, "")).chunked();
            assert_eq!(chunked, Chunked::broken(&FRAMES[..chunked.chunks.len()]));
            chunked.chunks.len()
        });
        let lengths: std::collections::BTreeSet<_> = lengths.collect();
        assert_eq!(lengths, [1, 2].into(), "neither none nor all but the last, and not always the same");
    }
}

#[test]
fn a_time_is_a_place() {
    // The second frame would be due in an hour.
    let (_dir, server) = taped(|builder| builder.pace(Pace::Fixed { ttft: Duration::ZERO, itl: HOUR }));
    for (kind, end) in [("reset", End::Reset), ("close", End::Closed)] {
        let raw = until_end(ask(&server, "/stream", &struck(&format!("{kind},time=20ms")), ""));
        assert_eq!((raw.chunked(), raw.end), (Chunked::broken(&FRAMES[..1]), end));
    }
}

#[test]
fn a_whole_body_promises_its_length_and_breaks_off() {
    let (_dir, server) = taped(|builder| builder);
    for (written, sent, end) in [
        ("reset,after=0", "", End::Reset),
        ("reset,after=middle", "01234", End::Reset),
        ("reset,after=7", "01234", End::Reset),
        ("reset,bytes=3", "012", End::Reset),
        ("close,after=0", "", End::Closed),
        ("close,after=middle", "01234", End::Closed),
        ("close,bytes=9", "012345678", End::Closed),
        ("cut", "01234", End::Closed),
        ("cut,bytes=1", "0", End::Closed),
    ] {
        let raw = until_end(ask(&server, "/whole", &struck(written), ""));
        assert_eq!((raw.status(), raw.header("content-length").as_deref()), (200, Some("10")), "{written}");
        assert_eq!((raw.body(), raw.end), (sent.as_bytes(), end), "{written}");
    }
}

#[test]
fn a_cut_is_in_the_middle_of_a_frame() {
    let (_dir, server) = taped(|builder| builder);
    for (written, frames) in [
        ("cut,after=0", &["data:"][..]),
        ("cut,after=1", &["data: one\n\n", "data:"]),
        ("cut,bytes=23", &["data: one\n\n", "data: two\n\n", "data: "]),
        ("cut,after=9", &["data: one\n\n", "data: two\n\n", "data: three\n\n", "data: "]),
    ] {
        let raw = until_end(ask(&server, "/stream", &struck(written), ""));
        assert_eq!((raw.chunked(), raw.end), (Chunked::broken(frames), End::Closed), "{written}");
    }
}

#[test]
fn what_is_truncated_ends_in_order_and_its_connection_goes_on() {
    let (_dir, server) = taped(|builder| builder);
    let mut stream = connect(&server);
    let mut call = |path: &str, headers: &[(&str, &str)]| {
        stream.write_all(&request("POST", path, headers, b"")).unwrap();
        read_answer(&mut stream)
    };
    for (written, frames) in [
        ("truncate,after=0", &FRAMES[..0]),
        ("truncate,after=2", &FRAMES[..2]),
        ("truncate,bytes=25", &["data: one\n\n", "data: two\n\n", "dat"]),
    ] {
        let answer = call("/stream", &struck(written));
        let frames: Vec<_> = frames.iter().map(|frame| frame.as_bytes().to_vec()).collect();
        assert_eq!(answer.chunks, frames, "{written}");
    }
    for (written, left) in [("truncate", "01234"), ("truncate,bytes=7", "0123456"), ("truncate,after=0", "")]
    {
        let answer = call("/whole", &struck(written));
        let length = left.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()), "{written}");
        assert_eq!(answer.body, left.as_bytes(), "{written}");
    }
    assert_eq!(call("/whole", &[]).body, WHOLE.as_bytes());
}

/// Connects until the port answers as asked. The bound only ends a test that has failed.
fn until_connecting(server: &Standin, refused: bool) -> Option<TcpStream> {
    let give_up = Instant::now() + Duration::from_secs(20);
    loop {
        assert!(Instant::now() < give_up, "refused: {refused}");
        match TcpStream::connect(server.address()) {
            Ok(stream) if !refused => return Some(stream),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused && refused => return None,
            // A connection that was made before the port was shut, or the shut port: it is asked again.
            Ok(_) | Err(_) => std::thread::yield_now(),
        }
    }
}

#[test]
fn a_port_that_refuses_takes_nobody_new_and_keeps_those_it_has() {
    let (_dir, server) = taped(|builder| builder.workers(3));
    let answered = |stream: &mut TcpStream| {
        stream.write_all(&request("POST", "/whole", &[], b"")).unwrap();
        read_answer(stream).body
    };
    let (mut kept, mut opening) = (connect(&server), connect(&server));
    assert_eq!([answered(&mut kept), answered(&mut opening)], [WHOLE.as_bytes(); 2]);
    let raw = until_end(ask(&server, "/whole", &struck("refused=1h"), ""));
    assert_eq!((raw.bytes.as_slice(), raw.end), (&b""[..], End::Reset));
    until_connecting(&server, true);
    assert_eq!(answered(&mut kept), WHOLE.as_bytes());
    // Another time takes the place of the first, and it passes.
    opening.write_all(&request("POST", "/whole", &struck("refused=1ms"), b"")).unwrap();
    let raw = until_end(opening);
    assert_eq!((raw.bytes.as_slice(), raw.end), (&b""[..], End::Reset));
    let mut after = until_connecting(&server, false).unwrap();
    assert_eq!(answered(&mut after), WHOLE.as_bytes());
    assert_eq!(answered(&mut kept), WHOLE.as_bytes());
}

#[test]
fn a_stall_keeps_back_what_follows_and_then_lets_it_go() {
    let (_dir, server) = taped(|builder| builder);
    for (path, written) in
        [("/stream", "stall=20ms,after=2"), ("/stream", "stall=20ms"), ("/whole", "stall=20ms")]
    {
        let raw = until_end(ask(&server, path, &struck(written), ""));
        match path {
            "/stream" => assert_eq!(raw.chunked(), Chunked::whole(&FRAMES), "{written}"),
            _ => assert_eq!(raw.body(), WHOLE.as_bytes(), "{written}"),
        }
    }
    let (_dir, server) = taped(|builder| builder.fault(fault("stall=1h,after=2")));
    let mut stream = ask(&server, "/stream", &[], "");
    until(&mut stream, b"data: two\n\n\r\n");
    let mut whole = ask(&server, "/whole", &[], "");
    until(&mut whole, b"\r\n\r\n01234");
    for stream in [&stream, &whole] {
        stream.set_nonblocking(true).unwrap();
        let mut reader: &TcpStream = stream;
        assert_eq!(reader.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
        stream.set_nonblocking(false).unwrap();
    }
    drop(server);
    assert_eq!([until_end(stream).bytes, until_end(whole).bytes], [b"", b""]);
}
