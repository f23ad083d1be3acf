//! Scrubbing twice is scrubbing once, and a known secret is gone.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use standin_core::Headers;
use standin_core::cassette::{
    Chunk, Chunks, Interaction, RecordedRequest, RecordedResponse, RequestBody, Unknown,
};
use standin_core::scrub::{Scrubber, Vault};
use std::time::Duration;

const SECRET: &str = "k9+/\"\\q7Xz&w";
const KINDS: [&str; 7] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "text/event-stream",
    "application/x-ndjson",
    "application/vnd.amazon.eventstream",
    "",
];

fuzz_target!(|input: (u8, &str, &str, usize, &[u8])| {
    let (kind, query, value, cut, body) = input;
    let content_type = KINDS[usize::from(kind) % KINDS.len()];
    let headers: Headers = [("content-type", content_type), ("x-note", value)].into_iter().collect();
    let cut = cut % (body.len() + 1);
    let chunk = |len| Chunk { at: Duration::ZERO, len };
    let mut one = Interaction {
        request: RecordedRequest {
            method: "POST".to_owned(),
            url: format!("https://h/p?{query}"),
            headers: headers.clone(),
            body: RequestBody::Bytes(Bytes::copy_from_slice(body)),
            go: None,
            unknown: Unknown::default(),
        },
        response: RecordedResponse {
            status: 200,
            reason: value.to_owned(),
            headers,
            body: Bytes::copy_from_slice(body),
            go: None,
            unknown: Unknown::default(),
        },
        recorded: None,
        layout: standin_core::cassette::Layout::AsSent,
        chunks: Chunks::new(vec![chunk(cut), chunk(body.len() - cut)], body.len()).ok(),
        unknown: Unknown::default(),
        line: 0,
    };
    let scrubber = Scrubber::default();
    let mut vault = Vault::default();
    vault.learn(SECRET);
    scrubber.interaction(&mut one, &mut vault);
    for (name, header) in one.request.headers.iter() {
        assert!(!header.contains(SECRET), "{name}: {header}");
    }
    let len = one.response.body.len();
    let chunks = one.chunks.as_ref().map(|chunks| chunks.as_slice().to_vec()).unwrap_or_default();
    assert!(Chunks::new(chunks, len).is_ok());
    let once = one.clone();
    let again = scrubber.interaction(&mut one, &mut Vault::default());
    assert!(again.is_empty() && one == once, "{again:?}\n{once:?}\n{one:?}");
    // What is compared is the same however often it is made comparable.
    let text = RequestBody::bytes(&one.request.body).into_owned();
    if let Some(first) = scrubber.comparable("/p", &one.request.headers, &text) {
        assert_eq!(scrubber.comparable("/p", &one.request.headers, &first.body), None);
    }
});
