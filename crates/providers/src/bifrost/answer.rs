//! An answer of this API: a status, header fields and bytes.

/// An answer. Its body is sent whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Header fields, names in lower case, without the body's length.
    pub fields: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

// === impl Answer ===

impl Answer {
    /// JSON, which nobody may keep: what it says changes with time.
    #[must_use]
    pub fn json(status: u16, body: Vec<u8>) -> Self {
        Answer::of(status, "application/json", body)
    }

    /// Bytes of a content type, which nobody may keep either.
    #[must_use]
    pub fn of(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let fields =
            vec![("content-type", content_type.to_owned()), ("cache-control", "no-store".to_owned())];
        Answer { status, fields, body }
    }

    /// With another header field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// The value of a header field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}
