//! Time to parse one large cassette, in process: standin reads its folder before it answers.

use crate::recording::{URL, prose};
use crate::report::{Budget, Number, Row};
use crate::rounds::{self, Figure};
use crate::{Bench, Failure, yaml};
use serde_json::json;
use standin_core::cassette::parse;
use std::fmt::Write;
use std::time::Instant;

const INTERACTIONS: usize = 50;
/// Of the 100 kB of an interaction.
const REQUEST: usize = 20_000;
const RESPONSE: usize = 80_000;

/// A file, and how many bytes of bodies are in it.
struct Large {
    style: &'static str,
    text: String,
    bodies: usize,
}

pub(crate) fn measure(bench: &Bench) -> Result<Vec<Row>, Failure> {
    let files = [large("go-vcr", go_vcr), large("vcrpy", vcrpy)];
    let times = rounds::by_turns::<_, 2>(bench.effort.rounds * 3, |which, _| {
        let file = &files[which];
        let started = Instant::now();
        let cassette = parse(file.text.as_bytes())?;
        let took = started.elapsed();
        // A file that is misread is quick to read.
        let read: usize = cassette
            .interactions
            .iter()
            .map(|one| one.request.body.bytes().len() + one.response.body.len())
            .sum();
        if read != file.bodies {
            return Err(format!("{}: {read} bytes were read of {}", file.style, file.bodies).into());
        }
        Ok(took.as_secs_f64() * 1e3)
    })?;
    Ok(files
        .iter()
        .zip(times)
        .map(|(file, times)| {
            let figure = Figure::of(times);
            let megabytes = file.text.len() as f64 / 1e6;
            Row::new(format!("parse, {}, {INTERACTIONS} interactions", file.style), "ms", figure)
                .budget(Budget::Below(100.0))
                .number(Number::new("size", megabytes, "MB"))
                .number(Number::new("speed", megabytes / (figure.median / 1e3), "MB/s"))
        })
        .collect())
}

fn large(style: &'static str, interaction: fn(usize, &str, &str) -> String) -> Large {
    let mut file = Large { style, text: String::new(), bodies: 0 };
    let head = if style == "vcrpy" { "interactions:\n" } else { "---\nversion: 2\ninteractions:\n" };
    file.text.push_str(head);
    for number in 0..INTERACTIONS {
        // Every second one holds what PyYAML has to escape.
        let word = if number % 2 == 0 { "plain" } else { "schön" };
        let request =
            json!({"model": "gpt-5-nano", "messages": [{"role": "user", "content": prose(REQUEST) + word}]});
        let request = request.to_string();
        let event = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-5-nano",
            "choices": [{"index": 0, "delta": {"content": format!("It's {word}: {}", prose(80))}}]});
        let event = format!("data: {event}\n\n");
        let mut response = event.repeat(RESPONSE.div_ceil(event.len()));
        response.push_str("data: [DONE]\n\n");
        file.bodies += request.len() + response.len();
        file.text.push_str(&interaction(number, &request, &response));
    }
    if style == "vcrpy" {
        file.text.push_str("version: 1\n");
    }
    file
}

fn go_vcr(number: usize, request: &str, response: &str) -> String {
    let mut out = String::new();
    // Strings of one line stay on it in go-yaml; those of more are literal blocks.
    let _ = writeln!(
        out,
        "    - id: {number}
      request:
        proto: HTTP/1.1
        proto_major: 1
        proto_minor: 1
        content_length: {}
        transfer_encoding: []
        trailer: {{}}
        host: api.openai.com
        remote_addr: \"\"
        request_uri: \"\"
        body: '{}'
        form: {{}}
        headers:
            Content-Type:
                - application/json
        url: {URL}
        method: POST
      response:
        proto: HTTP/2.0
        proto_major: 2
        proto_minor: 0
        transfer_encoding: []
        trailer: {{}}
        content_length: -1
        uncompressed: true
        body: {}
        headers:
            Content-Type:
                - text/event-stream; charset=utf-8
        status: 200 OK
        code: 200
        duration: 812.5ms",
        request.len(),
        request.replace('\'', "''"),
        yaml::literal(response, 12),
    );
    out
}

fn vcrpy(_: usize, request: &str, response: &str) -> String {
    let scalar = |text: &str, indent| {
        if text.is_ascii() { yaml::single_quoted(text, indent) } else { yaml::double_quoted(text, indent) }
    };
    let mut out = String::new();
    let _ = writeln!(
        out,
        "- request:
    body: {}
    headers:
      content-type:
      - application/json
      host:
      - api.openai.com
    method: POST
    uri: {URL}
  response:
    body:
      string: {}
    headers:
      Content-Type:
      - text/event-stream; charset=utf-8
    status:
      code: 200
      message: OK",
        scalar(request, 6),
        scalar(response, 8),
    );
    out
}
