//! The error object: the body of a refusal, and what is kept of a job that failed.

use super::{Answer, AsyncKind, RETRY_AFTER};
use serde_json::{Map, Value, json};

/// Whose error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The caller's, or a vendor's.
    Outside,
    /// The server's own.
    Inside,
}

/// An error as this API says it.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorObject {
    /// The HTTP status.
    pub status: u16,
    /// Whose it is.
    pub origin: Origin,
    /// What is wrong.
    pub message: String,
    /// Its type, `queue_full` and the like.
    pub kind: Option<String>,
    /// The vendor's code.
    pub code: Option<Box<Value>>,
    /// The parameter that is at fault.
    pub param: Option<Box<Value>>,
    /// What is told of the request beside.
    pub extra_fields: Box<Map<String, Value>>,
    /// Header fields of the answer that says it.
    pub fields: Vec<(&'static str, String)>,
}

/// What is said of every job that the caller may not see, for whatever reason: who is told which, learns that
/// there is one.
pub const NOT_FOUND: &str = "job not found or expired";

// === impl ErrorObject ===

impl ErrorObject {
    /// An error of the caller's.
    #[must_use]
    pub fn of(status: u16, message: impl Into<String>) -> Self {
        ErrorObject {
            status,
            origin: Origin::Outside,
            message: message.into(),
            kind: None,
            code: None,
            param: None,
            extra_fields: Box::default(),
            fields: Vec::new(),
        }
    }

    /// An error of the server's own.
    #[must_use]
    pub fn inside(status: u16, message: impl Into<String>) -> Self {
        ErrorObject { origin: Origin::Inside, ..ErrorObject::of(status, message) }
    }

    /// Of this type.
    #[must_use]
    pub fn kind(self, kind: impl Into<String>) -> Self {
        ErrorObject { kind: Some(kind.into()), ..self }
    }

    /// Said with this header field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// A request that is wrong.
    #[must_use]
    pub fn bad(message: impl Into<String>) -> Self {
        ErrorObject::of(400, message)
    }

    /// There is no such job, or it is not the caller's.
    #[must_use]
    pub fn no_such_job() -> Self {
        ErrorObject::of(404, NOT_FOUND)
    }

    /// The virtual key of a submitted call is nobody's.
    #[must_use]
    pub fn unknown_virtual_key() -> Self {
        ErrorObject::bad("virtual key not found").kind("virtual_key_not_found")
    }

    /// A virtual key is asked for, and there is none.
    #[must_use]
    pub fn key_required() -> Self {
        ErrorObject::of(401, "virtual key is required").kind("virtual_key_required")
    }

    /// A job was stopped by its caller.
    #[must_use]
    pub fn cancelled() -> Self {
        ErrorObject::of(499, "job was cancelled").kind("job_cancelled")
    }

    /// A job was begun too often without an end.
    #[must_use]
    pub fn interrupted() -> Self {
        ErrorObject::inside(500, "job was interrupted, and has no attempts left").kind("job_interrupted")
    }

    /// No more jobs are taken for now.
    #[must_use]
    pub fn queue_full() -> Self {
        ErrorObject::of(429, "too many jobs are waiting: submit it again later")
            .kind("queue_full")
            .with("retry-after", RETRY_AFTER)
    }

    /// Jobs can neither be kept nor found for now.
    #[must_use]
    pub fn store_unavailable() -> Self {
        ErrorObject::inside(503, "the job store is not available").kind("store_unavailable")
    }

    /// The `Idempotency-Key` belongs to another request.
    #[must_use]
    pub fn other_request_of_key() -> Self {
        ErrorObject::of(422, "the Idempotency-Key was used for another request")
            .kind("idempotency_key_reused")
    }

    /// The first request with this `Idempotency-Key` is not done being accepted.
    #[must_use]
    pub fn key_in_use() -> Self {
        ErrorObject::of(409, "a request with this Idempotency-Key is being accepted")
            .kind("idempotency_key_in_use")
    }

    /// A run that panicked or could not be done.
    #[must_use]
    pub fn internal(detail: &str) -> Self {
        ErrorObject::inside(500, format!("internal error: {detail}"))
    }

    /// With what a run knows of its request.
    #[must_use]
    pub fn about(mut self, kind: AsyncKind, provider: Option<&str>, model: &str) -> Self {
        self.extra_fields.extend(
            [
                provider.map(|provider| ("provider", provider.to_owned())),
                (!model.is_empty()).then(|| ("original_model_requested", model.to_owned())),
                Some(("request_type", kind.name().to_owned())),
            ]
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.to_owned(), Value::String(value))),
        );
        self
    }

    /// As JSON, in the order in which it is sent.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut error = Map::new();
        error.insert("message".to_owned(), self.message.clone().into());
        let kind = self.kind.clone().map(Value::String);
        for (name, value) in [
            ("type", kind),
            ("code", self.code.as_deref().cloned()),
            ("param", self.param.as_deref().cloned()),
        ] {
            if let Some(value) = value.filter(|value| !value.is_null()) {
                error.insert(name.to_owned(), value);
            }
        }
        json!({
            "is_bifrost_error": self.origin == Origin::Inside,
            "status_code": self.status,
            "error": error,
            "extra_fields": self.extra_fields,
        })
    }

    /// What is kept of a job that failed so.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_value().to_string().into_bytes()
    }

    /// The answer that says it.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let mut body = self.to_bytes();
        body.push(b'\n');
        let fields = self.fields.iter();
        fields.fold(Answer::json(self.status, body), |answer, (name, value)| answer.with(name, value))
    }
}

/// A path that takes another method.
#[must_use]
pub fn method_not_allowed(method: &str, allow: &'static str) -> Answer {
    let message = format!("{method} is not allowed here: use {allow}");
    ErrorObject::of(405, message).answer().with("allow", allow)
}

/// A path that is not there.
#[must_use]
pub fn no_such_route(path: &str) -> Answer {
    ErrorObject::of(404, format!("Route not found: {path}")).answer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_look_as_they_are_specified() {
        let refused = ErrorObject::bad("model should be in provider/model format").answer();
        assert_eq!(
            String::from_utf8(refused.body).unwrap(),
            "{\"is_bifrost_error\":false,\"status_code\":400,\"error\":{\"message\":\"model should be in \
             provider/model format\"},\"extra_fields\":{}}\n"
        );
        let told = ErrorObject {
            code: Some(Box::default()),
            param: Some(Box::new("n".into())),
            ..ErrorObject::interrupted()
        };
        let told = told.about(AsyncKind::Chat, Some("openai"), "openai/gpt-4o");
        assert_eq!(
            told.to_value(),
            json!({
                "is_bifrost_error": true,
                "status_code": 500,
                "error": {
                    "message": "job was interrupted, and has no attempts left",
                    "type": "job_interrupted",
                    "param": "n",
                },
                "extra_fields": {
                    "provider": "openai",
                    "original_model_requested": "openai/gpt-4o",
                    "request_type": "chat_completion",
                },
            })
        );
    }

    #[test]
    fn refusals_of_paths_say_what_is_there() {
        let other = method_not_allowed("GET", "POST");
        assert_eq!((other.status, other.field("allow")), (405, Some("POST")));
        assert_eq!(other.field("content-type"), Some("application/json"));
        let nowhere = no_such_route("/v1/async/x");
        assert!(nowhere.status == 404 && nowhere.body.ends_with(b"\n"));
        let said: Value = serde_json::from_slice(&nowhere.body).unwrap();
        assert_eq!(said["error"]["message"], "Route not found: /v1/async/x");
    }
}
