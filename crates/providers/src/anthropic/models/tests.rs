use super::*;

#[test]
fn models_are_listed_and_found_by_name() {
    let names = ["claude-x".to_owned(), "claude-y".to_owned()];
    assert_eq!(
        models(&names, None).unwrap().to_string(),
        r#"{"data":[{"type":"model","id":"claude-x","display_name":"claude-x","created_at":"2025-06-15T15:06:40Z","lifecycle":"active"},{"type":"model","id":"claude-y","display_name":"claude-y","created_at":"2025-06-15T15:06:40Z","lifecycle":"active"}],"has_more":false,"first_id":"claude-x","last_id":"claude-y"}"#
    );
    assert_eq!(models(&names, Some("claude-y")).unwrap()["id"], "claude-y");
    assert_eq!(models(&names, Some("claude-z")), None);
    assert_eq!(models(&[], None).unwrap()["first_id"], Value::Null);
}
