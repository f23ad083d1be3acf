use super::*;
use crate::cassette::{Cassette, parse};
use crate::replay::replay;
use crate::shape::Pace;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

const DONE: Ending = Ending::Text("[DONE]");

fn exchange(headers: &[(&str, &str)], pieces: &[&[u8]]) -> Exchange {
    Exchange {
        method: "POST".to_owned(),
        url: "https://h/v1/chat/completions".to_owned(),
        request_headers: [("content-type", "application/json"), ("connection", "close")]
            .into_iter()
            .collect(),
        request_body: Bytes::from_static(b"{\"a\":1}"),
        status: 200,
        reason: "OK".to_owned(),
        headers: headers.iter().copied().collect(),
        pieces: (1u64..)
            .zip(pieces)
            .map(|(at, piece)| (Duration::from_micros(at * 1500), Bytes::copy_from_slice(piece)))
            .collect(),
        end: End::Proven,
        head: Duration::from_micros(1234),
        recorded: "2026-11-21T08:30:00Z".parse().unwrap(),
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Written and read again in a format.
fn again(interaction: Interaction, format: Format) -> Interaction {
    let cassette = Cassette { format, interactions: vec![interaction], unknown: Unknown::default() };
    parse(cassette.render(format).as_bytes()).unwrap().interactions.remove(0)
}

#[test]
fn json_is_stored_readable_and_replayed_as_sent() {
    let sent = b"{\"id\":\"x\",\"n\":1.0}";
    for format in [Format::GoVcr, Format::Vcrpy] {
        let headers = [("content-type", "application/json"), ("content-length", "18")];
        let stored =
            interaction(exchange(&headers, &[sent]), Ending::Frame, format, Bodies::Readable).unwrap();
        let stored = again(stored, format);
        assert_eq!(stored.response.body, "{\n  \"id\": \"x\",\n  \"n\": 1.0\n}");
        assert_eq!(stored.response.headers.get("content-length"), Some("27"));
        assert_eq!(stored.request.body.bytes().as_ref(), b"{\n  \"a\": 1\n}");
        assert_eq!(stored.request.headers.get("connection"), None, "of the connection only");
        assert_eq!(stored.recorded.unwrap().to_string(), "2026-11-21T08:30:00Z");
        assert_eq!(replay(&stored, &Pace::None).body.bytes(), sent.as_slice());
    }
}

#[test]
fn go_finds_headers_by_their_canonical_names() {
    let named = |format| {
        let stored =
            interaction(exchange(&[("x-request-id", "1")], &[b"a"]), Ending::Frame, format, Bodies::Readable)
                .unwrap();
        stored.response.headers.iter().map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(named(Format::GoVcr), ["X-Request-Id"]);
    assert_eq!(named(Format::Vcrpy), ["x-request-id"]);
}

#[test]
fn compressed_streams_are_stored_decoded_with_the_times_of_their_pieces() {
    let events = [&b"data: a\n\n"[..], b"data: bb\n\n", b"data: [DONE]\n\n"];
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let mut pieces = Vec::new();
    for event in events {
        encoder.write_all(event).unwrap();
        encoder.flush().unwrap();
        pieces.push(std::mem::take(encoder.get_mut()));
    }
    encoder.try_finish().unwrap();
    pieces.push(std::mem::take(encoder.get_mut()));
    let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
    let headers = [("content-type", "text/event-stream"), ("content-encoding", "gzip")];
    let stored = interaction(exchange(&headers, &pieces), DONE, Format::GoVcr, Bodies::Readable).unwrap();
    assert_eq!(stored.response.body, events.concat());
    assert_eq!(stored.response.headers.get("content-encoding"), None);
    let chunks: Vec<(u128, usize)> =
        stored.chunks.unwrap().as_slice().iter().map(|chunk| (chunk.at.as_micros(), chunk.len)).collect();
    assert_eq!(chunks, [(1500, 9), (3000, 10), (4500, 14)]);
}

#[test]
fn codings_are_taken_off_in_reverse_order() {
    let text = b"{\"a\": 1}";
    let headers = [("content-type", "application/json"), ("content-encoding", "gzip, gzip")];
    let twice = gzip(&gzip(text));
    let stored =
        interaction(exchange(&headers, &[&twice]), Ending::Frame, Format::GoVcr, Bodies::Readable).unwrap();
    assert_eq!(stored.response.body, "{\n  \"a\": 1\n}");
    // What cannot be looked into is not stored.
    for (coding, body) in [("gzip", &b"plain"[..]), ("gzip", &twice[..10]), ("snappy", b"x")] {
        let headers = [("content-encoding", coding)];
        let refused =
            interaction(exchange(&headers, &[body]), Ending::Frame, Format::GoVcr, Bodies::Readable)
                .unwrap_err();
        assert!(matches!(refused, NotKept::Encoded { .. }), "{refused}");
    }
}

#[test]
fn a_stream_has_to_prove_its_end() {
    let message = |kind: &str| format!("event: {kind}\ndata: {{\"type\":\"{kind}\"}}\n\n");
    let stop = Ending::Event(&["message_stop"]);
    let sse = "text/event-stream; charset=utf-8";
    let cases = [
        (sse, "data: {}\n\ndata: [DONE]\n\n".to_owned(), DONE, true),
        (sse, "data: {}\r\n\r\ndata:[DONE]\r\n\r\n".to_owned(), DONE, true),
        (sse, "data: {}\n\n".to_owned(), DONE, false),
        (sse, "data: {\"text\":\"[DONE]\"}\n\n".to_owned(), DONE, false),
        (sse, "data: {}\n\ndata: [DONE]".to_owned(), DONE, false),
        (sse, "data: {\"error\":{\"message\":\"overloaded\"}}\n\ndata: [DONE]\n\n".to_owned(), DONE, false),
        (sse, message("message_start") + &message("message_stop"), stop, true),
        (sse, message("message_start"), stop, false),
        (sse, message("message_start") + &message("error"), stop, false),
        (
            sse,
            "data: {\"type\":\"response.failed\",\"response\":{\"error\":{}}}\n\n".to_owned(),
            Ending::Event(&["response.failed"]),
            true,
        ),
        (sse, ": only a comment\n\n".to_owned(), Ending::Frame, true),
        (sse, String::new(), Ending::Frame, false),
        ("application/x-ndjson", "{\"done\":false}\n{\"done\":true}\n".to_owned(), Ending::Frame, true),
        ("application/x-ndjson", "{\"done\":false}\n".to_owned(), Ending::Frame, false),
        ("application/x-ndjson", "{\"a\":1}\n{\"a\"".to_owned(), Ending::Frame, false),
    ];
    for (media, body, ending, whole) in cases {
        let exchange = exchange(&[("content-type", media)], &[body.as_bytes()]);
        let kept = interaction(exchange, ending, Format::GoVcr, Bodies::Readable);
        assert_eq!(kept.is_ok(), whole, "{body}: {kept:?}");
    }
}

#[test]
fn the_transports_word_counts() {
    let with = |end: End, media: &str, body: &[u8]| {
        let exchange = Exchange { end, ..exchange(&[("content-type", media)], &[body]) };
        interaction(exchange, Ending::Frame, Format::GoVcr, Bodies::Readable)
    };
    assert!(with(End::Proven, "text/plain", b"half").is_ok());
    assert!(with(End::Closed, "text/plain", b"half").is_err(), "nothing tells that it is whole");
    assert!(with(End::Closed, "application/json", b"{\"a\":1}").is_ok());
    assert!(with(End::Closed, "application/json", b"{\"a\":1").is_err());
    let cut = with(End::Cut("reset".to_owned()), "application/json", b"{\"a\":1}").unwrap_err();
    assert_eq!(cut, NotKept::Cut { reason: "reset".to_owned() });
}

#[test]
fn what_others_compare_byte_by_byte_stays_as_it_came() {
    let sent = exchange(&[("content-type", "application/json")], &[b"{\"b\":1}"]);
    for (bodies, asked, answered) in [
        (Bodies::AsSent, "{\"a\":1}", "{\"b\":1}"),
        (Bodies::Readable, "{\n  \"a\": 1\n}", "{\n  \"b\": 1\n}"),
    ] {
        let stored = interaction(sent.clone(), Ending::Frame, Format::Vcrpy, bodies).unwrap();
        assert_eq!(stored.request.body.bytes().as_ref(), asked.as_bytes());
        assert_eq!(stored.response.body, answered);
    }
}
