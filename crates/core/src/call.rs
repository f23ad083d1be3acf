//! A call: a request as the engine understands it.

use crate::headers::Headers;
use bytes::Bytes;

/// A request, after the mounts and selectors in its path are taken off.
#[derive(Debug, Clone)]
pub struct Call {
    /// `POST`.
    pub method: String,
    /// The path at the provider, as sent: `/v1/chat/completions`.
    pub path: String,
    /// The query, as sent, without the question mark.
    pub query: Option<String>,
    /// The provider's authority, where the caller named one.
    pub host: Option<String>,
    /// Header fields, as sent.
    pub headers: Headers,
    /// The body, as sent.
    pub body: Bytes,
}

// === impl Call ===

impl Call {
    /// The path and the query, as sent.
    #[must_use]
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}
