//! Scrubbing as a whole: by example here, with canaries in generated interactions in `canaries`; what requests are
//! filtered for is in `filters`.

mod canaries;
mod filters;

use super::*;
use crate::cassette::{
    Cassette, Chunk, Chunks, Format, Interaction, RecordedRequest, RecordedResponse, RequestBody, Unknown,
    parse,
};
use crate::headers::Headers;
use bytes::Bytes;
use std::time::Duration;

const KEY: &str = "sk-proj-Ab3dEf6hIj9lMn2pQr5tUv8x";

fn headers(fields: &[(&str, &str)]) -> Headers {
    fields.iter().copied().collect()
}

fn interaction(request: &str, response: &str) -> Interaction {
    Interaction {
        request: RecordedRequest {
            method: "POST".to_owned(),
            url: "https://h/v1/p".to_owned(),
            headers: Headers::new(),
            body: RequestBody::Bytes(Bytes::copy_from_slice(request.as_bytes())),
            go: None,
            unknown: Unknown::default(),
        },
        response: RecordedResponse {
            status: 200,
            reason: "OK".to_owned(),
            headers: Headers::new(),
            body: Bytes::copy_from_slice(response.as_bytes()),
            go: None,
            unknown: Unknown::default(),
        },
        recorded: None,
        layout: crate::cassette::Layout::AsSent,
        chunks: None,
        unknown: Unknown::default(),
        line: 0,
    }
}

fn cassette(interactions: Vec<Interaction>) -> Cassette {
    Cassette { format: Format::Vcrpy, interactions, unknown: Unknown::default() }
}

fn request(body: &str) -> String {
    let mut one = interaction(body, "");
    Scrubber::default().interaction(&mut one, &mut Vault::default());
    String::from_utf8(one.request.body.bytes().into_owned()).unwrap()
}

#[test]
fn only_the_secrets_of_json_change() {
    let scrubbed = request(&format!(
        "{{ \"a\" :1.50, \"apiKey\":\"hunter2-hunter\", \"a\": \"x\\u00e9 {KEY} \\/\",\n\"pin\":{{\"api_key\": 12345678}}, \"u\": \"hunter2-hunter!\" }}"
    ));
    assert_eq!(
        scrubbed,
        "{ \"a\" :1.50, \"apiKey\":\"SCRUBBED-1\", \"a\": \"x\\u00e9 SCRUBBED-2 \\/\",\n\"pin\":{\"api_key\": \"SCRUBBED-3\"}, \"u\": \"SCRUBBED-1!\" }"
    );
}

