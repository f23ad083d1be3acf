mod forms;
pub(in crate::bifrost) mod hostile;
mod run;

use crate::bifrost::{AsyncKind, ErrorObject, ModelRules, Submission, Unprefixed, submission};
use bytes::Bytes;
use serde_json::{Value, json};
use standin_core::Headers;

const FORMAT: &str = "model should be in provider/model format";

fn submit_with(
    kind: AsyncKind,
    content_type: &str,
    body: &[u8],
    rules: &ModelRules,
) -> Result<Submission, ErrorObject> {
    let headers = Headers::from_iter([("Content-Type", content_type)]);
    submission(kind, &headers, &Bytes::copy_from_slice(body), rules)
}

fn submit(kind: AsyncKind, body: &str) -> Result<Submission, ErrorObject> {
    submit_with(kind, "application/json", body.as_bytes(), &ModelRules::default())
}

/// Asserts what is said of a body: nothing where it is accepted, and the start of a message that ends in a colon
/// or in a backtick.
fn told(kind: AsyncKind, body: &str, message: Option<&str>) {
    said(submit(kind, body).map(|_| ()), message, body);
}

fn said(found: Result<(), ErrorObject>, message: Option<&str>, about: &str) {
    match (found, message) {
        (Ok(()), None) => {}
        (Err(error), Some(message)) => {
            assert_eq!(error.status, 400, "{about}");
            if message.ends_with(['`', ':']) {
                assert!(error.message.starts_with(message), "{about}: {}", error.message);
            } else {
                assert_eq!(error.message, message, "{about}");
            }
        }
        (found, expected) => panic!("{about}: {found:?}, and not {expected:?}"),
    }
}

/// A request that every check passes.
fn good(kind: AsyncKind) -> Value {
    match kind {
        AsyncKind::Completions | AsyncKind::ImageGenerations => {
            json!({"model": "openai/m", "prompt": "a cat"})
        }
        AsyncKind::Chat => json!({"model": "openai/m", "messages": [{"role": "user", "content": "hi"}]}),
        AsyncKind::Responses | AsyncKind::Embeddings => json!({"model": "openai/m", "input": "hi"}),
        AsyncKind::Speech => json!({"model": "openai/m", "input": "hi", "voice": "alloy"}),
        AsyncKind::Rerank => json!({"model": "cohere/m", "query": "q", "documents": [{"text": "a"}]}),
        AsyncKind::Ocr => {
            json!({"model": "mistral/m", "document": {"type": "document_url", "document_url": "u"}})
        }
        _ => panic!("{kind} takes forms"),
    }
}

fn with(kind: AsyncKind, member: &str, value: Value) -> String {
    let mut body = good(kind);
    body[member] = value;
    body.to_string()
}

fn without(kind: AsyncKind, member: &str) -> String {
    let mut body = good(kind);
    body.as_object_mut().unwrap().shift_remove(member);
    body.to_string()
}

fn of_json() -> impl Iterator<Item = AsyncKind> {
    AsyncKind::ALL.into_iter().filter(|kind| !kind.takes_forms())
}

#[test]
fn every_kind_refuses_what_is_no_request() {
    for kind in of_json() {
        told(kind, &good(kind).to_string(), None);
        for (body, message) in [
            ("", "invalid request format: the body is empty:"),
            ("{", "invalid request format:"),
            ("[]", "invalid request format: the body should be an object, and is a list of other things"),
            ("null", FORMAT),
            ("{}", FORMAT),
            (
                &with(kind, "model", json!(5)),
                "invalid request format: `model` should be a string, and is a number",
            ),
            (&with(kind, "model", json!("")), FORMAT),
            (&with(kind, "model", json!(null)), FORMAT),
            (&with(kind, "model", json!("gpt-4o")), FORMAT),
            (&with(kind, "model", json!("openai/")), FORMAT),
            (&with(kind, "model", json!("nosuch/x")), FORMAT),
            (&without(kind, "model"), FORMAT),
            (&with(kind, "stream", json!("true")), "invalid request format: `stream`"),
            (&with(kind, "fallbacks", json!("x")), "invalid request format: `fallbacks`"),
        ] {
            told(kind, body, Some(message));
        }
        told(kind, &with(kind, "of_tomorrow", json!([1])), None);
        told(kind, &with(kind, "stream", json!(false)), None);
        told(kind, &with(kind, "stream", json!(null)), None);
    }
}

