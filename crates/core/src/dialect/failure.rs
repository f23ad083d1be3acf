//! An error that a vendor is to say.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A status and what is said of it. What is left out is what the vendor usually says with this status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// The HTTP status.
    pub status: u16,
    /// The kind of the error: `type` in most bodies, `rate_limit_error` and the like.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The code, a text or null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Box<Value>>,
    /// The message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The parameter that is at fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub param: Option<Box<Value>>,
}

// === impl Failure ===

impl Failure {
    /// What the vendor usually says with a status.
    #[must_use]
    pub const fn of(status: u16) -> Self {
        Failure { status, kind: None, code: None, message: None, param: None }
    }

    /// With this message.
    #[must_use]
    pub fn saying(self, message: impl Into<String>) -> Self {
        Failure { message: Some(message.into()), ..self }
    }

    /// With this code.
    #[must_use]
    pub fn coded(self, code: impl Into<Value>) -> Self {
        Failure { code: Some(Box::new(code.into())), ..self }
    }

    /// Of this kind.
    #[must_use]
    pub fn kind(self, kind: impl Into<String>) -> Self {
        Failure { kind: Some(kind.into()), ..self }
    }

    /// Because of this parameter.
    #[must_use]
    pub fn about(self, param: impl Into<Value>) -> Self {
        Failure { param: Some(Box::new(param.into())), ..self }
    }
}
