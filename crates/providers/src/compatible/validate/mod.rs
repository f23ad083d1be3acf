//! What a request has to be, in the order in which OpenAI tells what it is not.
//!
//! ```text
//! model   is one named, and is it there     tables   what each member may be: `crate::members` walks them
//! limits  what the model takes              conversation, tools, schema, inputs   what members say together
//! ```
//!
//! What the vendor does not know it may know tomorrow: members that are in no table are taken as they are.

mod conversation;
mod inputs;
mod items;
mod limits;
mod media;
mod model;
mod schema;
mod tables;
mod tools;
mod wording;

#[cfg(test)]
mod tests;

use crate::members::{Encoding, Member, walk};
use serde_json::Value;
use standin_core::Headers;
use standin_core::dialect::{Endpoint, Failure};
use wording::{blamed, told};

/// Where a vendor's models get their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Models {
    /// The vendor names them, and the body has to say which one is meant.
    Named,
    /// Customers name them, most often in the path.
    Deployed,
}

/// Whether the vendor takes a request.
pub(super) fn validate(
    endpoint: Endpoint,
    headers: &Headers,
    body: &Value,
    models: Models,
) -> Result<(), Failure> {
    let is_form = headers.media_type().is_some_and(|media| media == "multipart/form-data");
    let asked = Request { body, encoding: if is_form { Encoding::Form } else { Encoding::Json }, models };
    match endpoint {
        Endpoint::Chat => asked.chat(),
        Endpoint::Completions => asked.completions(),
        Endpoint::Responses => asked.responses(),
        Endpoint::Embeddings => asked.embeddings(),
        Endpoint::Images => asked.images(tables::IMAGES),
        // Sent as JSON they name their images in other ways.
        Endpoint::ImageEdits if !is_form => asked.images(tables::IMAGES),
        Endpoint::ImageEdits => asked.images(tables::EDITS),
        Endpoint::ImageVariations if is_form => asked.images(tables::VARIATIONS),
        Endpoint::Speech => asked.speech(),
        Endpoint::Transcriptions => asked.transcriptions(tables::TRANSCRIPTIONS),
        Endpoint::Translations => asked.transcriptions(tables::TRANSLATIONS),
        Endpoint::Moderations => asked.moderations(),
        Endpoint::ImageVariations
        | Endpoint::ResponsesTokens
        | Endpoint::Rerank
        | Endpoint::Ocr
        | Endpoint::Messages
        | Endpoint::CountTokens => Ok(()),
    }
}

/// A request that is looked at.
struct Request<'a> {
    body: &'a Value,
    encoding: Encoding,
    models: Models,
}

// === impl Request ===

impl Request<'_> {
    fn chat(&self) -> Result<(), Failure> {
        let body = self.body;
        self.routed()?;
        self.walk(tables::CHAT)?;
        streams(body)?;
        limits::chat(body)?;
        self.walk(tables::SPENDING)?;
        conversation::contents(body)?;
        self.walk(tables::MESSAGES)?;
        self.walk(tables::TOOLS)?;
        tools::chat(body)?;
        conversation::calls(body)?;
        conversation::pictures(body)?;
        conversation::speaks_of_json(body)?;
        schema::answer(&body["response_format"]["json_schema"], "response_format")
    }

    fn completions(&self) -> Result<(), Failure> {
        self.routed()?;
        self.walk(tables::COMPLETIONS)?;
        streams(self.body)?;
        inputs::choices(self.body)
    }

    fn responses(&self) -> Result<(), Failure> {
        let body = self.body;
        self.walk(tables::RESPONSES)?;
        self.requested()?;
        streams(body)?;
        limits::responses(body)?;
        tools::responses(body)?;
        items::calls(body)?;
        items::speaks_of_json(body)?;
        schema::answer(&body["text"]["format"], "text.format.schema")
    }

    fn embeddings(&self) -> Result<(), Failure> {
        self.routed()?;
        inputs::embeddings(self.body, walk(tables::EMBEDDINGS, self.body, self.encoding))
    }

    fn images(&self, table: &'static [Member]) -> Result<(), Failure> {
        self.known()?;
        self.walk(table)?;
        media::images(self.body)
    }

    fn speech(&self) -> Result<(), Failure> {
        self.routed()?;
        self.walk(tables::SPEECH)?;
        media::speech(self.body)
    }

    fn transcriptions(&self, table: &'static [Member]) -> Result<(), Failure> {
        self.routed()?;
        self.walk(table)?;
        media::transcriptions(self.body)
    }

    fn moderations(&self) -> Result<(), Failure> {
        self.known()?;
        self.walk(tables::MODERATIONS)
    }

    fn walk(&self, table: &'static [Member]) -> Result<(), Failure> {
        walk(table, self.body, self.encoding).map_err(|wrong| told(&wrong))
    }

    /// Whether the request gets to a model at all, which is before anybody looks at the rest of it.
    fn routed(&self) -> Result<(), Failure> {
        match (&self.body["model"], self.models) {
            (_, Models::Deployed) => Ok(()),
            (Value::Null, _) => Err(model::missing()),
            (Value::String(name), _) if name.trim().is_empty() => Err(model::missing()),
            _ => self.known(),
        }
    }

    /// Whether the model is there, where one is named.
    fn known(&self) -> Result<(), Failure> {
        match &self.body["model"] {
            Value::String(name) if self.models == Models::Named && !model::is_known(name) => {
                Err(super::models::no_such_model(name))
            }
            _ => Ok(()),
        }
    }

    /// The same for Responses, which looks at the model last and says it in its own way.
    fn requested(&self) -> Result<(), Failure> {
        let body = self.body;
        let lacks = |name: &str| body[name].is_null() || body[name] == "";
        let missing = |name: &str| {
            let message = format!("Missing required parameter: '{name}'.");
            Err(wording::refused(message, name, "missing_required_parameter"))
        };
        let stored = !lacks("prompt");
        if lacks("model") && !stored && self.models == Models::Named {
            return missing("model");
        }
        if ["input", "previous_response_id", "conversation"].into_iter().all(lacks) && !stored {
            return missing("input");
        }
        match body["model"].as_str() {
            Some(name) if !name.is_empty() && self.models == Models::Named && !model::is_known(name) => {
                let message = format!("The requested model '{name}' does not exist.");
                Err(wording::refused(message, "model", "model_not_found"))
            }
            _ => Ok(()),
        }
    }
}

/// What is said of a stream is only taken where there is one.
fn streams(body: &Value) -> Result<(), Failure> {
    if body["stream_options"].is_null() || body["stream"] == true {
        return Ok(());
    }
    let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    Err(blamed(message, "stream_options"))
}
