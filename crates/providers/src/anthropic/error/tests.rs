use super::*;

#[test]
fn a_status_has_its_type() {
    for (status, kind) in [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (409, "conflict_error"),
        (413, "request_too_large"),
        (422, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (503, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ] {
        let error = failure(&Failure::of(status));
        assert_eq!((&error["type"], &error["error"]["type"]), (&json!("error"), &json!(kind)), "{status}");
        assert!(!error["error"]["message"].as_str().unwrap().is_empty(), "{status}");
        assert!(error["error"].get("details").is_none(), "{status}");
    }
}

#[test]
fn what_is_said_of_a_failure_is_passed_on() {
    let mut error = failure(&Failure::of(429).saying("Too fast").kind("own_error").coded("own_code"));
    let id = error["request_id"].take();
    assert!(id.as_str().unwrap().starts_with("req_011") && id.as_str().unwrap().len() == 28, "{id}");
    assert_eq!(
        error.to_string(),
        r#"{"type":"error","error":{"type":"own_error","message":"Too fast","details":{"error_code":"own_code"}},"request_id":null}"#
    );
    assert_eq!(
        failure(&Failure::of(529).coded(Value::Null))["error"],
        json!({"type": "overloaded_error", "message": "Overloaded"})
    );
}

#[test]
fn standins_own_errors_have_no_id_of_the_vendor() {
    let report = ErrorReport { status: 409, code: "out_of_date", message: "no match" };
    assert_eq!(
        body(&report).to_string(),
        r#"{"type":"error","error":{"type":"conflict_error","message":"no match","details":{"error_code":"out_of_date"}},"request_id":null}"#
    );
}
