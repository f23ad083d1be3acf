//! Errors that vendors did not make, in their shapes, and those of what stands before them.

use crate::raw::{Raw, ask, until_end};
use crate::support::start;
use serde_json::{Value, json};
use standin::Standin;
use std::time::Duration;

const OPENAI: Vendor = Vendor {
    path: "/v1/chat/completions",
    headers: &[("Authorization", "Bearer k")],
    body: r#"{"model":"gpt-5","messages":[{"role":"user","content":"x"}]}"#,
};
const AZURE: Vendor = Vendor {
    path: "/openai/deployments/d/chat/completions?api-version=2024-10-21",
    headers: &[("api-key", "k")],
    body: r#"{"messages":[{"role":"user","content":"x"}]}"#,
};
const ANTHROPIC: Vendor = Vendor {
    path: "/v1/messages",
    headers: &[("x-api-key", "k"), ("anthropic-version", "2023-06-01")],
    body: r#"{"model":"claude-haiku-4-5","max_tokens":9,"messages":[{"role":"user","content":"x"}]}"#,
};
/// An address that is nobody's.
const NOBODY: Vendor = Vendor { path: "/somewhere", headers: &[], body: "x" };

/// How a vendor is asked.
#[derive(Debug, Clone, Copy)]
struct Vendor {
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
}

// === impl Vendor ===

impl Vendor {
    fn struck(self, server: &Standin, fault: &str) -> Raw {
        let headers = [self.headers, &[("X-Standin-Fault", fault)]].concat();
        until_end(ask(server, self.path, &headers, self.body))
    }