#[test]
fn names_say_what_is_secret_and_what_is_not() {
    for (body, scrubbed) in [
        (
            r#"{"client_secret":{"value":"abc","expires_at":1}}"#,
            r#"{"client_secret":{"value":"SCRUBBED-1","expires_at":1}}"#,
        ),
        (r#"{"secret":["abc","def"]}"#, r#"{"secret":["SCRUBBED-1","SCRUBBED-2"]}"#),
        (r#"{"token":"hello"}"#, r#"{"token":"hello"}"#),
        (r#"{"token":"abcdefghij0123456789"}"#, r#"{"token":"SCRUBBED-1"}"#),
        (r#"{"password":"[REDACTED]","secret":null}"#, r#"{"password":"[REDACTED]","secret":null}"#),
        (r#"{"password":"assistant","role":"assistant"}"#, r#"{"password":"SCRUBBED-1","role":"assistant"}"#),
        (
            r#"{"properties":{"password":{"type":"string","description":"A pass word"}},"required":["password"]}"#,
            r#"{"properties":{"password":{"type":"string","description":"A pass word"}},"required":["password"]}"#,
        ),
        (
            r#"{"max_tokens":1000000,"signature":"EqoBCkgIARABGAIiQL"}"#,
            r#"{"max_tokens":1000000,"signature":"EqoBCkgIARABGAIiQL"}"#,
        ),
    ] {
        assert_eq!(request(body), scrubbed);
    }
}

#[test]
fn text_within_text_is_scrubbed() {
    for (body, scrubbed) in [
        (r#"{"arguments":"{\"api_key\": \"hunter2\"}"}"#, r#"{"arguments":"{\"api_key\": \"SCRUBBED-1\"}"}"#),
        (
            r#"{"a":"\"{\\\"api_key\\\": \\\"hunter2\\\"}\""}"#,
            r#"{"a":"\"{\\\"api_key\\\": \\\"SCRUBBED-1\\\"}\""}"#,
        ),
        (r#"{"a":"s\u006b-proj-Ab3dEf6hIj9lMn2pQr5tUv8x"}"#, r#"{"a":"SCRUBBED-1"}"#),
        ("a=1&api_key=hunter2&b=c%20d", "a=1&api_key=SCRUBBED-1&b=c%20d"),
        (r#"{"url":"https://b/x?sig=ab%2Bc&se=1"}"#, r#"{"url":"https://b/x?sig=SCRUBBED-1&se=1"}"#),
        (r#"{"url":"https://me:hunter2@h/p"}"#, r#"{"url":"https://SCRUBBED-1@h/p"}"#),
    ] {
        assert_eq!(request(body), scrubbed);
    }
    let file = format!("{{\"file\":\"data:text/plain;base64,{}\"}}", base64(&format!("key: {KEY}\n")));
    assert_eq!(
        request(&file),
        format!("{{\"file\":\"data:text/plain;base64,{}\"}}", base64("key: SCRUBBED-1\n"))
    );
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn a_secret_of_one_interaction_is_found_in_the_others() {
    let mut first = interaction("", "you said hunter2-hunter");
    first.request.url = "https://user:pw@h/p?key=AIzaSy&alt=sse".to_owned();
    let mut second = interaction("", "");
    second.request.headers =
        headers(&[("X-API-Key", "hunter2-hunter"), ("Accept", "a"), ("traceparent", "00-1-2-01")]);
    let mut cassette = cassette(vec![first, second]);
    let scrubber = Scrubber::default();
    assert_eq!(scrubber.findings(&cassette).len(), 4);
    let told: Vec<(usize, String, &str)> = scrubber
        .cassette(&mut cassette)
        .into_iter()
        .map(|one| (one.interaction, one.place, one.rule))
        .collect();
    let expected = [
        (0, "request.url", "url-credential"),
        (0, "request.url?key", "named-field"),
        (0, "response.body", "known-secret"),
        (1, "request.headers.x-api-key", "credential-header"),
        (1, "request.headers.traceparent", "volatile-header"),
    ];
    assert_eq!(told, expected.map(|(at, place, rule)| (at, place.to_owned(), rule)));
    assert_eq!(cassette.interactions[0].request.url, "https://h/p?key=SCRUBBED-1&alt=sse");
    assert_eq!(&cassette.interactions[0].response.body[..], b"you said SCRUBBED-2");
    assert_eq!(cassette.interactions[1].request.headers, headers(&[("Accept", "a")]));
    assert_eq!(scrubber.cassette(&mut cassette), []);
    let mut third = interaction("", r#"{"secret":"another"}"#);
    scrubber.interaction(&mut third, &mut Vault::of(&cassette));
    assert_eq!(&third.response.body[..], br#"{"secret":"SCRUBBED-3"}"#);
}

#[test]
fn a_key_that_a_stream_cuts_is_found_and_the_chunks_follow() {
    let event = |text: &str| {
        format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n")
    };
    let pieces = ["my key sk-proj-Ab3dEf6hIj9", "lMn2pQr5", "tUv8x, thanks"];
    let body: String = pieces.into_iter().map(event).collect();
    let mut one = interaction("", &body);
    one.response.headers = headers(&[("content-type", "text/event-stream"), ("Content-Length", "1")]);
    let chunk = |at, len| Chunk { at: Duration::from_millis(at), len };
    let lengths: Vec<usize> = pieces.into_iter().map(|piece| event(piece).len()).collect();
    let chunks = vec![chunk(1, lengths[0]), chunk(2, lengths[1]), chunk(3, lengths[2])];
    one.chunks = Some(Chunks::new(chunks, body.len()).unwrap());
    let found = Scrubber::default().interaction(&mut one, &mut Vault::default());
    assert_eq!(found[0].place, "response.body event 0 /choices/0/delta/content");
    let expected = ["my key SCRUBBED-1", "", ", thanks"].map(event);
    assert_eq!(one.response.body, expected.concat());
    let lengths: Vec<usize> = one.chunks.unwrap().as_slice().iter().map(|chunk| chunk.len).collect();
    assert_eq!(lengths, expected.each_ref().map(String::len));
    assert_eq!(
        one.response.headers.get("content-length"),
        Some(expected.concat().len().to_string().as_str())
    );
}

#[test]
fn what_go_vcr_keeps_twice_is_scrubbed_twice() {
    let text = format!(
        "---\nversion: 2\ninteractions:\n- id: 0\n  request:\n    content_length: 30\n    host: h\n    body: 'password=hunter2-hunter&alt=se'\n    form: {{key: [{KEY}], password: [hunter2-hunter]}}\n    trailer: {{X-Api-Key: [abcdefgh1]}}\n    url: 'https://h/p?key={KEY}'\n    method: POST\n  response: {{body: abc, content_length: 3, headers: {{}}, status: 200 OK, code: 200, duration: 1ms}}\n"
    );
    let mut cassette = parse(text.as_bytes()).unwrap();
    Scrubber::default().cassette(&mut cassette);
    let text = cassette.render(Format::GoVcr);
    assert!(!text.contains("hunter2") && !text.contains(KEY) && !text.contains("abcdefgh1"), "{text}");
    assert!(text.contains("content_length: 26"), "{text}");
    assert!(text.contains("?key=SCRUBBED-1") && text.contains("- SCRUBBED-1"), "{text}");
}

#[test]
fn structured_bodies_and_unknown_keys_are_scrubbed() {
    let text = "interactions:\n- request:\n    body: {api_key: hunter2-hunter, n: 12, users: [{email: a@b}]}\n    headers: {Content-Length: ['9']}\n    method: POST\n    uri: https://h/p\n  response: {body: {string: x}, headers: {}, status: {code: 200, message: OK}}\n  note: {password: 123, seen: hunter2-hunter}\nversion: 1\n";
    let rules = ScrubRules { pointers: vec!["/users/*/email".to_owned()], ..ScrubRules::default() };
    let mut cassette = parse(text.as_bytes()).unwrap();
    Scrubber::new(&rules).unwrap().cassette(&mut cassette);
    let body = cassette.interactions[0].request.body.bytes().into_owned();
    assert_eq!(
        String::from_utf8(body.clone()).unwrap(),
        r#"{"api_key":"SCRUBBED-1","n":12,"users":[{"email":"SCRUBBED-2"}]}"#
    );
    let length = body.len().to_string();
    assert_eq!(cassette.interactions[0].request.headers.get("content-length"), Some(length.as_str()));
    let text = cassette.render(Format::Vcrpy);
    assert!(text.contains("seen: SCRUBBED-1") && text.contains("password: 123"), "{text}");
}

#[test]
fn hostile_text_is_no_slower_than_other_text() {
    // Each of these would take hours if a beginning were followed to the end of the text every time.
    for unit in [
        "sk-",
        "eyJa-",
        "eyJaaaaaaaaa.",
        "api_key",
        "://a:",
        "%3a%2f%2fa",
        "ya29.a.",
        "[",
        "-----BEGIN PRIVATE KEY-----",
        "{\"a\":",
        "\\u",
        "data: \n\n",
    ] {
        request(&unit.repeat(200_000 / unit.len()));
    }
}

#[test]
fn a_compressed_body_hides_nothing_in_a_file() {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(format!("{{\"key\":\"{KEY}\"}}").as_bytes()).unwrap();
    let mut one = interaction("", "");
    one.response.body = encoder.finish().unwrap().into();
    one.response.headers = headers(&[("Content-Encoding", "gzip"), ("Content-Type", "application/json")]);
    let mut alone = one.clone();
    assert_eq!(Scrubber::default().interaction(&mut alone, &mut Vault::default()), []);
    let mut cassette = cassette(vec![one]);
    assert_eq!(Scrubber::default().findings(&cassette).len(), 1);
    Scrubber::default().cassette(&mut cassette);
    assert_eq!(&cassette.interactions[0].response.body[..], b"{\"key\":\"SCRUBBED-1\"}");
    assert_eq!(cassette.interactions[0].response.headers.get("content-encoding"), None);
}

#[test]
fn a_live_request_and_its_recording_are_alike() {
    let scrubber = Scrubber::default();
    let live = headers(&[("authorization", "Bearer dummy-key-1"), ("content-type", "application/json")]);
    let kept = headers(&[("content-type", "application/json")]);
    let body = |key: &str| format!("{{\"api_key\":\"{key}\",\"text\":\"it is {key}\"}}").into_bytes();
    let one = scrubber.comparable("/v1/p?key=dummy-key-1&alt=sse", &live, &body("dummy-key-1")).unwrap();
    let other = scrubber.comparable("/v1/p?key=SCRUBBED-1&alt=sse", &kept, &body("SCRUBBED-1")).unwrap();
    assert_eq!(one, other);
    assert_eq!(one.target, "/v1/p?key=SCRUBBED&alt=sse");
    assert_eq!(one.body, body("SCRUBBED"));
    assert_eq!(scrubber.comparable("/v1/p", &live, b"{\"model\":\"m\"}"), None);
    assert_eq!(Scrubber::off().comparable("/v1/p?key=a", &live, b""), None);
}

#[test]
fn a_project_adds_rules_and_keeps_names() {
    let rules = ScrubRules {
        headers: vec!["X-Tenant".to_owned()],
        names: vec!["tenant_id".to_owned()],
        pointers: vec!["/users/*/name".to_owned()],
        patterns: vec!["ACME-([0-9]+)".to_owned()],
        keep: vec!["Password".to_owned(), "cookie".to_owned()],
        ..ScrubRules::default()
    };
    let scrubber = Scrubber::new(&rules).unwrap();
    let body = r#"{"tenantId":"t","users":[{"name":"Ada"}],"note":"ACME-77","password":"hunter2-hunter"}"#;
    let mut one = interaction(body, "");
    one.request.headers = headers(&[("x-tenant", "acme"), ("Cookie", "a=b")]);
    scrubber.interaction(&mut one, &mut Vault::default());
    assert_eq!(
        String::from_utf8_lossy(&one.request.body.bytes()),
        r#"{"tenantId":"SCRUBBED-1","users":[{"name":"SCRUBBED-2"}],"note":"ACME-SCRUBBED-3","password":"hunter2-hunter"}"#
    );
    assert_eq!(one.request.headers, headers(&[("Cookie", "a=b")]));
}

#[test]
fn a_finding_never_holds_the_value() {
    let mut one = interaction(&format!("{{\"{KEY}\":{{\"password\":\"hunter2-hunter\"}}}}"), "");
    one.request.url = format!("https://h/p?{KEY}=1");
    let told = format!("{:?}", Scrubber::default().interaction(&mut one, &mut Vault::default()));
    assert!(
        !told.contains("Ab3dEf6h") && !told.contains("hunter2") && told.contains("/SCRUBBED/password"),
        "{told}"
    );
}
