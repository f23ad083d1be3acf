//! Limits over the wire: what is left goes down, what is beyond is told, and what comes back is there again.
//!
//! A minute lasts a day here, so that nothing comes back while a test runs.

use crate::raw::{ask, until, until_end};
use crate::support::{Answer, call, control, start};
use serde_json::{Value, json};
use standin::{Builder, LimitRule, Standin};
use std::time::{Duration, Instant};

const OPENAI: &str = "/v1/chat/completions";
const AZURE: &str = "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21";
const ANTHROPIC: &str = "/v1/messages";
const DAY: u64 = 24 * 60 * 60;

fn limited(limits: &[&str]) -> Standin {
    let limit = |builder: Builder, text: &&str| builder.limit(text.parse::<LimitRule>().unwrap());
    start(limits.iter().fold(Standin::builder(), limit))
}

fn headers<'a>(path: &str, key: &'a str) -> Vec<(&'static str, &'a str)> {
    match path {
        path if path.ends_with(ANTHROPIC) => vec![("x-api-key", key), ("anthropic-version", "2023-06-01")],
        path if path.ends_with(AZURE) => vec![("api-key", key)],
        _ => vec![("Authorization", key)],
    }
}

fn body(path: &str, most: u64) -> Value {
    let model = if path.ends_with(ANTHROPIC) { "claude-haiku-4-5" } else { "gpt-4.1" };
    let messages = json!([{"role": "user", "content": "Tell me of otters"}]);
    json!({"model": model, "max_tokens": most, "messages": messages})
}

fn asks(server: &Standin, path: &str, key: &str, body: &Value) -> Answer {
    call(server, "POST", path, &headers(path, key), &body.to_string())
}

fn says(server: &Standin, path: &str, key: &str) -> Answer {
    asks(server, path, key, &body(path, 20))
}

/// A field of an answer that is a number.
fn number(answer: &Answer, name: &str) -> u64 {
    let value = answer.header(name).unwrap_or_else(|| panic!("no {name} in {}", answer.head));
    value.parse().unwrap()
}

/// What an error is: its status, its type and its code.
fn error(answer: &Answer) -> (u16, Value, Value) {
    let error = &answer.json()["error"];
    (answer.status, error["type"].clone(), error["code"].clone())
}

#[test]
fn calls_count_down_and_then_the_vendor_says_no() {
    for (path, limit, left) in [
        (OPENAI, "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests"),
        (AZURE, "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests"),
        (ANTHROPIC, "anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining"),
    ] {
        let server = limited(&["rpm=3,window=24h"]);
        let told = [(); 3].map(|()| {
            let answer = says(&server, path, "Bearer k");
            (answer.status, number(&answer, limit), number(&answer, left))
        });
        assert_eq!(told, [(200, 3, 2), (200, 3, 1), (200, 3, 0)], "{path}");
        for _ in 0..2 {
            let refused = says(&server, path, "Bearer k");
            let expected = match path {
                OPENAI => (429, json!("requests"), json!("rate_limit_exceeded")),
                AZURE => (429, Value::Null, json!("429")),
                _ => (429, json!("rate_limit_error"), Value::Null),
            };
            assert_eq!((error(&refused), number(&refused, left)), (expected, 0), "{path}");
            // One of three comes back in a third of the time.
            let seconds = number(&refused, "retry-after");
            assert!((1..=DAY / 3).contains(&seconds), "{seconds}");
            if path == ANTHROPIC {
                assert_eq!(refused.header("retry-after-ms"), None);
            } else {
                assert_eq!(number(&refused, "retry-after-ms").div_ceil(1000), seconds);
            }
        }
        assert_eq!(says(&server, path, "Bearer another").status, 200, "{path}: another caller has its own");
    }
}

#[test]
fn tokens_count_by_the_prompt_and_by_what_the_answer_said() {
    let server = limited(&["tpm=1000,window=24h"]);
    let mut left = 1000;
    // The prompt is counted before the answer, so less exactly, and each time the same.
    let prompts = [(); 2].map(|()| {
        let answer = says(&server, OPENAI, "Bearer k");
        let before = std::mem::replace(&mut left, number(&answer, "x-ratelimit-remaining-tokens"));
        assert_eq!(number(&answer, "x-ratelimit-limit-tokens"), 1000);
        let usage = &answer.json()["usage"];
        let prompt = before - left - usage["completion_tokens"].as_u64().unwrap();
        assert!((1..=usage["prompt_tokens"].as_u64().unwrap()).contains(&prompt), "{prompt}: {usage}");
        prompt
    });
    assert_eq!(prompts[0], prompts[1]);
    // The answer may have more than is left, so it is refused for a while; more than all, for ever.
    let refused = asks(&server, OPENAI, "Bearer k", &body(OPENAI, left));
    assert_eq!(error(&refused), (429, json!("tokens"), json!("rate_limit_exceeded")));
    assert!((1..=DAY).contains(&number(&refused, "retry-after")));
    let never = asks(&server, OPENAI, "Bearer k", &body(OPENAI, 2000));
    assert_eq!(
        (never.status, never.header("retry-after"), never.header("retry-after-ms")),
        (429, None, None)
    );

    let server = limited(&["itpm=1000,otpm=500,window=24h"]);
    let answer = says(&server, ANTHROPIC, "k");
    let usage = &answer.json()["usage"];
    let field = |name: &str| number(&answer, &format!("anthropic-ratelimit-{name}"));
    assert_eq!((field("input-tokens-limit"), field("output-tokens-limit")), (1000, 500));
    assert_eq!(500 - field("output-tokens-remaining"), usage["output_tokens"].as_u64().unwrap());
    let prompt = 1000 - field("input-tokens-remaining");
    assert!((1..=usage["input_tokens"].as_u64().unwrap()).contains(&prompt), "{prompt}: {usage}");
    assert_eq!(field("tokens-remaining"), field("input-tokens-remaining") + field("output-tokens-remaining"));
    assert_eq!(number(&answer, "anthropic-ratelimit-tokens-limit"), 1500);
}

