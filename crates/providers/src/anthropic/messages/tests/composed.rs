use super::*;
use standin_core::dialect::{ToolCall, Usage};

fn composed(said: &Said) -> Value {
    compose(said, &asked(Endpoint::Messages, &request(false))).unwrap()
}

#[test]
fn a_text_is_a_message() {
    let mut message = composed(&Said { text: Some("Hello there!".to_owned()), ..Said::default() });
    let id = message["id"].take();
    let id = id.as_str().unwrap();
    assert!(id.starts_with("msg_01") && id.len() == 28, "{id}");
    assert_eq!(
        message.to_string(),
        r#"{"id":null,"type":"message","role":"assistant","model":"claude-haiku-4-5","content":[{"type":"text","text":"Hello there!"}],"stop_reason":"end_turn","stop_sequence":null,"stop_details":null,"usage":{"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":3,"service_tier":"standard","inference_geo":"not_available"}}"#
    );
}

#[test]
fn what_is_thought_comes_before_what_is_said_and_called() {
    let call = |id: Option<&str>, arguments: Value| ToolCall {
        id: id.map(str::to_owned),
        name: "weather".to_owned(),
        arguments,
    };
    let message = composed(&Said {
        text: Some("I look.".to_owned()),
        reasoning: Some("Paris it is.".to_owned()),
        tool_calls: vec![
            call(Some("call_1"), json!({"city": "Paris"})),
            call(None, json!(r#"{"city":"Rome"}"#)),
            call(None, Value::Null),
            call(None, json!("not JSON")),
        ],
        model: Some("claude-y".to_owned()),
        usage: Some(Usage { input_tokens: 20, output_tokens: 7, cached_tokens: 5, reasoning_tokens: 2 }),
        ..Said::default()
    });
    let content = &message["content"];
    let kinds = content.as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap());
    assert_eq!(
        kinds.collect::<Vec<_>>(),
        ["thinking", "text", "tool_use", "tool_use", "tool_use", "tool_use"]
    );
    let signature = content[0]["signature"].as_str().unwrap();
    assert!(signature.len() > 100 && signature.len().is_multiple_of(4), "{signature}");
    assert_eq!((&content[2]["id"], &content[2]["input"]), (&json!("call_1"), &json!({"city": "Paris"})));
    let made_up = content[3]["id"].as_str().unwrap();
    assert!(made_up.starts_with("toolu_01") && made_up.len() == 30, "{made_up}");
    assert_ne!(content[3]["id"], content[4]["id"]);
    assert_eq!(content[3]["input"], json!({"city": "Rome"}));
    assert_eq!((&content[4]["input"], &content[5]["input"]), (&json!({}), &json!("not JSON")));
    assert_eq!((&message["stop_reason"], &message["model"]), (&json!("tool_use"), &json!("claude-y")));
    let usage = &message["usage"];
    assert_eq!((&usage["input_tokens"], &usage["cache_read_input_tokens"]), (&json!(15), &json!(5)));
    assert_eq!(usage["output_tokens_details"], json!({"thinking_tokens": 2}));
}

#[test]
fn a_refusal_has_its_text_and_its_reason() {
    let message = composed(&Said { refusal: Some("I will not.".to_owned()), ..Said::default() });
    assert_eq!(message["content"], json!([{"type": "text", "text": "I will not."}]));
    assert_eq!(message["stop_reason"], "refusal");
    assert_eq!(
        message["stop_details"],
        json!({"type": "refusal", "category": null, "explanation": "I will not."})
    );
}

#[test]
fn reasons_are_in_the_vendors_words() {
    for (said, own) in [
        ("stop", "end_turn"),
        ("length", "max_tokens"),
        ("tool_calls", "tool_use"),
        ("content_filter", "refusal"),
        ("pause_turn", "pause_turn"),
        ("of_tomorrow", "of_tomorrow"),
    ] {
        let message = composed(&Said { finish_reason: Some(said.to_owned()), ..Said::default() });
        assert_eq!(message["stop_reason"], own);
        assert_eq!(message["content"], json!([]));
    }
    let body = json!({"stop_sequences": ["END"]});
    let said = Said { finish_reason: Some("stop_sequence".to_owned()), ..Said::default() };
    assert_eq!(compose(&said, &asked(Endpoint::Messages, &body)).unwrap()["stop_sequence"], "END");
}

#[test]
fn what_messages_have_no_place_for_is_named() {
    let body = request(false);
    let asked_for = asked(Endpoint::Messages, &body);
    let said = Said { audio: Some("UklGRg==".to_owned()), ..Said::default() };
    assert_eq!(compose(&said, &asked_for).unwrap_err().to_string(), "messages cannot say audio");
    let counted = asked(Endpoint::CountTokens, &body);
    assert_eq!(
        compose(&Said::default(), &counted).unwrap_err().to_string(),
        "count_tokens cannot say a neutral answer"
    );
}
