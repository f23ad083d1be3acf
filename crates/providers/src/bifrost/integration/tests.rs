use super::*;
use crate::bifrost::{AsyncKind, AsyncStatus, Envelope};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::json;

const ID: &str = "0b6cf3f8-21c6-4a3c-9d4e-6b3f5f1f4a10";
const STYLES: [Integration; 3] = [Integration::Responses, Integration::Chat, Integration::Messages];

fn view<'a>(status: AsyncStatus, result: &'a [u8], error: &'a [u8]) -> View<'a> {
    let created = Timestamp::from_second(1_700_000_000).unwrap();
    let status_code = Some(if status == AsyncStatus::Failed { 429 } else { 200 });
    let job = Envelope {
        id: ID,
        kind: AsyncKind::Responses,
        status,
        created,
        completed: Some(created),
        expires: Some(created),
        status_code,
        result: Some(result),
        error: Some(error),
    };
    View { job, model: "gpt-4o" }
}

fn said(answer: &crate::bifrost::Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn documented_paths_take_jobs() {
    for prefix in ["openai", "litellm", "langchain", "pydanticai"] {
        for (name, integration) in
            [("responses", Integration::Responses), ("chat/completions", Integration::Chat)]
        {
            for version in ["v1/", "", "openai/"] {
                let path = format!("/{prefix}/{version}{name}");
                assert_eq!(integrated(&path), Integrated::Yes(integration), "{path}");
            }
        }
    }
    for prefix in ["anthropic", "litellm", "langchain", "pydanticai", "cursor"] {
        for path in ["v1/messages", "v1/messages/any/path"] {
            let path = format!("/{prefix}/{path}");
            assert_eq!(integrated(&path), Integrated::Yes(Integration::Messages), "{path}");
        }
        let batches = format!("/{prefix}/v1/messages/batches/1/results");
        assert_eq!(integrated(&batches), Integrated::Ignored);
        let counted = format!("/{prefix}/v1/messages/count_tokens");
        assert_eq!(integrated(&counted), Integrated::No(Integration::Messages));
    }
}

#[test]
fn other_paths_take_none() {
    for (path, integrated_as) in [
        ("/openai/v1/embeddings", Integrated::No(Integration::Responses)),
        ("/openai/v1/responses/resp_1", Integrated::No(Integration::Responses)),
        ("/openai/openai/deployments/d/chat/completions", Integrated::No(Integration::Responses)),
        ("/openai/v1/messages", Integrated::No(Integration::Responses)),
        ("/openai/v1/responsesx", Integrated::No(Integration::Responses)),
        ("/bedrock/model/m/converse", Integrated::No(Integration::Responses)),
        ("/cursor/v1/chat/completions", Integrated::No(Integration::Responses)),
        ("/anthropic/v1/complete", Integrated::No(Integration::Messages)),
        ("/openai/v1/batches", Integrated::Ignored),
        ("/openai/v1/files/f/content", Integrated::Ignored),
        ("/v1/responses", Integrated::Ignored),
        ("/v1/messages", Integrated::Ignored),
        ("/to/api.openai.com/v1/responses", Integrated::Ignored),
        ("/openai", Integrated::Ignored),
        ("", Integrated::Ignored),
    ] {
        assert_eq!(integrated(path), integrated_as, "{path}");
    }
    let refused = Integration::Responses.unsupported();
    assert_eq!(refused.status, 400);
    assert_eq!(said(&refused)["error"]["type"], "async_not_supported");
    assert_eq!(
        said(&Integration::Messages.unsupported()),
        json!({"type": "error", "error": {
            "type": "async_not_supported", "message": "async operation is not supported on this route",
        }})
    );
}

#[test]
fn a_call_is_run_as_it_came() {
    let submit = |integration, body: &'static str| {
        let body = Bytes::from_static(body.as_bytes());
        integration_submission(integration, &Headers::new(), &body, &ModelRules::default())
    };
    let plain = r#"{"model" : "gpt-4o", "stream":false, "max_tokens": 1.0}"#;
    for integration in STYLES {
        let submission = submit(integration, plain).unwrap();
        assert_eq!(submission.run.body, plain);
        assert_eq!(submission.run.path, integration.synchronous_path());
        assert_eq!(submission.kind, integration.kind());
        assert_eq!(submission.model.to_string(), format!("{}/gpt-4o", integration.mount()));
        assert_eq!(submit(integration, "{}").unwrap().run.body, "{}");
        let refused = submit(integration, r#"{"model": "m", "stream": true}"#).unwrap_err();
        assert_eq!(
            (refused.status, &*refused.message),
            (400, "streaming is not supported for async requests")
        );
        for body in ["", "{", "[]", "1"] {
            let refused = submit(integration, body).unwrap_err();
            assert!(refused.status == 400 && refused.message.starts_with("invalid request format: "));
        }
    }
    let steered = submit(
        Integration::Messages,
        r#"{"max_tokens":1,"model":"anthropic/claude","fallbacks":["openai/gpt-4o","x"]}"#,
    );
    let steered = steered.unwrap();
    assert_eq!(steered.run.body, r#"{"max_tokens":1,"model":"claude"}"#);
    assert_eq!(steered.fallbacks.iter().map(ToString::to_string).collect::<Vec<_>>(), ["openai/gpt-4o"]);
}

#[test]
fn a_job_that_is_not_done_has_its_id_and_nothing_in_it() {
    let openai = Manner { words: StatusWords::OpenAi, ..Manner::default() };
    for (status, words, strict) in
        [(AsyncStatus::Pending, "pending", "queued"), (AsyncStatus::Processing, "processing", "in_progress")]
    {
        let view = view(status, b"{}", b"{}");
        for integration in STYLES {
            let answer = view.answer(integration, Manner::default());
            assert_eq!((answer.status, answer.field("x-bf-async-id")), (200, Some(ID)));
            assert_eq!(answer.field("x-bf-async-status"), Some(words));
            assert_eq!(said(&answer)["id"], ID);
            assert_eq!(said(&answer)["model"], "gpt-4o");
            let strictly = view.answer(integration, openai);
            assert_eq!(strictly.field("x-bf-async-status"), Some(words), "the API's own word");
        }
        let response = said(&view.answer(Integration::Responses, Manner::default()));
        assert_eq!((&response["status"], &response["created_at"]), (&json!(words), &json!(1_700_000_000)));
        assert_eq!((&response["output"], &response["object"]), (&json!([]), &json!("response")));
        assert_eq!(said(&view.answer(Integration::Responses, openai))["status"], strict);
        let chat = said(&view.answer(Integration::Chat, Manner::default()));
        assert_eq!((&chat["choices"], &chat["object"]), (&json!([]), &json!("chat.completion")));
        let message = said(&view.answer(Integration::Messages, Manner::default()));
        assert_eq!((&message["content"], &message["role"]), (&json!([]), &json!("assistant")));
        assert_eq!((&message["stop_reason"], &message["usage"]["input_tokens"]), (&json!(null), &json!(0)));
    }
}

#[test]
fn a_failure_is_told_as_the_vendor_would() {
    let error = ErrorObject::of(429, "slow down").kind("rate_limit_error").to_bytes();
    let failed = view(AsyncStatus::Failed, b"{}", &error);
    for integration in [Integration::Responses, Integration::Chat] {
        let answer = failed.answer(integration, Manner::default());
        assert_eq!((answer.status, answer.field("x-bf-async-status")), (429, Some("failed")));
        assert_eq!(said(&answer), serde_json::from_slice::<Value>(&error).unwrap());
    }
    let answer = failed.answer(Integration::Messages, Manner::default());
    assert_eq!(answer.status, 429);
    assert_eq!(
        said(&answer),
        json!({"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}})
    );
    let as_response = Manner { failed: FailedAs::Response, ..Manner::default() };
    let answer = failed.answer(Integration::Responses, as_response);
    let response = said(&answer);
    assert_eq!((answer.status, &response["status"]), (200, &json!("failed")));
    assert_eq!(response["error"], json!({"code": "rate_limit_error", "message": "slow down"}));
    assert_eq!(failed.answer(Integration::Chat, as_response).status, 429, "a completion cannot say so");

    let nothing = View { job: Envelope { status_code: None, error: None, ..failed.job }, ..failed };
    let answer = nothing.answer(Integration::Messages, Manner::default());
    assert_eq!((answer.status, &said(&answer)["error"]["type"]), (500, &json!("api_error")));
}

#[test]
fn no_such_job_is_told_in_every_shape() {
    let gone = ErrorObject::no_such_job();
    let openai = Integration::Chat.refused(&gone);
    assert_eq!(
        (openai.status, &said(&openai)["error"]["message"]),
        (404, &json!("job not found or expired"))
    );
    let anthropic = Integration::Messages.refused(&gone);
    assert_eq!(anthropic.status, 404);
    assert_eq!(
        said(&anthropic),
        json!({"type": "error", "error": {"type": "api_error", "message": "job not found or expired"}})
    );
}

#[test]
fn a_result_is_told_at_every_path_of_its_kind() {
    let response = json!({
        "id": "resp_1", "object": "response", "status": "completed", "model": "gpt-4o",
        "output": [
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "It is sunny."}]},
            {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{\"city\":\"Bonn\"}"},
        ],
        "usage": {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 3, "total_tokens": 12},
        "extra_fields": {"provider": "openai"},
    })
    .to_string();
    let job = view(AsyncStatus::Completed, response.as_bytes(), b"{}");
    let own = job.answer(Integration::Responses, Manner::default());
    assert_eq!((own.status, own.body.as_slice()), (200, response.as_bytes()), "byte for byte");
    let message = job.answer(Integration::Messages, Manner::default());
    assert_eq!(
        said(&message),
        json!({
            "id": "resp_1", "type": "message", "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": ""},
                {"type": "text", "text": "It is sunny."},
                {"type": "tool_use", "id": "c1", "name": "weather", "input": {"city": "Bonn"}},
            ],
            "model": "gpt-4o", "stop_reason": "tool_use", "stop_sequence": null,
            "usage": {"input_tokens": 5, "cache_read_input_tokens": 4, "output_tokens": 3},
        })
    );
    let back = native_result(&message.body, 7);
    let back: Value = serde_json::from_slice(&back).unwrap();
    assert_eq!(
        (&back["object"], &back["status"], &back["created_at"]),
        (&json!("response"), &json!("completed"), &json!(7))
    );
    assert_eq!(back["usage"]["input_tokens"], 9);
    assert_eq!(back["output"][0]["summary"][0]["text"], "hm");
    assert_eq!(back["output"][1]["content"][0]["text"], "It is sunny.");
    assert_eq!(back["output"][2]["arguments"], r#"{"city":"Bonn"}"#);
}

#[test]
fn a_message_is_told_without_what_is_told_beside() {
    let message = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude",
        "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}],
        "stop_reason": "max_tokens", "usage": {"input_tokens": 1, "output_tokens": 2},
    });
    let mut kept = message.clone();
    kept["extra_fields"] = json!({"provider": "anthropic"});
    let kept = kept.to_string();
    let job = view(AsyncStatus::Completed, kept.as_bytes(), b"{}");
    assert_eq!(said(&job.answer(Integration::Messages, Manner::default())), message);
    let response = said(&job.answer(Integration::Responses, Manner::default()));
    assert_eq!(
        (&response["status"], &response["extra_fields"]["provider"]),
        (&json!("incomplete"), &json!("anthropic"))
    );
    assert_eq!(response["incomplete_details"], json!({"reason": "max_output_tokens"}));
    assert_eq!(response["output"].as_array().unwrap().len(), 1);
    assert_eq!(response["output"][0]["content"].as_array().unwrap().len(), 2);
}

proptest! {
    #[test]
    fn any_result_is_told_as_json(
        head in prop_oneof![Just(r#""object":"response""#), Just(r#""type":"message""#)],
        output in crate::bifrost::check::tests::hostile::tree(),
        status in 0..4usize,
    ) {
        let result = format!(r#"{{{head},"output":{output},"content":{output},"usage":{output}}}"#);
        let view = view(AsyncStatus::ALL[status], result.as_bytes(), result.as_bytes());
        for integration in STYLES {
            let answer = view.answer(integration, Manner::default());
            prop_assert!(serde_json::from_slice::<Value>(&answer.body).is_ok());
        }
        prop_assert!(serde_json::from_slice::<Value>(&native_result(result.as_bytes(), 0)).is_ok());
    }
}
