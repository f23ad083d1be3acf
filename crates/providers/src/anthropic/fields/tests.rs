use super::super::error;
use super::*;
use crate::anthropic::messages;
use serde_json::json;
use standin_core::dialect::{CREATED, Endpoint, Failure};

fn field<'f>(fields: &'f [(&'static str, String)], name: &str) -> Option<&'f str> {
    fields.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
}

#[test]
fn an_answer_has_an_id_and_limits() {
    let body = json!({});
    let asked = messages::asked(Endpoint::Messages, &body);
    let fields = fields(200, Some(&asked), &mut asked.ids());
    let id = field(&fields, "request-id").unwrap();
    assert!(id.starts_with("req_011") && id.len() == 28, "{id}");
    assert_eq!(field(&fields, "anthropic-organization-id").unwrap().len(), 36);
    for kind in ["requests", "tokens", "input-tokens", "output-tokens"] {
        let limit = |what: &str| field(&fields, &format!("anthropic-ratelimit-{kind}-{what}")).unwrap();
        assert_eq!(limit("limit"), limit("remaining"));
        assert_eq!(limit("reset"), RESET);
    }
    assert_eq!(field(&fields, "retry-after"), None);
    assert_eq!(fields.len(), 14);
}

#[test]
fn a_failure_has_one_id_in_its_header_and_its_body() {
    for status in [400, 401, 404, 429, 500, 529] {
        let fields = fields(status, None, &mut Ids::new(7));
        let failure = error::failure(&Failure::of(status));
        assert_eq!(failure["request_id"], field(&fields, "request-id").unwrap(), "{status}");
        let limited =
            (field(&fields, "retry-after"), field(&fields, "anthropic-ratelimit-requests-remaining"));
        assert_eq!(limited, if status == 429 { (Some("1"), Some("0")) } else { (None, None) });
    }
}

#[test]
fn the_limits_are_full_a_minute_after_answers_are_made() {
    // 2025-06-15 is day 20,254 since 1970.
    assert_eq!(CREATED + 60, 20_254 * 86_400 + 15 * 3_600 + 7 * 60 + 40);
    assert!(RESET.starts_with("2025-06-15T15:07:40"));
}