#[test]
fn models_without_a_provider_are_taken_where_they_may_be() {
    let lax = ModelRules { unprefixed: Unprefixed::Accepted, ..ModelRules::default() };
    for kind in of_json() {
        for (model, message) in
            [("gpt-4o", None), ("nosuch/x", None), ("", Some(FORMAT)), ("openai/", Some(FORMAT))]
        {
            let body = with(kind, "model", json!(model));
            let found = submit_with(kind, "", body.as_bytes(), &lax).map(|found| {
                assert_eq!((found.model.provider, found.model.model), (None, model.to_owned()));
            });
            said(found, message, &body);
        }
    }
}

#[test]
fn completions() {
    let kind = AsyncKind::Completions;
    let lacking = "prompt is required for text completion";
    told(kind, &without(kind, "prompt"), Some(lacking));
    told(kind, &with(kind, "prompt", json!(null)), Some(lacking));
    told(kind, &with(kind, "prompt", json!(["a", "b"])), None);
    told(kind, &with(kind, "prompt", json!("")), None);
    told(kind, &with(kind, "prompt", json!(5)), Some("invalid request format: `prompt`"));
    told(kind, &with(kind, "stop", json!("END")), None);
    told(kind, &with(kind, "logprobs", json!(true)), Some("invalid request format: `logprobs`"));
    told(
        kind,
        &with(kind, "stream", json!(true)),
        Some("stream is not supported for async text completions"),
    );
    told(kind, r#"{"model":"openai/m","stream":true}"#, Some(lacking));
}

#[test]
fn chats() {
    let kind = AsyncKind::Chat;
    let lacking = "messages is required for chat completion";
    for nothing in [json!(null), json!([])] {
        told(kind, &with(kind, "messages", nothing), Some(lacking));
    }
    told(kind, r#"{"model":"openai/m","stream":true}"#, Some(lacking));
    told(kind, r#"{"stream":true}"#, Some(FORMAT));
    told(kind, &with(kind, "messages", json!("hi")), Some("invalid request format: `messages`"));
    told(kind, &with(kind, "messages", json!(["hi"])), Some("invalid request format: `messages`"));
    told(kind, &with(kind, "stop", json!("END")), None);
    told(kind, &with(kind, "stop", json!(["END"])), None);
    told(
        kind,
        &with(kind, "max_tokens", json!(1.5)),
        Some(
            "invalid request format: `max_tokens` should be a whole number, and is a number with a fraction",
        ),
    );
    told(
        kind,
        &with(kind, "stream", json!(true)),
        Some("stream is not supported for async chat completions"),
    );
    for (top, inner) in [("reasoning_effort", "effort"), ("reasoning_max_tokens", "max_tokens")] {
        let value = if inner == "effort" { json!("low") } else { json!(5) };
        let mut body = good(kind);
        body["reasoning"] = json!({inner: value});
        told(kind, &body.to_string(), None);
        body[top] = value;
        let both = format!(
            "invalid request format: both `{top}` and `reasoning.{inner}` are present: leave one of them out"
        );
        told(kind, &body.to_string(), Some(&both));
    }
}

#[test]
fn responses() {
    let kind = AsyncKind::Responses;
    let lacking = "input is required for responses";
    told(kind, &without(kind, "input"), Some(lacking));
    told(kind, &with(kind, "input", json!(null)), Some(lacking));
    told(kind, &with(kind, "input", json!([])), Some(lacking));
    told(kind, &with(kind, "input", json!(5)), Some("invalid request format: `input`"));
    told(kind, &with(kind, "input", json!("")), None);
    told(kind, &with(kind, "input", json!([{"role": "user", "content": "hi"}])), None);
    told(kind, &with(kind, "stream", json!(true)), Some("stream is not supported for async responses"));
}

#[test]
fn embeddings() {
    let kind = AsyncKind::Embeddings;
    let lacking = "input is required for embeddings";
    told(kind, &without(kind, "input"), Some(lacking));
    told(kind, &with(kind, "input", json!(null)), Some(lacking));
    for legal in [json!("a"), json!(["a", "b"]), json!([1, 2]), json!([[1], [2, 3]]), json!(""), json!([])] {
        told(kind, &with(kind, "input", legal), None);
    }
    for other in [json!({}), json!(5), json!(["a", 1]), json!([1.5]), json!([["a"]])] {
        told(kind, &with(kind, "input", other), Some("invalid request format: `input`"));
    }
    told(kind, &with(kind, "stream", json!(true)), None);
}

#[test]
fn speech() {
    let kind = AsyncKind::Speech;
    let (silent, voiceless) =
        ("input is required for speech completion", "voice is required for speech completion");
    told(kind, &without(kind, "input"), Some(silent));
    told(kind, &with(kind, "input", json!("")), Some(silent));
    told(kind, r#"{"model":"openai/m"}"#, Some(silent));
    told(kind, &without(kind, "voice"), Some(voiceless));
    told(kind, &with(kind, "voice", json!([])), Some(voiceless));
    told(kind, &with(kind, "voice", json!("")), None);
    told(kind, &with(kind, "voice", json!({"id": "v"})), Some("invalid request format: `voice`"));
    told(kind, &with(kind, "voice", json!([{"speaker": "A", "voice": "v"}])), None);
    told(
        kind,
        &with(kind, "voice", json!([{"voice": "v"}, {"speaker": "B", "voice": ""}])),
        Some("invalid request format: `voice[1].voice` should not be empty"),
    );
    told(kind, &with(kind, "stream_format", json!("sse")), Some("stream is not supported for async speech"));
    told(kind, &with(kind, "stream_format", json!("audio")), None);
    told(kind, &with(kind, "stream", json!(true)), None);
}

#[test]
fn images() {
    let kind = AsyncKind::ImageGenerations;
    told(kind, &without(kind, "prompt"), Some("prompt cannot be empty"));
    told(kind, &with(kind, "prompt", json!("")), Some("prompt cannot be empty"));
    told(
        kind,
        &with(kind, "stream", json!(true)),
        Some("stream is not supported for async image generations"),
    );
    told(
        kind,
        &with(kind, "n", json!("2")),
        Some("invalid request format: `n` should be a whole number, and is a string"),
    );
}

#[test]
fn rerank() {
    let kind = AsyncKind::Rerank;
    for query in [json!(""), json!(" \t"), json!(null)] {
        told(kind, &with(kind, "query", query), Some("query is required for rerank"));
    }
    told(kind, &with(kind, "documents", json!([])), Some("documents are required for rerank"));
    told(kind, &without(kind, "documents"), Some("documents are required for rerank"));
    told(kind, &with(kind, "documents", json!(["a"])), Some("invalid request format: `documents`"));
    told(
        kind,
        &with(kind, "documents", json!([{"text": 5}])),
        Some("invalid request format: `documents[0].text`"),
    );
    for blank in [json!({"text": " "}), json!({"id": "b"})] {
        let body = with(kind, "documents", json!([{"text": "a"}, blank]));
        told(kind, &body, Some("document text is required for rerank at index 1"));
    }
    for top in [json!(0), json!(-1)] {
        told(kind, &with(kind, "top_n", top), Some("top_n must be at least 1"));
    }
    told(kind, &with(kind, "top_n", json!(1)), None);
    told(kind, &with(kind, "top_n", json!(null)), None);
    told(kind, &with(kind, "stream", json!(true)), None);
}

#[test]
fn ocr() {
    let kind = AsyncKind::Ocr;
    let url = "document_url is required when document type is document_url";
    let image = "image_url is required when document type is image_url";
    for (document, message) in [
        (json!(null), Some("document type is required for ocr")),
        (json!({}), Some("document type is required for ocr")),
        (json!({"type": ""}), Some("document type is required for ocr")),
        (json!({"type": "document_url"}), Some(url)),
        (json!({"type": "document_url", "image_url": "u"}), Some(url)),
        (json!({"type": "image_url", "image_url": ""}), Some(image)),
        (json!({"type": "image_url", "image_url": "u"}), None),
        (json!({"type": "scroll"}), None),
        (json!("u"), Some("invalid request format: `document`")),
        (json!({"type": 5}), Some("invalid request format: `document.type`")),
    ] {
        told(kind, &with(kind, "document", document), message);
    }
    told(kind, &with(kind, "stream", json!(true)), None);
}
