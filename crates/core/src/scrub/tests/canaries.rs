//! Canaries: a secret, planted somewhere in a generated interaction, is nowhere in what is stored.

use super::{base64, cassette, headers, interaction};
use crate::cassette::{Chunk, Chunks, Format, Interaction, RequestBody};
use crate::scrub::{Scrubber, Vault, base64_text};
use crate::stream::Framing;
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::Duration;

/// A secret and the text around it.
#[derive(Debug, Clone)]
struct Canary {
    secret: String,
    text: String,
    /// Whether standin knows the secret beforehand.
    known: bool,
}

/// What is planted, and how its frames are read.
#[derive(Debug)]
struct Planted {
    interaction: Interaction,
    framing: Option<Framing>,
    /// Where the text's pieces stand in each frame's JSON.
    pointer: &'static str,
}

fn canary() -> impl Strategy<Value = Canary> {
    let noise = "[a-zA-Z ,.:é\\n]{0,40}";
    (0..3u8, "[A-Za-z0-9]{16}", noise, noise).prop_map(|(kind, tail, before, after)| match kind {
        0 => {
            let secret = format!("sk-proj-x7{tail}");
            Canary { text: format!("{before} {secret} {after}"), secret, known: false }
        }
        1 => {
            let secret = format!("k9{tail}+/=\"\\é&{}", &tail[..3]);
            Canary { text: format!("{before}{secret}{after}"), secret, known: true }
        }
        _ => {
            let secret = format!("n0{tail}");
            let text = json!({"note": before, "in": [{"apiKey": secret}], "more": after}).to_string();
            Canary { text, secret, known: false }
        }
    })
}

/// The text in pieces, cut where the numbers say.
fn pieces(text: &str, cuts: &[usize]) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (chars.len() + 1)).collect();
    at.push(0);
    at.push(chars.len());
    at.sort_unstable();
    at.windows(2).map(|pair| chars[pair[0]..pair[1]].iter().collect()).collect()
}

/// Every character as `\u....`.
fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect()
}

fn aws_message(payload: &str) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum().to_be_bytes()
    };
    let headers = b"\x0b:event-type\x07\x00\x05chunk";
    let mut message = u32::try_from(16 + headers.len() + payload.len()).unwrap().to_be_bytes().to_vec();
    message.extend(u32::try_from(headers.len()).unwrap().to_be_bytes());
    message.extend(crc(&message));
    message.extend(headers);
    message.extend(payload.as_bytes());
    message.extend(crc(&message));
    message
}

