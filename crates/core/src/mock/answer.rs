//! What a mock answers.

use super::seen::Seen;
use super::template::{Template, Templates};
use crate::dialect::{Endpoint, Failure, Options, Said};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

pub use super::template::TemplateError;

/// An answer, as it is written.
#[derive(Debug)]
pub struct Answer {
    pub(super) body: Body,
    /// The status, where it is not the usual one.
    pub status: Option<u16>,
    /// Header fields of the response. They win over those that the dialect gives.
    pub headers: Vec<(String, String)>,
    /// How it is streamed.
    pub options: Options,
    /// The endpoints that it is for, by what it holds; `None` where its shape does not tell.
    pub(super) fits: Option<Vec<Endpoint>>,
}

/// The body of an answer.
#[derive(Debug)]
pub(super) enum Body {
    Plain(Say),
    /// With texts that are templates.
    Template {
        kind: Kind,
        template: Template,
        templates: Arc<OnceLock<Templates>>,
    },
}

/// The kinds of what can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    Said,
    Failure,
}

/// What is to be said.
#[derive(Debug, Clone, PartialEq)]
pub enum Say {
    /// The provider's own object.
    Object(Value),
    /// A neutral answer.
    Said(Box<Said>),
    /// An error.
    Failure(Box<Failure>),
}

/// What is said to a call.
pub type Filled<'a> = Cow<'a, Say>;

// === impl Say ===

impl Say {
    /// What a tree says, by its kind.
    pub(super) fn read(kind: Kind, tree: Value) -> Result<Self, serde_json::Error> {
        Ok(match kind {
            Kind::Object => Say::Object(tree),
            Kind::Said => Say::Said(serde_json::from_value(tree)?),
            Kind::Failure => Say::Failure(serde_json::from_value(tree)?),
        })
    }
}

// === impl Answer ===

impl Answer {
    /// What is said to a call.
    ///
    /// # Errors
    /// When a template names what the call has not, or takes too long.
    pub fn fill(&self, seen: &Seen<'_>) -> Result<Filled<'_>, TemplateError> {
        match &self.body {
            Body::Plain(say) => Ok(Cow::Borrowed(say)),
            Body::Template { kind, template, templates } => {
                let templates = templates.get().ok_or_else(TemplateError::unread)?;
                let tree = templates.fill(template, seen)?;
                Say::read(*kind, tree).map(Cow::Owned).map_err(|error| TemplateError::shape(&error))
            }
        }
    }

    /// Whether it is a template.
    #[must_use]
    pub const fn is_template(&self) -> bool {
        matches!(self.body, Body::Template { .. })
    }

    /// The model that it names.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        match &self.body {
            Body::Plain(Say::Object(object)) => object.get("model").and_then(Value::as_str),
            Body::Plain(Say::Said(said)) => said.model.as_deref(),
            Body::Plain(Say::Failure(_)) | Body::Template { .. } => None,
        }
    }
}
