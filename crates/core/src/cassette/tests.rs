use super::*;
use crate::headers::Headers;
use bytes::Bytes;
use proptest::prelude::*;
use std::time::Duration;

const GO: &str = "---
version: 2
interactions:
    - id: 0
      request:
        proto: HTTP/1.1
        proto_major: 1
        proto_minor: 1
        content_length: 2
        host: api.openai.com
        body: '{}'
        headers:
            Accept:
                - a
                - b
            Content-Type:
                - application/json
        url: https://api.openai.com/v1/x
        method: POST
      response:
        proto: HTTP/2.0
        proto_major: 2
        proto_minor: 0
        content_length: -1
        uncompressed: true
        body: |+
            data: 1

        headers:
            Set-Cookie:
                - a=1
                - b=2
        status: 200 Fine
        code: 200
        duration: 616.186µs
";

const PY: &str = "interactions:
- request:
    body: null
    headers:
      Accept: ['*/*']
    method: GET
    uri: https://api.openai.com/v1/models
  response:
    body: {string: ok}
    headers: {date: [today]}
    status: {code: 200, message: OK}
version: 1
";

fn read(text: &str) -> Cassette {
    parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn error(text: &str) -> ReadError {
    parse(text.as_bytes()).expect_err(text)
}

/// A vcrpy cassette with one response of these YAML lines.
fn vcrpy_response(response: &str) -> Cassette {
    let request = "request: {body: '', headers: {}, method: GET, uri: 'http://h/'}";
    read(&format!("interactions:\n- {request}\n  response:\n{response}version: 1\n"))
}

#[test]
fn go_vcr_is_read_whole_and_written_alike() {
    let cassette = read(GO);
    assert_eq!(cassette.format, Format::GoVcr);
    let one = &cassette.interactions[0];
    assert_eq!(one.line, 4);
    assert_eq!(one.request.headers.get_all("accept").collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(one.response.headers.get_all("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
    assert_eq!(one.response.body, "data: 1\n\n");
    assert_eq!((one.response.status, one.response.reason.as_str()), (200, "Fine"));
    assert_eq!(one.response.duration(), Some(Duration::from_nanos(616_186)));
    assert_eq!(cassette.render(Format::GoVcr), GO);
}

#[test]
fn vcrpy_is_read_whole() {
    let cassette = read(PY);
    assert_eq!(cassette.format, Format::Vcrpy);
    assert_eq!(cassette.interactions[0].request.body, RequestBody::None);
    assert_eq!(cassette.interactions[0].response.body, "ok");
    assert_eq!(
        read(&cassette.render(Format::Vcrpy)).interactions[0].request,
        cassette.interactions[0].request
    );
}

#[test]
fn compact_layout_bom_and_crlf_are_read() {
    let compact = "---
version: 2
interactions:
- id: 0
  request:
    proto: HTTP/1.1
    proto_major: 1
    proto_minor: 1
    content_length: 2
    host: api.openai.com
    body: \"{}\"
    headers:
      Accept:
      - a
      - b
      Content-Type:
      - application/json
    url: https://api.openai.com/v1/x
    method: POST
  response:
    proto: HTTP/2.0
    proto_major: 2
    proto_minor: 0
    content_length: -1
    uncompressed: true
    body: \"data: 1\\n\\n\"
    headers:
      Set-Cookie:
      - a=1
      - b=2
    status: 200 Fine
    code: 200
    duration: 616.186µs
";
    let crlf = GO.replace('\n', "\r\n");
    for changed in [compact, &format!("\u{feff}{GO}"), &crlf, GO.strip_prefix("---\n").unwrap()] {
        assert_eq!(read(changed).render(Format::GoVcr), GO);
    }
}

#[test]
fn versions_are_told_by_content() {
    assert_eq!(read(&GO.replace("version: 2\n", "")).format, Format::GoVcr);
    assert_eq!(read(&PY.replace("version: 1\n", "")).format, Format::Vcrpy);
    assert_eq!(read(&PY.replace("version: 1", "version: 7")).format, Format::Vcrpy);
    assert_eq!(read("version: 2\ninteractions: []\n").format, Format::GoVcr);
    assert_eq!(read("interactions: []\nversion: 1\n").format, Format::Vcrpy);
    assert_eq!(read("version: 2\ninteractions: null\n").interactions, []);

    let old = error(&GO.replace("version: 2", "version: 1"));
    assert_eq!(old.line, Some(2));
    assert!(old.reason.contains("version 1") && old.reason.contains("version 2 of go-vcr"), "{old}");
    assert!(error("").reason.contains("empty"));
    assert!(error("# nothing\n").reason.contains("empty"));
    assert!(error("version: 2\n").reason.contains("interactions"));
    assert!(error("- request: {}\n").reason.contains("migrat"));
    assert!(error("- 1\n").reason.contains("list"));
    assert!(error("just text").reason.contains("mapping"));
}

#[test]
fn errors_name_the_line() {
    for (from, to, line, words) in [
        ("        code: 200", "        code: never", 34, "`never` is not the status"),
        ("        code: 200", "        code: 99", 34, "200 to 999"),
        ("        method: POST\n", "", 6, "no `method`"),
        (
            "            Set-Cookie:",
            "            Set-Cookie: [x]\n            Set-Cookie:",
            31,
            "stands twice",
        ),
        ("        status: 200 Fine", "        status: [", 35, "expected"),
    ] {
        let error = error(&GO.replacen(from, to, 1));
        assert_eq!(error.line, Some(line), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let broken = [b"version: 2\ninteractions:\n- \xff".as_slice()].concat();
    assert_eq!(parse(&broken).unwrap_err().line, Some(3));
}

#[test]
fn strings_that_look_like_numbers_stay_strings() {
    let text =
        PY.replace("'*/*'", "123, true, 2020-10-01, 12:30:45, 0777, ~").replace("string: ok", "string: 1e3");
    let cassette = read(&text);
    let values: Vec<&str> = cassette.interactions[0].request.headers.get_all("accept").collect();
    assert_eq!(values, ["123", "true", "2020-10-01", "12:30:45", "0777", ""]);
    assert_eq!(cassette.interactions[0].response.body, "1e3");
}

#[test]
fn unknown_keys_survive_a_rewrite() {
    let go = GO
        .replace("version: 2", "version: 2\nrecorded_by: {name: someone, age: 3, ok: yes}")
        .replace("      request:\n", "      note: [a, 'b: c']\n      request:\n        extra: '007'\n")
        .replace("        code: 200", "        code: 200\n        seen: 2020-10-01");
    let again = read(&read(&go).render(Format::GoVcr));
    let (one, other) = (&read(&go), &again);
    assert_eq!(one.unknown.keys().collect::<Vec<_>>(), ["recorded_by"]);
    assert_eq!(one.interactions[0].unknown.keys().collect::<Vec<_>>(), ["note"]);
    assert_eq!(one.interactions[0].request.unknown.get("extra"), Some("007"));
    assert_eq!(one.interactions[0].response.unknown.get("seen"), Some("2020-10-01"));
    let rendered = other.render(Format::GoVcr);
    assert_eq!(rendered, one.render(Format::GoVcr));
    for kept in ["ok: yes", "age: 3", "extra: \"007\"", "seen: 2020-10-01", "'b: c'"] {
        assert!(rendered.contains(kept), "{kept} in\n{rendered}");
    }
    let py = PY.replace("version: 1", "recorded_at: '2026-01-01'\nversion: 1");
    assert_eq!(read(&read(&py).render(Format::Vcrpy)).unknown.get("recorded_at"), Some("2026-01-01"));
}

#[test]
fn historical_shapes_of_vcrpy_are_read() {
    let httpx = vcrpy_response(
        "    status_code: 201\n    content: text\n    http_version: HTTP/1.1\n    headers: {a: b}\n",
    );
    let response = &httpx.interactions[0].response;
    assert_eq!(
        (response.status, response.body.as_ref(), response.headers.get("A")),
        (201, &b"text"[..], Some("b"))
    );

    let tornado = vcrpy_response(
        "    body: {string: x}\n    headers: [[A, b], [A, c]]\n    url: http://h/\n    status: {code: 204, message: null}\n",
    );
    let response = &tornado.interactions[0].response;
    assert_eq!(response.headers.get_all("a").collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!((response.unknown.get("url"), response.reason.as_str()), (Some("http://h/"), ""));

    for (body, bytes) in [
        ("{}", &b""[..]),
        ("null", b""),
        ("{string: null}", b""),
        ("plain", b"plain"),
        ("{string: !!binary AP8=}", b"\0\xff"),
        ("{base64_string: AP8=}", b"\0\xff"),
        ("{string: !!python/unicode x}", b"x"),
    ] {
        let cassette = vcrpy_response(&format!("    body: {body}\n    headers: null\n    status: 200\n"));
        assert_eq!(cassette.interactions[0].response.body, bytes, "{body}");
    }
}

#[test]
fn a_mapping_body_is_the_json_that_was_sent() {
    let text =
        PY.replace("body: null", "body: {a: 1, b: [true, null, 1.5, 'x', yes], c: {d: 1e3, e: 2020-01-01}}");
    let body = read(&text).interactions[0].request.body.clone();
    let json: serde_json::Value = serde_json::from_slice(&body.bytes()).unwrap();
    assert_eq!(
        json,
        serde_json::json!({"a": 1, "b": [true, null, 1.5, "x", true], "c": {"d": "1e3", "e": "2020-01-01"}})
    );
    let again = read(&read(&text).render(Format::Vcrpy));
    assert_eq!(again.interactions[0].request.body.bytes(), body.bytes());
}

#[test]
fn anchors_share_values() {
    let text = PY
        .replace("    headers:\n      Accept: ['*/*']", "    headers: &h\n      Accept: ['*/*']")
        .replace("headers: {date: [today]}", "headers: *h");
    let one = &read(&text).interactions[0];
    assert_eq!(one.request.headers, one.response.headers);
}

#[test]
fn durations_are_gos() {
    for (text, nanos) in [
        ("3.215371625s", 3_215_371_625),
        ("616.186µs", 616_186),
        ("616.186us", 616_186),
        ("1m30.5s", 90_500_000_000),
        ("0s", 0),
        ("0", 0),
        ("15ns", 15),
        ("1h", 3_600_000_000_000),
    ] {
        assert_eq!(go_duration(text), Some(Duration::from_nanos(nanos)), "{text}");
    }
    for text in ["", "3", "1.5", "s", "1x", "-1s", "1s2"] {
        assert_eq!(go_duration(text), None, "{text}");
    }
}

#[test]
fn chunks_are_kept_beside_the_body() {
    let go = GO.to_owned() + "      standin:\n        chunks: 412.5+4 431+5\n";
    let cassette = read(&go);
    let chunks = cassette.interactions[0].chunks.clone().unwrap();
    assert_eq!(chunks.as_slice()[0], Chunk { at: Duration::from_micros(412_500), len: 4 });
    for format in [Format::GoVcr, Format::Vcrpy] {
        assert_eq!(read(&cassette.render(format)).interactions[0].chunks.as_ref(), Some(&chunks));
    }
    for (wrong, words) in [("1+4", "4 bytes"), ("1+4 x", "`x`"), ("2+4 1+5", "in front of it")] {
        let text = go.replace("412.5+4 431+5", wrong);
        assert!(error(&text).reason.contains(words), "{}", error(&text));
    }
}

#[test]
fn conversion_says_what_it_loses() {
    let go = GO.replace("        url:", "        trailer:\n            X: [y]\n        url:");
    let fields = |cassette: &Cassette, format| {
        cassette.losses(format).into_iter().map(|loss| loss.field).collect::<Vec<_>>()
    };
    let mut lost = fields(&read(&go), Format::Vcrpy);
    lost.sort();
    assert_eq!(
        lost,
        ["request.headers.Accept", "request.trailer", "response.duration", "response.uncompressed"]
    );
    assert_eq!(fields(&read(&go), Format::GoVcr), Vec::<String>::new());
    let mapping = PY.replace("body: null", "body: {a: 1}");
    assert_eq!(fields(&read(&mapping), Format::GoVcr), ["request.body"]);
}

#[test]
fn an_unknown_key_that_the_other_format_knows_is_lost_and_said() {
    let py = PY.replace("    status:", "    duration: mine\n    seen: 1\n    status:");
    let cassette = read(&py);
    let go = read(&cassette.render(Format::GoVcr));
    assert_eq!(go.interactions[0].response.unknown.keys().collect::<Vec<_>>(), ["seen"]);
    let lost = cassette.losses(Format::GoVcr);
    assert_eq!(lost.iter().map(|loss| loss.field.as_str()).collect::<Vec<_>>(), ["response.duration"]);
    // In its own format it stays.
    assert_eq!(
        read(&cassette.render(Format::Vcrpy)).interactions[0].response.unknown.get("duration"),
        Some("mine")
    );
}

#[test]
fn names_cannot_leave_the_folder() {
    for name in ["chat", "a/b", "test_x[1-é]", "with space", "a..b", "...", "x.yaml", "x.yml"] {
        assert!(CassetteName::new(name).is_ok(), "{name}");
    }
    assert_eq!(CassetteName::new("a/x.yaml").unwrap().as_str(), "a/x");
    for name in
        ["", ".yaml", "/a", "a//b", "../a", "a/../b", "a/..", ".", "a/./b", "a\\b", "a\nb", "a\0", "a/"]
    {
        let error = CassetteName::new(name).expect_err(name);
        assert!(error.to_string().contains("relative path"), "{error}");
    }
    assert!(CassetteName::new(&"x".repeat(2000)).is_err());
}

fn arbitrary_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        any::<String>().prop_map(String::into_bytes),
        "[ -~\\n\\t\\r\u{85}\u{2028}\u{feff}é😀]{0,80}".prop_map(String::into_bytes),
    ]
}

/// A header value as HTTP carries it.
fn arbitrary_value() -> impl Strategy<Value = String> {
    "[!-~]([ -~é]{0,20}[!-~])?|"
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        request in arbitrary_body(),
        response in arbitrary_body(),
        value in arbitrary_value(),
        status in 200u16..=999,
    ) {
        let headers: Headers = [("x-a", value.as_str()), ("X-B", "1")].into_iter().collect();
        let cassette = Cassette {
            format: Format::Vcrpy,
            interactions: vec![Interaction {
                request: RecordedRequest {
                    method: "POST".to_owned(),
                    url: "https://h/p?q=1".to_owned(),
                    headers: headers.clone(),
                    body: RequestBody::Bytes(Bytes::from(request)),
                    go: None,
                    unknown: Unknown::default(),
                },
                response: RecordedResponse {
                    status,
                    reason: "OK".to_owned(),
                    headers,
                    body: Bytes::from(response),
                    go: None,
                    unknown: Unknown::default(),
                },
                recorded: None,
                layout: Default::default(),
                chunks: None,
                unknown: Unknown::default(),
                line: 0,
            }],
            unknown: Unknown::default(),
        };
        for format in [Format::GoVcr, Format::Vcrpy] {
            let text = cassette.render(format);
            prop_assert!(format == Format::GoVcr || text.is_ascii());
            let again = parse(text.as_bytes()).unwrap();
            let (one, other) = (&cassette.interactions[0], &again.interactions[0]);
            prop_assert_eq!(one.request.body.bytes(), other.request.body.bytes());
            prop_assert_eq!(&one.response.body, &other.response.body);
            prop_assert_eq!(one.response.status, other.response.status);
            let sorted = |headers: &Headers| {
                let mut pairs: Vec<_> = headers.iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
                pairs.sort();
                pairs
            };
            prop_assert_eq!(sorted(&one.response.headers), sorted(&other.response.headers));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = parse(&bytes);
    }
}