    /// The error, which has to have its length and to be the vendor's JSON.
    fn error(self, server: &Standin, fault: &str) -> (Raw, Value) {
        let raw = self.struck(server, fault);
        assert_eq!(raw.header("content-length").unwrap(), raw.body().len().to_string());
        assert_eq!(raw.header("content-type").as_deref(), Some("application/json"));
        assert_eq!(raw.header("x-standin-source").as_deref(), Some("fault"));
        let error = serde_json::from_slice(raw.body()).unwrap();
        (raw, error)
    }
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn retry(raw: &Raw) -> [Option<String>; 2] {
    [raw.header("retry-after"), raw.header("retry-after-ms")]
}

#[test]
fn each_vendor_says_it_in_its_own_shape() {
    let server = start(Standin::builder());
    for (status, kind, code) in [
        (400, "invalid_request_error", Value::Null),
        (401, "invalid_request_error", json!("invalid_api_key")),
        (429, "requests", json!("rate_limit_exceeded")),
        (500, "server_error", Value::Null),
        (503, "server_error", Value::Null),
    ] {
        let (raw, body) = OPENAI.error(&server, &format!("status={status}"));
        assert_eq!((raw.status(), names(&body)), (status, vec!["error"]));
        assert_eq!(names(&body["error"]), ["message", "type", "param", "code"], "{status}");
        assert_eq!((&body["error"]["type"], &body["error"]["code"]), (&json!(kind), &code), "{status}");
    }
    for (status, code) in [(401, "401"), (429, "429")] {
        let (raw, body) = AZURE.error(&server, &format!("status={status}"));
        assert_eq!((raw.status(), names(&body)), (status, vec!["error"]));
        assert_eq!(names(&body["error"]), ["code", "message"]);
        assert_eq!(body["error"]["code"], code);
    }
    for (status, kind) in [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (409, "conflict_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ] {
        let (raw, body) = ANTHROPIC.error(&server, &format!("status={status}"));
        assert_eq!((raw.status(), names(&body)), (status, vec!["type", "error", "request_id"]));
        assert_eq!((&body["type"], &body["error"]["type"]), (&json!("error"), &json!(kind)), "{status}");
        assert_eq!(names(&body["error"])[..2], ["type", "message"]);
        assert_eq!(body["request_id"].as_str(), raw.header("request-id").as_deref());
    }
    let (raw, body) = NOBODY.error(&server, "status=503");
    assert_eq!((raw.status(), names(&body)), (503, vec!["error"]));
}

#[test]
fn when_to_come_again_is_said_as_the_vendor_says_it_and_as_asked() {
    let server = start(Standin::builder());
    let some = |text: &str| Some(text.to_owned());
    for vendor in [OPENAI, AZURE] {
        let [seconds, millis] = retry(&vendor.error(&server, "status=429").0);
        assert_eq!(seconds.unwrap().parse::<u64>().unwrap() * 1000, millis.unwrap().parse::<u64>().unwrap());
    }
    let [seconds, millis] = retry(&ANTHROPIC.error(&server, "status=429").0);
    assert!(seconds.unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(millis, None);
    for vendor in [OPENAI, AZURE, ANTHROPIC, NOBODY] {
        for (written, told) in [
            ("2s", [some("2"), None]),
            ("300ms", [some("1"), some("300")]),
            ("1500ms", [some("2"), some("1500")]),
            ("none", [None, None]),
        ] {
            let (raw, _) = vendor.error(&server, &format!("status=429,retry-after={written}"));
            assert_eq!(retry(&raw), told, "{vendor:?} {written}");
        }
        assert_eq!(retry(&vendor.error(&server, "status=400").0), [None, None], "{vendor:?}");
    }
}

#[test]
fn what_is_said_can_be_chosen() {
    let server = start(Standin::builder());
    let written =
        r#"status=400,type=invalid_request_error,code=too_long,param=messages,message="shorter, please""#;
    let (_, body) = OPENAI.error(&server, written);
    let expected = json!({"error": {"message": "shorter, please", "type": "invalid_request_error", "param": "messages", "code": "too_long"}});
    assert_eq!(body, expected);
    assert_eq!(OPENAI.error(&server, "status=401,code=null").1["error"]["code"], Value::Null);
    let (_, body) = ANTHROPIC.error(&server, "status=529,type=api_error,message=wait");
    assert_eq!(body["error"], json!({"type": "api_error", "message": "wait"}));
    let (_, body) = AZURE.error(&server, "status=404,code=DeploymentNotFound,message=none");
    assert_eq!(
        (&body["error"]["code"], &body["error"]["message"]),
        (&json!("DeploymentNotFound"), &json!("none"))
    );
}

#[test]
fn what_stands_before_a_vendor_says_it_otherwise() {
    let server = start(Standin::builder());
    for vendor in [OPENAI, AZURE, ANTHROPIC, NOBODY] {
        let page = vendor.struck(&server, "status=502,body=html");
        assert_eq!(page.header("content-type").as_deref(), Some("text/html; charset=utf-8"));
        let text = std::str::from_utf8(page.body()).unwrap();
        assert!(text.starts_with("<!DOCTYPE html>") && text.contains("502 Bad Gateway"), "{text}");
        let plain = vendor.struck(&server, r#"status=504,body="upstream; timed out""#);
        assert_eq!(plain.header("content-type").as_deref(), Some("text/plain; charset=utf-8"));
        assert_eq!((plain.status(), plain.body()), (504, &b"upstream; timed out"[..]));
        let odd = vendor.struck(&server, "status=503,content-type=application/xml");
        assert_eq!(odd.header("content-type").as_deref(), Some("application/xml"));
        assert!(serde_json::from_slice::<Value>(odd.body()).is_ok());
        // The wait is before it, and all of it comes.
        assert_eq!(vendor.error(&server, "status=503,wait=20ms").0.body(), odd.body());
    }
}

#[test]
fn a_status_without_a_name_has_none() {
    let server = start(Standin::builder());
    let head = ANTHROPIC.struck(&server, "status=529").head();
    assert!(head.starts_with("HTTP/1.1 529 \r\n"), "{head}");
    let head = ANTHROPIC.struck(&server, "status=503").head();
    assert!(head.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{head}");
}

#[test]
fn a_server_that_starts_says_so_to_everyone() {
    let server = start(Standin::builder().startup_delay(Duration::from_secs(3600)));
    for vendor in [OPENAI, AZURE, ANTHROPIC, NOBODY] {
        let raw = until_end(ask(&server, vendor.path, vendor.headers, vendor.body));
        assert_eq!((raw.status(), raw.header("retry-after").as_deref()), (503, Some("3600")), "{vendor:?}");
        let body: Value = serde_json::from_slice(raw.body()).unwrap();
        assert!(body["error"]["message"].as_str().unwrap().contains("being loaded"), "{body}");
    }
}
