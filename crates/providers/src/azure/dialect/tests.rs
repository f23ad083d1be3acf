use super::*;
use jiff::Timestamp;
use serde_json::json;
use standin_core::Headers;
use standin_core::dialect::{Dialect, Endpoint, Revisit, Said};
use standin_core::shape::{Allowance, Counted, Standing};
use std::time::Duration;

fn call(fields: &[(&str, &str)]) -> Call {
    Call {
        method: "POST".to_owned(),
        path: "/openai/deployments/mine/chat/completions".to_owned(),
        query: Some("api-version=2024-10-21".to_owned()),
        host: None,
        headers: fields.iter().copied().collect(),
        body: "".into(),
    }
}

#[test]
fn paths_of_both_surfaces_name_operations() {
    let answer = |endpoint| Some(Operation::Answer(endpoint));
    for (method, path, named) in [
        ("POST", "/openai/deployments/mine/chat/completions", answer(Endpoint::Chat)),
        ("POST", "/openai/deployments/mine/embeddings", answer(Endpoint::Embeddings)),
        ("POST", "/openai/deployments/mine/audio/speech", answer(Endpoint::Speech)),
        ("POST", "/openai/deployments/mine/images/edits", answer(Endpoint::ImageEdits)),
        ("POST", "/openai/deployments/mine/responses", None),
        ("POST", "/openai/deployments//chat/completions", None),
        ("POST", "/openai/responses", answer(Endpoint::Responses)),
        ("GET", "/openai/responses/resp_1", Some(Operation::Revisit(Revisit::Get, "resp_1".to_owned()))),
        ("GET", "/openai/models", Some(Operation::Models)),
        ("POST", "/openai/chat/completions", None),
        ("POST", "/openai/v1/chat/completions", answer(Endpoint::Chat)),
        ("POST", "/openai/v1/responses", answer(Endpoint::Responses)),
        ("GET", "/openai/v1/models/gpt-4o", Some(Operation::Model("gpt-4o".to_owned()))),
        ("POST", "/v1/chat/completions", None),
    ] {
        assert_eq!(DIALECT.operation(method, path), named, "{method} {path}");
    }
}

#[test]
fn the_deployment_is_the_model() {
    let body = json!({"model": "gpt-4o"});
    let model = |path| DIALECT.asked(Endpoint::Chat, path, &body).model.map(Cow::into_owned);
    assert_eq!(model("/openai/deployments/my%20own/chat/completions").as_deref(), Some("my own"));
    assert_eq!(model("/openai/v1/chat/completions").as_deref(), Some("gpt-4o"));
}

#[test]
fn a_deployment_takes_what_the_model_of_its_name_takes() {
    let judged = |path, mut body: Value| {
        body["messages"] = json!([{"role": "user", "content": "x"}]);
        let headers = Headers::from_iter([("content-type", "application/json")]);
        DIALECT
            .validate(&headers, &DIALECT.asked(Endpoint::Chat, path, &body))
            .map_err(|failure| failure.status)
    };
    let (thinking, plain) =
        ("/openai/deployments/o4-mini/chat/completions", "/openai/deployments/mine/chat/completions");
    let warm = json!({"temperature": 0.2});
    assert_eq!(judged(thinking, warm.clone()), Err(400));
    assert_eq!(judged(plain, warm.clone()), Ok(()));
    assert_eq!(judged(thinking, json!({})), Ok(()), "any name is a deployment's");
    // Below a deployment Azure does not look at the model of the body.
    assert_eq!(judged(plain, json!({"model": "o4-mini", "temperature": 0.2})), Ok(()));
    assert_eq!(
        judged("/openai/v1/chat/completions", json!({"model": "o4-mini", "temperature": 0.2})),
        Err(400)
    );
    assert_eq!(judged(plain, json!({"temperature": 9})), Err(400), "what no model takes");
}

