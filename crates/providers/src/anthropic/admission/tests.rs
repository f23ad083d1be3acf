use super::*;
use serde_json::json;

fn headers(fields: &[(&str, &str)]) -> Headers {
    fields.iter().copied().collect()
}

fn admitted(fields: &[(&str, &str)]) -> Result<(), Failure> {
    admits(&Call {
        method: "POST".to_owned(),
        path: "/v1/messages".to_owned(),
        query: None,
        host: None,
        headers: headers(fields),
        body: "".into(),
    })
}

#[test]
fn a_key_of_either_kind_and_a_version_are_asked_for() {
    let version = ("anthropic-version", "2023-06-01");
    for key in [("X-Api-Key", "k"), ("Authorization", "Bearer k"), ("authorization", "bearer k")] {
        assert_eq!(admitted(&[key, version]), Ok(()), "{key:?}");
    }
    for key in [("x-api-key", " "), ("authorization", "Bearer "), ("authorization", "Basic k"), ("x", "y")] {
        assert_eq!(admitted(&[key, version]).unwrap_err().status, 401, "{key:?}");
    }
    assert_eq!(admitted(&[]).unwrap_err().status, 401);
    let missing = admitted(&[("x-api-key", "k")]).unwrap_err();
    assert_eq!((missing.status, missing.message.unwrap().contains("anthropic-version")), (400, true));
    let unknown = admitted(&[("x-api-key", "k"), ("anthropic-version", "2024-01-01")]).unwrap_err();
    assert_eq!((unknown.status, unknown.message.unwrap().contains("2024-01-01")), (400, true));
}

#[test]
fn the_newer_version_takes_less() {
    let older = headers(&[("anthropic-version", "2023-06-01")]);
    let newer = headers(&[("anthropic-version", "2026-10-21")]);
    let user = |block: Value| json!({"messages": [{"role": "user", "content": "x"}, {"role": "user", "content": [block]}]});
    let assistant = |block: Value| json!({"messages": [{"role": "assistant", "content": [block]}]});
    let document = json!({"type": "document", "source": {"type": "text", "data": "x"}});
    let cited = json!({"type": "text", "text": "x", "citations": [{"type": "char_location"}]});
    for (body, named) in [
        (json!({"temperature": 1.0}), "temperature"),
        (json!({"top_p": 1}), "top_p"),
        (json!({"top_k": 1}), "top_k"),
        (assistant(document.clone()), "messages.0.content.0"),
        (user(cited.clone()), "messages.1.content.0.citations"),
    ] {
        assert_eq!(accepts(&older, &body), Ok(()), "{body}");
        let failure = accepts(&newer, &body).unwrap_err();
        assert_eq!(failure.status, 400);
        assert!(failure.message.as_ref().unwrap().starts_with(named), "{failure:?}");
    }
    for body in [
        json!(null),
        json!({"messages": "x", "stop_sequences": []}),
        user(document),
        assistant(cited),
        user(json!({"type": "text", "text": "x", "citations": []})),
        user(json!({"type": "text", "text": "x", "citations": null})),
        user(json!({"type": "document", "citations": {"enabled": true}})),
        json!({"messages": [{"role": "system", "content": "x"}]}),
    ] {
        assert_eq!(accepts(&newer, &body), Ok(()), "{body}");
    }
    assert_eq!(accepts(&headers(&[("anthropic-version", "1")]), &json!({})).unwrap_err().status, 400);
}
