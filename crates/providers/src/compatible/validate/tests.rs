mod asked;
mod refused;
mod tools;

use super::{Models, validate};
use serde_json::{Value, json};
use standin_core::Headers;
use standin_core::dialect::{Endpoint, Failure};

fn judged(endpoint: Endpoint, body: &Value) -> Result<(), Failure> {
    let headers = Headers::from_iter([("content-type", "application/json")]);
    validate(endpoint, &headers, body, Models::Named)
}

/// A body with some members changed.
fn with(mut body: Value, changes: Value) -> Value {
    if let (Value::Object(members), Value::Object(changes)) = (&mut body, changes) {
        members.extend(changes);
    }
    body
}

fn chat(changes: Value) -> Value {
    with(json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}), changes)
}

/// The message, the parameter and the code that are said.
fn said(endpoint: Endpoint, body: &Value) -> (u16, Value) {
    let failure = judged(endpoint, body).expect_err(&body.to_string());
    let told = crate::compatible::failure(&failure)["error"].clone();
    (failure.status, json!([told["message"], told["param"], told["code"]]))
}

#[track_caller]
fn refuses(endpoint: Endpoint, body: &Value, message: &str, param: Value, code: Value) {
    let expected = Value::Array(vec![message.into(), param, code]);
    assert_eq!(said(endpoint, body), (400, expected), "{body}");
}