fn plant(place: u8, text: &str, cuts: &[usize]) -> Planted {
    let mut one = interaction("", "");
    let (mut framing, mut pointer) = (None, "");
    let percent = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let body = |text: String| RequestBody::Bytes(text.into());
    let sse = |value: Value| format!("event: x\ndata: {value}\n\n").into_bytes();
    let mut stream = |kind: Framing, at: &'static str, frame: &dyn Fn(&str) -> Vec<u8>| {
        (framing, pointer) = (Some(kind), at);
        Bytes::from(pieces(text, cuts).iter().flat_map(|piece| frame(piece)).collect::<Vec<u8>>())
    };
    match place {
        0 => one.request.headers = headers(&[("x-NOTE", text), ("Accept", "*/*")]),
        1 => one.request.url = format!("https://h/v1/p?q={}&alt=sse", percent(text)),
        2 => {
            one.request.body = body(format!(
                "a=1&q={}&b=+c",
                form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
            ));
        }
        3 => one.request.body = body(json!({"a": [1, {"b": {"c": text}}], "z": null}).to_string()),
        4 => one.request.body = body(format!("{{\"a\":\"{}\"}}", escaped(text))),
        5 => {
            let inner = json!({"deep": text}).to_string();
            one.response.body = json!({"arguments": json!({"x": inner}).to_string()}).to_string().into();
        }
        6 => {
            one.request.headers = headers(&[("content-type", "multipart/form-data; boundary=bb")]);
            one.request.body = body(format!(
                "--bb\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n{text}\r\n--bb--\r\n"
            ));
        }
        7 => {
            one.response.body = stream(Framing::Sse, "/choices/0/delta/content", &|piece| {
                sse(json!({"id": "chatcmpl-1", "choices": [{"delta": {"content": piece}, "index": 0}]}))
            });
        }
        8 => {
            one.response.body = stream(Framing::Sse, "/delta/partial_json", &|piece| {
                sse(
                    json!({"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": piece}}),
                )
            });
        }
        9 => {
            one.response.body = stream(Framing::Sse, "/delta", &|piece| {
                sse(
                    json!({"type": "response.output_text.delta", "item_id": "msg_1", "content_index": 0, "delta": piece}),
                )
            });
        }
        10 => {
            one.response.body = stream(Framing::Lines, "/message/content", &|piece| {
                format!("{}\n", json!({"model": "m", "message": {"content": piece}, "done": false}))
                    .into_bytes()
            });
        }
        11 => {
            one.response.body = stream(Framing::Aws, "/delta/text", &|piece| {
                aws_message(
                    &json!({"contentBlockIndex": 0, "delta": {"text": piece}, "p": "abc"}).to_string(),
                )
            });
        }
        12 => {
            one.response.body = stream(Framing::Aws, "/delta/text", &|piece| {
                let inner = json!({"type": "content_block_delta", "index": 0, "delta": {"text": piece}});
                aws_message(&json!({"bytes": base64(&inner.to_string()), "p": "abc"}).to_string())
            });
        }
        13 => one.response.body = json!({"file": base64(text)}).to_string().into(),
        14 => {
            one.response.body =
                json!({"link": format!("https://h/p?q={}", percent(text))}).to_string().into();
        }
        15 => {
            let parts: Vec<Value> = pieces(text, cuts)
                .iter()
                .map(|piece| json!({"candidates": [{"content": {"parts": [{"text": piece}]}}]}))
                .collect();
            one.response.body = Value::from(parts).to_string().into();
        }
        _ => one.response.body = Bytes::copy_from_slice(text.as_bytes()),
    }
    let kind = match framing {
        Some(Framing::Sse) => "text/event-stream",
        Some(Framing::Lines) => "application/x-ndjson",
        Some(Framing::Aws) => "application/vnd.amazon.eventstream",
        None => "application/json",
    };
    one.response.headers = headers(&[("Content-Type", kind)]);
    Planted { interaction: one, framing, pointer }
}

/// A frame's JSON.
fn frame_json(framing: Framing, frame: &[u8]) -> Value {
    let payload = match framing {
        Framing::Sse => {
            frame.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"data: ")).unwrap()
        }
        Framing::Lines => frame,
        Framing::Aws => &frame[crate::scrub::aws::payload(frame).unwrap()],
    };
    let value: Value = serde_json::from_slice(payload).unwrap();
    match value.get("bytes") {
        Some(inner) => {
            serde_json::from_slice(&base64_text::decode(inner.as_str().unwrap()).unwrap()).unwrap()
        }
        None => value,
    }
}

/// All the ways to read a text that could show a secret.
fn views(text: &[u8], depth: usize, out: &mut Vec<Vec<u8>>) {
    out.push(text.to_vec());
    out.push(percent_decode(text).collect());
    let plus: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    out.push(percent_decode(&plus).collect());
    if depth == 0 {
        return;
    }
    for token in text
        .split(|byte| !(byte.is_ascii_alphanumeric() || b"+/=".contains(byte)))
        .filter(|token| token.len() > 15)
    {
        if let Some(decoded) = base64_text::decode_candidate(token) {
            views(&decoded, depth - 1, out);
        }
    }
    if let Ok(value) = serde_json::from_slice::<Value>(text) {
        strings(&value, depth - 1, out);
    }
}