#[test]
fn a_slot_is_free_when_its_call_has_ended_or_its_client_has_left() {
    let server = limited(&["concurrent=1"]);
    let mut streamed = body(OPENAI, 20);
    streamed["stream"] = json!(true);
    let stalled = [headers(OPENAI, "Bearer k"), vec![("X-Standin-Fault", "stall=1h,after=1")]].concat();
    let mut stream = ask(&server, OPENAI, &stalled, &streamed.to_string());
    until(&mut stream, b"\n\n\r\n");
    let refused = says(&server, OPENAI, "Bearer k");
    assert_eq!((refused.status, number(&refused, "retry-after")), (429, 1));
    drop(stream);
    // The server sees that the client has left when its system says so. The bound only ends a test that has failed.
    let give_up = Instant::now() + Duration::from_secs(20);
    while says(&server, OPENAI, "Bearer k").status != 200 {
        assert!(Instant::now() < give_up);
        std::thread::yield_now();
    }
    let broken = [headers(OPENAI, "Bearer k"), vec![("X-Standin-Fault", "reset,after=1")]].concat();
    until_end(ask(&server, OPENAI, &broken, &streamed.to_string()));
    while says(&server, OPENAI, "Bearer k").status != 200 {
        assert!(Instant::now() < give_up);
        std::thread::yield_now();
    }
}

#[test]
fn a_budget_is_used_up_for_good() {
    for (path, expected) in [
        (OPENAI, (429, json!("insufficient_quota"), json!("insufficient_quota"))),
        (AZURE, (429, Value::Null, json!("429"))),
        (ANTHROPIC, (429, json!("rate_limit_error"), Value::Null)),
    ] {
        let server = limited(&["budget=2req"]);
        assert_eq!([(); 2].map(|()| says(&server, path, "Bearer k").status), [200; 2], "{path}");
        let server = limited(&["budget=1"]);
        assert_eq!(
            says(&server, path, "Bearer k").status,
            200,
            "{path}: something is left, so it is answered"
        );
        let refused = says(&server, path, "Bearer k");
        assert_eq!(error(&refused), expected, "{path}");
        assert_eq!((refused.header("retry-after"), refused.header("retry-after-ms")), (None, None), "{path}");
    }
}

#[test]
fn who_shares_a_limit_and_whom_it_is_about() {
    let server = limited(&["rpm=1,per=all,window=24h,model=gpt-4.1*"]);
    assert_eq!(says(&server, OPENAI, "Bearer a").status, 200);
    assert_eq!(says(&server, OPENAI, "Bearer b").status, 429, "all share it");
    assert_eq!(says(&server, ANTHROPIC, "b").status, 200, "it is about other models");
    let mut other = body(OPENAI, 20);
    other["model"] = json!("gpt-4o");
    let other = asks(&server, OPENAI, "Bearer a", &other);
    assert_eq!(other.status, 200);
    let models = call(&server, "GET", "/v1/models", &headers(OPENAI, "Bearer a"), "");
    assert_eq!(models.status, 200, "a list costs nothing");
}

#[test]
fn sessions_and_the_control_api_have_limits_of_their_own() {
    let server = limited(&["rpm=1,window=24h"]);
    let put = |path: &str, limits: &Value| {
        control(&server, "PUT", &format!("{path}/limits"), &json!({"limits": limits}).to_string()).status
    };
    let calls =
        |prefix: &str| [(); 2].map(|()| says(&server, &format!("{prefix}{OPENAI}"), "Bearer k").status);
    let session = json!({"limits": ["rpm=2,window=24h"]}).to_string();
    let begun = control(&server, "POST", "/_standin/sessions", &session).json();
    let id = begun["id"].as_str().unwrap();
    let (path, own) = (format!("/s/{id}"), format!("/_standin/sessions/{id}"));
    assert_eq!((calls(&path), calls("")), ([200, 200], [200, 429]));
    assert_eq!(says(&server, &format!("{path}{OPENAI}"), "Bearer k").status, 429);
    assert_eq!(put(&own, &json!([])), 200);
    assert_eq!(calls(&path), [200, 200]);
    assert_eq!(control(&server, "DELETE", &format!("{own}/limits"), "").status, 200);
    assert_eq!(calls(&path), [429, 429], "the server's hold again, of which all is used");
    assert_eq!(put("/_standin", &json!(["rpm=2,window=24h"])), 200);
    assert_eq!((calls(&path), calls("")), ([200, 200], [429, 429]));
    assert_eq!(control(&server, "DELETE", "/_standin/limits", "").status, 200);
    assert_eq!(calls(""), [200, 429]);
    assert_eq!(put("/_standin", &json!(["rpm=many"])), 400);
    assert_eq!(calls(""), [429, 429], "what is refused changes nothing");
}

#[test]
fn who_waits_as_told_is_admitted() {
    let server = limited(&["rpm=1,window=50ms"]);
    for round in 0..4 {
        let answer = says(&server, OPENAI, "Bearer k");
        if answer.status == 429 {
            std::thread::sleep(Duration::from_millis(number(&answer, "retry-after-ms")));
            assert_eq!(says(&server, OPENAI, "Bearer k").status, 200, "round {round}");
        }
    }
}