#[test]
fn a_key_or_a_token_is_needed() {
    for fields in [&[("api-key", "k")][..], &[("Authorization", "Bearer t")]] {
        assert_eq!(DIALECT.admits(&call(fields)), Ok(()));
    }
    for fields in [&[][..], &[("api-key", "")], &[("Authorization", "Basic t")]] {
        let refused = DIALECT.admits(&call(fields)).unwrap_err();
        assert_eq!(DIALECT.failure(&refused)["error"]["code"], "401");
    }
}

#[test]
fn a_neutral_answer_says_what_the_filter_found() {
    let body = json!({"messages": [{"role": "user", "content": "Hi"}]});
    let asked = DIALECT.asked(Endpoint::Chat, "/openai/deployments/mine/chat/completions", &body);
    let said = Said { text: Some("Hello".to_owned()), ..Said::default() };
    let object = DIALECT.compose(&said, &asked).unwrap();
    assert!(object.get("service_tier").is_none());
    assert_eq!(object["model"], "mine");
    let safe = json!({"filtered": false, "severity": "safe"});
    let found = json!({"hate": safe, "self_harm": safe, "sexual": safe, "violence": safe});
    assert_eq!(object["choices"][0]["content_filter_results"], found);
    assert_eq!(
        object["prompt_filter_results"],
        json!([{"prompt_index": 0, "content_filter_results": found}])
    );
}

#[test]
fn errors_are_of_the_gateway_or_of_the_model() {
    let error = |failure: &Failure| DIALECT.failure(failure)["error"].clone();
    assert_eq!(error(&Failure::of(404))["code"], "DeploymentNotFound");
    assert_eq!(error(&Failure::of(429).saying("Slow")), json!({"code": "429", "message": "Slow"}));
    assert_eq!(error(&Failure::of(400))["type"], "invalid_request_error");
    let filtered = error(&Failure::of(400).coded("content_filter"));
    assert_eq!(
        (&filtered["type"], &filtered["param"], &filtered["code"], &filtered["status"]),
        (&Value::Null, &json!("prompt"), &json!("content_filter"), &json!(400))
    );
    assert_eq!(filtered["innererror"]["code"], "ResponsibleAIPolicyViolation");
}

#[test]
fn fields_hold_ids_as_azure_makes_them() {
    let fields = DIALECT.fields(200, None, &mut Ids::new(1));
    let value = |name: &str| fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value.as_str());
    assert_eq!(value("x-request-id").map(str::len), Some(36));
    assert!(value("apim-request-id").is_some() && value("x-ratelimit-remaining-tokens").is_some());
}

#[test]
fn limits_are_told_by_the_gateway() {
    let allowance =
        |counted| Allowance { counted, limit: 100, remaining: 10, reset: Duration::from_secs(54) };
    let error = |counted, retry_after| {
        let exceeded = Exceeded { allowance: allowance(counted), requested: 20, retry_after };
        DIALECT.failure(&DIALECT.exceeded(&exceeded, Some("gpt-5")))["error"].clone()
    };
    assert_eq!(
        error(Counted::Tokens, Some(Duration::from_millis(5_001))),
        json!({
            "code": "429",
            "message": "Requests to this deployment have exceeded its token rate limit of 100: 90 used, 20 requested. \
                        Please retry after 6 seconds.",
        })
    );
    let spent = error(Counted::Budget, None);
    assert_eq!(spent["code"], "429");
    assert!(!spent["message"].as_str().unwrap().contains("retry"), "{spent}");
    let standing = Standing { allowances: vec![allowance(Counted::Tokens)] };
    let fields = DIALECT.standing(&standing, Timestamp::UNIX_EPOCH);
    assert!(fields.contains(&("x-ratelimit-remaining-tokens", "10".to_owned())), "{fields:?}");
    let retry = DIALECT.retry(Duration::from_millis(5_001));
    assert_eq!(retry, [("retry-after", "6".to_owned()), ("retry-after-ms", "5001".to_owned())]);
}
