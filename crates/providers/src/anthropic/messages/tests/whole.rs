//! Answers in one piece.

use super::*;

#[test]
fn an_object_is_sent_as_it_is_written() {
    let written = r#"{"zeta":1,"id":"msg_1","content":[{"type":"of_tomorrow","b":1,"a":null}],"usage":{"output_tokens":2},"alpha":{}}"#;
    assert_eq!(whole(serde_json::from_str(written).unwrap()), written);
    assert_eq!(whole(json!({"usage": null, "id": 1})), r#"{"usage":null,"id":1}"#);
    assert_eq!(whole(json!("odd")), "\"odd\"");
}

#[test]
fn a_usage_that_is_not_there_is_counted() {
    assert_eq!(
        whole(json!({"id": "msg_1", "content": [{"type": "text", "text": "Hello there!"}]})),
        r#"{"id":"msg_1","content":[{"type":"text","text":"Hello there!"}],"usage":{"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"output_tokens":3,"service_tier":"standard","inference_geo":"not_available"}}"#
    );
}

#[test]
fn an_error_is_never_a_stream_and_has_no_usage() {
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let body = request(true);
    let rendered = render(error.clone(), &asked(Endpoint::Messages, &body), &Options::default());
    assert_eq!(rendered, Rendered::json(&error));
}

#[test]
fn a_count_of_tokens_is_sent_as_it_is_written() {
    let body = request(true);
    let rendered =
        render(json!({"input_tokens": 7}), &asked(Endpoint::CountTokens, &body), &Options::default());
    assert_eq!(rendered, Rendered::json(&json!({"input_tokens": 7})));
}
