use super::{AWS, distorted, stream};
use crate::reply::Reply;
use crate::stream::{Framing, aws};
use bytes::Bytes;
use serde_json::Value;

/// A message of the format, made without the code that it tests.
fn message(kind: &str, payload: &str) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in [(":event-type", kind), (":message-type", "event")] {
        headers.push(name.len() as u8);
        headers.extend(name.as_bytes());
        headers.push(7);
        headers.extend((value.len() as u16).to_be_bytes());
        headers.extend(value.as_bytes());
    }
    let mut message = ((16 + headers.len() + payload.len()) as u32).to_be_bytes().to_vec();
    message.extend((headers.len() as u32).to_be_bytes());
    message.extend(aws::checksum(&message).to_be_bytes());
    message.extend(headers);
    message.extend(payload.as_bytes());
    message.extend(aws::checksum(&message).to_be_bytes());
    message
}

fn messages() -> Reply {
    let all = ["{\"a\":1}", "{\"b\":2}", "{\"c\":3}"].map(|payload| message("chunk", payload));
    stream(AWS, &all.each_ref().map(Vec::as_slice))
}

fn cut_up(reply: &Reply) -> Vec<Bytes> {
    Framing::Aws.split(&reply.body.bytes())
}

#[test]
fn aws_messages_are_changed_with_their_checksums() {
    let crc = cut_up(&distorted("crc,after=1", messages()));
    let intact: Vec<bool> = crc.iter().map(|message| aws::is_intact(message)).collect();
    assert_eq!(intact, [true, false, true]);

    let malformed = cut_up(&distorted("malformed,after=1", messages()));
    assert!(malformed.iter().all(|message| aws::is_intact(message)));
    assert_eq!(aws::payload(&malformed[1]), Some(&b"{\"b\":2"[..]));
    assert_eq!(malformed[1].slice(12..30), cut_up(&messages())[1].slice(12..30));
}

#[test]
fn an_aws_stream_ends_with_an_exception() {
    for (text, kind) in [
        ("error,after=1", "internalServerException"),
        ("error,after=1,type=throttlingException,message=slow", "throttlingException"),
    ] {
        let frames = cut_up(&distorted(text, messages()));
        assert_eq!(frames.len(), 2, "{text}");
        let exception = &frames[1];
        assert!(aws::is_intact(exception), "{text}");
        let told = String::from_utf8_lossy(exception);
        assert!(
            told.contains(&format!(":exception-type\u{7}\0{}{kind}", char::from(kind.len() as u8))),
            "{told:?}"
        );
        assert!(told.contains(":message-type\u{7}\0\u{9}exception"), "{told:?}");
        let payload: Value = serde_json::from_slice(aws::payload(exception).unwrap()).unwrap();
        assert!(payload["message"].is_string());
    }
}

/// Written with another program, from the description of the format and zlib's CRC-32.
const EXCEPTION: &str = "000000610000004f2713dd950f3a657863657074696f6e2d74797065070001780d3a636f6e74656e742d747970650700\
    106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b7d59cff5\
    fc";

#[test]
fn an_exception_has_the_bytes_that_the_format_says() {
    let written = aws::exception("x", "{}");
    let hex = written.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex, EXCEPTION);
}
