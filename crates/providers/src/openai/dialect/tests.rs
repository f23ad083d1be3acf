use super::*;
use serde_json::{Value, json};
use standin_core::dialect::{Dialect, Endpoint};

fn admitted(fields: &[(&str, &str)]) -> Result<(), Failure> {
    DIALECT.admits(&Call {
        method: "POST".to_owned(),
        path: "/v1/chat/completions".to_owned(),
        query: None,
        host: None,
        headers: fields.iter().copied().collect(),
        body: "".into(),
    })
}

#[test]
fn any_key_is_a_key() {
    assert_eq!(admitted(&[("Authorization", "Bearer x")]), Ok(()));
    for fields in [&[][..], &[("Authorization", "Bearer ")], &[("api-key", "x")]] {
        let error = DIALECT.failure(&admitted(fields).unwrap_err())["error"].take();
        assert_eq!((&error["type"], &error["code"]), (&json!("invalid_request_error"), &Value::Null));
    }
}

#[test]
fn fields_are_those_that_clients_read() {
    let body = json!({"model": "text-embedding-3-small", "input": "x"});
    let asked = DIALECT.asked(Endpoint::Embeddings, "/v1/embeddings", &body);
    let fields = DIALECT.fields(200, Some(&asked), &mut Ids::new(1));
    let value = |name: &str| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str());
    assert_eq!(value("x-request-id").map(str::len), Some(36));
    assert_eq!(value("openai-version"), Some("2020-10-01"));
    assert_eq!(value("openai-model"), Some("text-embedding-3-small"));
    let missing = DIALECT.fields(404, None, &mut Ids::new(1));
    let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["x-request-id", "content-type", "vary", "x-content-type-options"]);
}

#[test]
fn the_version_is_part_of_the_path() {
    assert_eq!(DIALECT.operation("POST", "/v1/chat/completions"), Some(Operation::Answer(Endpoint::Chat)));
    assert_eq!(DIALECT.operation("POST", "/chat/completions"), None);
    assert_eq!(DIALECT.operation("POST", "/v1chat/completions"), None);
}
