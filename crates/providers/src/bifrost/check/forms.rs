//! What the kinds that take forms ask of them.

use super::{MODEL_FORMAT, streamed};
use crate::bifrost::form::Form;
use crate::bifrost::{AsyncKind, ErrorObject, ModelName, ModelRules};

/// Numbers of an edit, in the order in which they are looked at.
const NUMBERS_OF_AN_EDIT: [&str; 5] =
    ["n", "partial_images", "num_inference_steps", "seed", "output_compression"];

/// Types of edits that take no prompt.
const PROMPTLESS: [&str; 5] =
    ["background_removal", "remove_background", "remove_bg", "erase_object", "upscale_fast"];

/// What an edit without a prompt fails with when it is run.
pub(crate) const NO_PROMPT: &str = "prompt not provided for image edit request";

/// Checks the form of a kind that takes one.
pub(crate) fn check_form(kind: AsyncKind, form: &Form, rules: &ModelRules) -> Result<ModelName, ErrorObject> {
    let model = form.text("model").filter(|model| !model.is_empty());
    let model = model.ok_or_else(|| ErrorObject::bad("model is required"))?;
    let model = rules.read(&model).ok_or_else(|| ErrorObject::bad(MODEL_FORMAT))?;
    match kind {
        AsyncKind::ImageEdits => {
            images(form)?;
            NUMBERS_OF_AN_EDIT.into_iter().try_for_each(|name| whole(form, name))?;
            unstreamed(form, "image edits")?;
        }
        AsyncKind::ImageVariations => {
            images(form)?;
            whole(form, "n")?;
        }
        // The others take no forms.
        _ => {
            if form.files("file") == 0 {
                return Err(ErrorObject::bad("file is required"));
            }
            unstreamed(form, "transcriptions")?;
        }
    }
    Ok(model)
}

/// Whether an edit has a prompt or does without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// It has one.
    There,
    /// Its type, which is this one, says what is to be done.
    Needless(&'static str),
    /// It lacks one.
    Missing,
}

/// Whether an edit has a prompt or does without.
pub(crate) fn prompt(form: &Form) -> Prompt {
    if form.text("prompt").is_some_and(|prompt| !prompt.is_empty()) {
        return Prompt::There;
    }
    let kind = form.text("type").unwrap_or_default().trim().to_lowercase().replace('-', "_");
    PROMPTLESS.into_iter().find(|known| *known == kind).map_or(Prompt::Missing, Prompt::Needless)
}

fn images(form: &Form) -> Result<(), ErrorObject> {
    match form.files("image[]") + form.files("image") {
        0 => Err(ErrorObject::bad("at least one image is required")),
        _ => Ok(()),
    }
}

fn whole(form: &Form, name: &str) -> Result<(), ErrorObject> {
    match form.text(name).filter(|value| !value.is_empty()) {
        Some(value) if value.parse::<i64>().is_err() => {
            Err(ErrorObject::bad(format!("invalid {name} value: \"{value}\" is not a whole number")))
        }
        _ => Ok(()),
    }
}

/// In a form `true` alone asks for a stream.
fn unstreamed(form: &Form, what: &str) -> Result<(), ErrorObject> {
    match form.text("stream").as_deref() {
        Some("true") => Err(ErrorObject::bad(streamed(what))),
        _ => Ok(()),
    }
}
