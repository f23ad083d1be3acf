//! From a submitted call to the synchronous one that it stands for.

use super::check::{NO_PROMPT, Object, Prompt, check_form, check_json, object, prompt};
use super::form::Form;
use super::{AsyncKind, ErrorObject, ModelName, ModelRules};
use bytes::Bytes;
use serde_json::Value;
use standin_core::matching::canonical_json;
use standin_core::{Headers, Undecodable, decoded_request};

/// A call that may become a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// What it asks for.
    pub kind: AsyncKind,
    /// The model that it asks.
    pub model: ModelName,
    /// The models that are asked next, each where the one before it failed.
    pub fallbacks: Vec<ModelName>,
    /// The call that is made.
    pub run: RunRequest,
}

/// A synchronous call: a `POST` without a content encoding, which asks for no stream. It owns its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRequest {
    /// Its path, without a mount.
    pub path: String,
    /// The content type.
    pub content_type: String,
    /// The body.
    pub body: Bytes,
}

const JSON: &str = "application/json";

/// Reads a submitted call.
///
/// # Errors
/// The first thing that is wrong, as the caller is told it.
pub fn submission(
    kind: AsyncKind,
    headers: &Headers,
    body: &Bytes,
    rules: &ModelRules,
) -> Result<Submission, ErrorObject> {
    let body = plain(headers, body)?;
    let path = kind.synchronous_path();
    if kind.takes_forms() {
        let failed = |error| ErrorObject::bad(format!("failed to parse multipart form: {error}"));
        let form = Form::read(headers, &body).map_err(failed)?;
        let model = check_form(kind, &form, rules)?;
        let fallbacks = form.texts("fallbacks").filter_map(|name| rules.prefixed(&name));
        // Transcriptions have none.
        let fallbacks = fallbacks.filter(|_| kind != AsyncKind::Transcriptions).collect();
        let body = run_form(kind, form, &model);
        let content_type = headers.get("content-type").unwrap_or_default().to_owned();
        return Ok(Submission { kind, model, fallbacks, run: RunRequest { path, content_type, body } });
    }
    let body = object(&body)?;
    let model = check_json(kind, &body, rules)?;
    let names =
        body.get("fallbacks").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let fallbacks = names.filter_map(|name| rules.prefixed(name)).collect();
    let body = run_json(kind, body, &model);
    Ok(Submission { kind, model, fallbacks, run: RunRequest { path, content_type: JSON.to_owned(), body } })
}

/// A body without its content encoding.
pub(super) fn plain(headers: &Headers, body: &Bytes) -> Result<Bytes, ErrorObject> {
    decoded_request(headers.get("content-encoding"), body).map_err(|error| match error {
        Undecodable::Broken(detail) => ErrorObject::bad(format!("invalid compressed request body: {detail}")),
        Undecodable::TooLarge { .. } => ErrorObject::of(413, format!("request body too large: {error}")),
    })
}

/// What a job fails with without being run: what is not looked at when it is submitted.
#[must_use]
pub fn fails_unrun(kind: AsyncKind, run: &RunRequest) -> Option<ErrorObject> {
    let form = (kind == AsyncKind::ImageEdits).then(|| run.form()).flatten()?;
    (prompt(&form) == Prompt::Missing).then(|| ErrorObject::inside(500, NO_PROMPT))
}

// === impl RunRequest ===

impl RunRequest {
    /// The same call to another model: a fallback.
    #[must_use]
    pub fn with_model(&self, model: &str) -> Self {
        let body = match self.form() {
            Some(mut form) => {
                form.set_text("model", model);
                form.to_bytes()
            }
            None => match serde_json::from_slice(&self.body) {
                Ok(Value::Object(mut body)) => {
                    body.insert("model".to_owned(), model.into());
                    Value::Object(body).to_string().into()
                }
                _ => self.body.clone(),
            },
        };
        RunRequest { body, ..self.clone() }
    }

    /// Bytes that are equal for equal calls: the order of members and a form's boundary mean nothing.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let mut bytes = format!("{}\n", self.path).into_bytes();
        match (self.form(), serde_json::from_slice(&self.body)) {
            (Some(form), _) => bytes.extend_from_slice(&form.canonical()),
            (None, Ok(json)) => canonical_json(&json, &mut bytes),
            (None, Err(_)) => bytes.extend_from_slice(&self.body),
        }
        bytes
    }

    /// The header fields of the call: its content type, and what was kept of those that it was submitted with.
    #[must_use]
    pub fn headers(&self, kept: &Headers) -> Headers {
        let own = [("content-type", self.content_type.as_str())].into_iter();
        own.chain(kept.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"))).collect()
    }

    fn form(&self) -> Option<Form> {
        let headers = Headers::from_iter([("content-type", self.content_type.as_str())]);
        Form::read(&headers, &self.body).ok()
    }
}

/// The body of the run: the vendor's own name of the model, and nothing that speaks to a gateway.
fn run_json(kind: AsyncKind, body: Object, model: &ModelName) -> Bytes {
    let renamed = kind == AsyncKind::Chat && body.get("max_tokens").is_some_and(|most| !most.is_null());
    let told = body.get("max_completion_tokens").is_some_and(|most| !most.is_null());
    let mut run = Object::new();
    for (name, value) in body {
        match name.as_str() {
            // A stream that is asked for here is one that the kind does not look at.
            "stream" if value == true => {}
            "fallbacks" => {}
            "model" => drop(run.insert(name, model.model.clone().into())),
            "max_tokens" if renamed && !told => drop(run.insert("max_completion_tokens".to_owned(), value)),
            "max_tokens" if renamed => {}
            "max_completion_tokens" if renamed && !told => {}
            _ => drop(run.insert(name, value)),
        }
    }
    Value::Object(run).to_string().into()
}

fn run_form(kind: AsyncKind, mut form: Form, model: &ModelName) -> Bytes {
    form.set_text("model", &model.model);
    form.without("fallbacks");
    // What is not `true` means false here, and may mean otherwise to who answers.
    if form.texts("stream").any(|stream| stream != "false") {
        form.without("stream");
    }
    match kind {
        AsyncKind::Transcriptions => form.without("file_format"),
        AsyncKind::ImageEdits | AsyncKind::ImageVariations => {
            let images = if form.files("image[]") > 0 { "image[]" } else { "image" };
            if images == "image[]" {
                form.without_files("image");
            }
            if kind == AsyncKind::ImageVariations {
                form.rename_further_files(images, "images");
            } else if let Prompt::Needless(edit) = prompt(&form) {
                // Who answers knows no types, and asks for a prompt: it is what the type says.
                form.put_text("prompt", &edit.replace('_', " "));
            }
        }
        _ => {}
    }
    form.to_bytes()
}
