use super::*;
use proptest::prelude::*;

fn split(framing: Framing, body: &[u8]) -> Vec<Vec<u8>> {
    framing.split(&Bytes::copy_from_slice(body)).iter().map(|frame| frame.to_vec()).collect()
}

#[test]
fn events_end_at_blank_lines_of_every_kind() {
    for (body, frames) in [
        ("data: a\n\ndata: b\n\n", vec!["data: a\n\n", "data: b\n\n"]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", vec!["data: a\r\n\r\n", "data: b\r\n\r\n"]),
        ("data: a\r\rdata: b\r\r", vec!["data: a\r\r", "data: b\r\r"]),
        ("event: x\ndata: a\n\n: note\n\ndata: b", vec!["event: x\ndata: a\n\n", ": note\n\n", "data: b"]),
        ("data: a\n\n\n\ndata: b\n", vec!["data: a\n\n\n\n", "data: b\n"]),
        ("\n\ndata: a\n\n", vec!["\n\ndata: a\n\n"]),
        ("data: a\r\n\ndata: b\n\r\n", vec!["data: a\r\n\n", "data: b\n\r\n"]),
    ] {
        let expected: Vec<Vec<u8>> = frames.iter().map(|frame| frame.as_bytes().to_vec()).collect();
        assert_eq!(split(Framing::Sse, body.as_bytes()), expected, "{body:?}");
    }
}

#[test]
fn aws_messages_are_cut_by_their_length() {
    let mut message = 20u32.to_be_bytes().to_vec();
    message.resize(20, 7);
    let mut body = message.clone();
    body.extend(&message);
    body.extend(b"\0\0\0\x09cut");
    assert_eq!(split(Framing::Aws, &body), vec![message.clone(), message, b"\0\0\0\x09cut".to_vec()]);
}

#[test]
fn framing_is_told_by_type_or_by_the_first_bytes() {
    let of = |name: &str, value: &str, body: &str| {
        let headers = [(name, value)].into_iter().collect();
        Framing::of(&headers, body.as_bytes())
    };
    assert_eq!(of("content-type", "text/event-stream; charset=utf-8", ""), Some(Framing::Sse));
    assert_eq!(of("Content-Type", "Application/X-NDJSON", ""), Some(Framing::Lines));
    assert_eq!(of("content-type", "application/vnd.amazon.eventstream", ""), Some(Framing::Aws));
    assert_eq!(of("content-type", "application/json", "data: a"), None);
    assert_eq!(of("x-other", "1", "data: a\n\n"), Some(Framing::Sse));
    assert_eq!(of("x-other", "1", "{}"), None);
    let gzip = [("content-type", "text/event-stream"), ("content-encoding", "gzip")].into_iter().collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, b"data: a\n\n").unwrap();
    assert_eq!(Framing::of(&gzip, &encoder.finish().unwrap()), None);
    // The recorder decoded the body and left the header.
    assert_eq!(Framing::of(&gzip, b"data: a\n\n"), Some(Framing::Sse));
}

proptest! {
    #[test]
    fn frames_joined_are_the_body(body in proptest::collection::vec(
        prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'a'), Just(0u8), any::<u8>()], 0..200)) {
        for framing in [Framing::Sse, Framing::Lines, Framing::Aws] {
            let frames = split(framing, &body);
            prop_assert!(frames.iter().all(|frame| !frame.is_empty()));
            prop_assert_eq!(frames.concat(), body.clone());
        }
    }
}
