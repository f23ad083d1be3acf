//! A canonical request, as its file has it and as it is sent.

use super::{entries, multipart};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A request to a provider, with everything that its endpoint wants.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Request {
    /// Its name, and that of its cassette.
    pub name: &'static str,
    /// What it shows, in a few words.
    pub shows: &'static str,
    /// `POST`.
    pub method: &'static str,
    /// The path at the provider, with its query.
    pub path: &'static str,
    /// The status that the provider answers with.
    pub status: u16,
    /// Header fields by their names in lower case, with a credential that is none: [`DUMMY_KEY`]. A form has no
    /// content type here, since that names its boundary.
    pub headers: BTreeMap<String, String>,
    /// What is sent.
    #[serde(flatten)]
    pub content: Content,
}

/// The content of a request.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// JSON.
    Body(Value),
    /// `multipart/form-data`.
    Form(Vec<Part>),
}

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Part {
    /// A field.
    Text {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A file that lies beside the requests.
    File {
        /// The field's name.
        name: String,
        /// The file's name.
        file: String,
        /// Its media type.
        #[serde(rename = "type")]
        media_type: String,
    },
}

/// The header that names the cassette.
pub const CASSETTE_HEADER: &str = "x-cassette-name";

/// What stands in the headers where a key belongs.
pub const DUMMY_KEY: &str = "none";

// === impl Request ===

impl Request {
    /// The request to a server at a base URL, with the name of its cassette. SDKs want some base URLs with a `/v1`
    /// at their end: that is taken for the one that the path begins with.
    ///
    /// # Errors
    /// When the base URL is none.
    pub fn build(&self, base_url: &str) -> Result<http::Request<Bytes>, http::Error> {
        let content_type = match &self.content {
            Content::Body(_) => None,
            Content::Form(_) => Some(multipart::content_type()),
        };
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields = own.chain(content_type.as_deref().map(|value| ("content-type", value)));
        let request = http::Request::builder().method(self.method).uri(self.url(base_url));
        fields
            .chain([(CASSETTE_HEADER, self.name)])
            .fold(request, |request, (name, value)| request.header(name, value))
            .body(self.body())
    }

    /// The same with a key where its headers have none.
    #[must_use]
    pub fn with_key(&self, key: &str) -> Request {
        let mut own = self.clone();
        for value in own.headers.values_mut() {
            if let Some(lead) = value.strip_suffix(DUMMY_KEY)
                && (lead.is_empty() || lead.ends_with(' '))
            {
                *value = format!("{lead}{key}");
            }
        }
        own
    }

    /// Its address at a base URL.
    #[must_use]
    pub fn url(&self, base_url: &str) -> String {
        let base = base_url.trim_end_matches('/');
        let root = base.strip_suffix("/v1").unwrap_or(base);
        format!("{root}{}", self.path)
    }

    /// The bytes that are sent.
    #[must_use]
    pub fn body(&self) -> Bytes {
        match &self.content {
            Content::Body(value) => Bytes::from(value.to_string()),
            Content::Form(parts) => multipart::write(parts),
        }
    }
}

// === impl Part ===

impl Part {
    /// The field's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Part::Text { name, .. } | Part::File { name, .. } => name,
        }
    }

    /// What the part holds.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Part::Text { value, .. } => value.as_bytes(),
            Part::File { file, .. } => entries::file(file).unwrap_or_default(),
        }
    }
}