fn strings(value: &Value, depth: usize, out: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) => views(text.as_bytes(), depth, out),
        Value::Array(items) => items.iter().for_each(|item| strings(item, depth, out)),
        Value::Object(members) => members.values().for_each(|member| strings(member, depth, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_clean(planted: &Planted, secret: &str) -> Result<(), TestCaseError> {
    let one = &planted.interaction;
    let mut seen = Vec::new();
    for format in [Format::GoVcr, Format::Vcrpy] {
        seen.push(cassette(vec![one.clone()]).render(format).into_bytes());
    }
    views(one.request.url.as_bytes(), 2, &mut seen);
    views(&one.request.body.bytes(), 4, &mut seen);
    views(&one.response.body, 4, &mut seen);
    one.request.headers.iter().for_each(|(_, value)| views(value.as_bytes(), 3, &mut seen));
    if let Some(framing) = planted.framing {
        let frames = framing.split(&one.response.body);
        let text: String = frames
            .iter()
            .map(|frame| {
                frame_json(framing, frame).pointer(planted.pointer).unwrap().as_str().unwrap().to_owned()
            })
            .collect();
        views(text.as_bytes(), 3, &mut seen);
    } else if let Ok(Value::Array(parts)) = serde_json::from_slice(&one.response.body) {
        let text: String = parts
            .iter()
            .filter_map(|part| part.pointer("/candidates/0/content/parts/0/text")?.as_str())
            .collect();
        views(text.as_bytes(), 3, &mut seen);
    }
    for view in seen {
        let found = view.windows(secret.len()).any(|window| window == secret.as_bytes());
        prop_assert!(!found, "{}", String::from_utf8_lossy(&view));
    }
    Ok(())
}

fn chunks(len: usize, cuts: &[usize]) -> Chunks {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut % (len + 1)).collect();
    at.extend([0, len]);
    at.sort_unstable();
    let chunks = at.windows(2).map(|pair| Chunk { at: Duration::ZERO, len: pair[1] - pair[0] }).collect();
    Chunks::new(chunks, len).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_canary_survives(place in 0..17u8, canary in canary(), cuts in proptest::collection::vec(any::<usize>(), 0..6)) {
        let mut planted = plant(place, &canary.text, &cuts);
        let before = planted.interaction.clone();
        planted.interaction.chunks = Some(chunks(before.response.body.len(), &cuts));
        let mut vault = Vault::default();
        if canary.known {
            vault.learn(&canary.secret);
        }
        let scrubber = Scrubber::default();
        let found = scrubber.interaction(&mut planted.interaction, &mut vault);
        prop_assert!(!found.is_empty());
        is_clean(&planted, &canary.secret)?;

        let after = &planted.interaction;
        let lengths = after.chunks.clone().unwrap().as_slice().to_vec();
        prop_assert!(Chunks::new(lengths, after.response.body.len()).is_ok());
        if let Some(framing) = planted.framing {
            let count = |body: &Bytes| framing.split(body).len();
            prop_assert_eq!(count(&before.response.body), count(&after.response.body));
            if framing == Framing::Aws {
                for frame in framing.split(&after.response.body) {
                    let payload = String::from_utf8(frame[crate::scrub::aws::payload(&frame).unwrap()].to_vec()).unwrap();
                    prop_assert_eq!(&frame[..], &aws_message(&payload)[..]);
                }
            }
        } else if serde_json::from_slice::<Value>(&before.response.body).is_ok() {
            prop_assert!(serde_json::from_slice::<Value>(&after.response.body).is_ok());
        }
        if serde_json::from_slice::<Value>(&before.request.body.bytes()).is_ok() {
            prop_assert!(serde_json::from_slice::<Value>(&after.request.body.bytes()).is_ok());
        }

        let mut again = after.clone();
        let found = scrubber.interaction(&mut again, &mut Vault::default());
        prop_assert_eq!(found, vec![]);
        prop_assert_eq!(&again, after);
    }

    #[test]
    fn what_holds_no_secret_stays(place in 0..17u8, text in "[ -~é\\n\\t]{0,80}", cuts in proptest::collection::vec(any::<usize>(), 0..6)) {
        let planted = plant(place, &text, &cuts);
        let mut scrubbed = planted.interaction.clone();
        let mut vault = Vault::default();
        vault.learn("Bearer k9-a-key-that-is-not-there");
        prop_assert_eq!(Scrubber::default().interaction(&mut scrubbed, &mut vault), vec![]);
        prop_assert_eq!(scrubbed, planted.interaction);
    }

    #[test]
    fn scrubbing_twice_changes_nothing(
        body in "([ -~]|sk-|SCRUBBED-1|://|Bearer |eyJ|\\.|\"|\\\\|[{}\\[\\]:,]|data: |\\n|abcdefghij0123456789|api_key|password=|-----BEGIN PRIVATE KEY-----){0,30}",
        name in "(x-api-key|accept|cookie|X-Token|b3)", kind in 0..4usize,
    ) {
        let kinds = ["application/json", "text/event-stream", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"];
        let mut one = interaction(&body, &body);
        one.request.url = format!("https://h/p?{body}");
        one.request.headers = headers(&[(name.as_str(), body.as_str()), ("content-type", kinds[kind])]);
        one.response.headers = headers(&[("content-type", kinds[kind])]);
        let scrubber = Scrubber::default();
        scrubber.interaction(&mut one, &mut Vault::default());
        let once = one.clone();
        prop_assert_eq!(scrubber.interaction(&mut one, &mut Vault::default()), vec![]);
        prop_assert_eq!(one, once);
    }
}
