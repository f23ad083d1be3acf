use super::{MS, beats, distorted, length, reply, score, whole};
use crate::reply::{Ending, ReplyBody};
use bytes::Bytes;
use serde_json::Value;

#[test]
fn a_whole_body_promises_its_length_and_breaks() {
    let half = r#"{"text":"0"#;
    for (text, sent, ending) in [
        ("reset,after=middle", vec![(10, half), (10, "")], Ending::Reset),
        ("close,bytes=3", vec![(10, "{\"t"), (10, "")], Ending::Closed),
        ("half-open,after=0", vec![(10, ""), (10, "")], Ending::Silence),
        ("cut", vec![(10, half), (10, "")], Ending::Closed),
        ("reset,time=30ms", vec![(10, half), (30, "")], Ending::Reset),
        ("reset,time=5ms", vec![(5, "")], Ending::Reset),
        ("stall=5s", vec![(10, half), (5010, "123456789\"}")], Ending::Whole),
        ("stall=5s,time=30ms", vec![(10, half), (5030, "123456789\"}")], Ending::Whole),
        ("drip=10/50ms", vec![(10, half), (60, "123456789\""), (110, "}")], Ending::Whole),
        ("split=20", vec![(10, "{\"text\":\"0123456789\""), (10, "}")], Ending::Whole),
    ] {
        let reply = distorted(text, whole());
        assert_eq!(score(&reply), (beats(&sent), ending), "{text}");
        assert_eq!(length(&reply), Some("21"), "{text}");
    }
}

#[test]
fn a_whole_body_is_shortened_broken_or_left() {
    let short = distorted("truncate", whole());
    assert!(
        matches!(&short.body, ReplyBody::Whole { at, bytes } if *at == MS(10) && bytes == r#"{"text":"0"#)
    );
    assert_eq!(length(&short), None);
    let broken = distorted("malformed", whole()).body.bytes();
    assert!(serde_json::from_slice::<Value>(&broken).is_err(), "{broken:?}");
    let text = reply("text/plain", ReplyBody::Whole { at: MS(0), bytes: Bytes::from_static(b"words") });
    assert!(std::str::from_utf8(&distorted("malformed", text).body.bytes()).is_err());
    for left in ["duplicate", "reorder", "crc", "crlf", "error", "failed", "incomplete"] {
        assert_eq!(score(&distorted(left, whole())), score(&whole()), "{left}");
    }
}
