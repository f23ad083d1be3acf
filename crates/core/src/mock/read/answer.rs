//! The answers of an entry.

use super::Reader;
use super::Severity;
use super::fields::Fields;
use crate::dialect::{Endpoint, Options};
use crate::mock::answer::{Answer, Body, Kind, Say};
use crate::mock::located::{Located, Tree};
use crate::mock::template::NAMES;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What an entry says of all its answers.
pub(super) struct Common {
    pub(super) template: bool,
    pub(super) options: Options,
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(String, String)>,
}

/// The status of an error that none is given for.
const USUAL_ERROR: u16 = 500;

/// Header fields of the connection. A wrong one leaves the client waiting, or without an answer.
const FRAMING: [&str; 7] =
    ["connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

impl Reader {
    /// The answers of an entry: of one of four keys.
    pub(super) fn answers(&mut self, fields: &mut Fields<'_>, common: &Common, line: u32) -> Vec<Answer> {
        let keys = ["response", "responses", "answer", "answers"];
        let given: Vec<_> = keys.into_iter().filter_map(|key| Some((key, fields.take(key)?))).collect();
        let (key, written) = match given.as_slice() {
            [one] => *one,
            [] => {
                self.error(line, "a mock needs one of `answer`, `answers`, `response` and `responses`");
                return Vec::new();
            }
            [(first, _), (second, written), ..] => {
                self.error(written.line, format!("a mock has `{first}` or `{second}`, not both"));
                return Vec::new();
            }
        };
        let items = match (&written.tree, key) {
            (Tree::Array(items), "responses" | "answers") if !items.is_empty() => items.iter().collect(),
            (_, "responses" | "answers") => {
                self.error(written.line, format!("`{key}` should be a list of at least one answer"));
                Vec::new()
            }
            _ => vec![written],
        };
        let neutral = key.starts_with("answer");
        items
            .into_iter()
            .filter_map(|item| if neutral { self.neutral(item, common) } else { self.object(item, common) })
            .collect()
    }

    /// The provider's own object.
    fn object(&mut self, written: &Located, common: &Common) -> Option<Answer> {
        self.answer(written, Kind::Object, written.value(), common.status, common.headers.clone(), common)
    }

    /// A text, a neutral answer, an error, or an object among them.
    fn neutral(&mut self, written: &Located, common: &Common) -> Option<Answer> {
        let (mut status, mut headers) = (common.status, common.headers.clone());
        if let Some(text) = written.text() {
            let tree = Value::Object(Map::from_iter([("text".to_owned(), Value::String(text))]));
            return self.answer(written, Kind::Said, tree, status, headers, common);
        }
        let Tree::Object(members) = &written.tree else {
            self.error(
                written.line,
                format!("an answer should be a text or an object, but is {}", written.kind()),
            );
            return None;
        };
        let mut said = Map::new();
        let (mut error, mut object) = (None, None);
        for (key, value) in members {
            match key.as_str() {
                "status" => status = self.status(value),
                "headers" => headers.extend(self.header_fields(value)),
                "error" => error = Some(value),
                "object" => object = Some(value),
                "text" | "reasoning" | "refusal" => {
                    // `text: 42` in YAML is a text.
                    let text = value.text().map_or_else(|| value.value(), Value::String);
                    said.insert(key.clone(), text);
                }
                _ => drop(said.insert(key.clone(), value.value())),
            }
        }
        if error.is_none() && !said.is_empty() && status.is_some_and(|status| status >= 400) {
            let message =
                "an answer in words with the status of an error: say `error`, as in `error: Too fast`";
            self.note(written.line, Severity::Warning, message.to_owned());
        }
        let (kind, tree) = match (error, object) {
            (None, None) if said.is_empty() && status.is_some_and(|status| status >= 400) => {
                (Kind::Failure, Value::Object(Map::new()))
            }
            (None, None) => (Kind::Said, Value::Object(said)),
            (Some(error), None) if said.is_empty() => (Kind::Failure, self.error_tree(error)),
            (None, Some(object)) if said.is_empty() => (Kind::Object, object.value()),
            _ => {
                let message =
                    "an answer is an `error`, an `object`, or what is said, not more than one of them";
                self.error(written.line, message);
                return None;
            }
        };
        self.answer(written, kind, tree, status, headers, common)
    }

    /// The status of a response. What is below 200 is no answer: clients would wait for the one that follows.
    pub(super) fn status(&mut self, written: &Located) -> Option<u16> {
        let number = written.value().as_u64().and_then(|number| u16::try_from(number).ok());
        let status = number.filter(|number| (200..600).contains(number));
        if status.is_none() {
            self.error(written.line, "`status` should be a number from 200 to 599");
        }
        status
    }

    /// `error: true`, `error: Too fast`, or an object of its parts.
    fn error_tree(&mut self, written: &Located) -> Value {
        match &written.tree {
            Tree::Object(_) => written.value(),
            Tree::Scalar(Value::Bool(true) | Value::Null, _) => Value::Object(Map::new()),
            _ => match written.text() {
                Some(text) => Value::Object(Map::from_iter([("message".to_owned(), Value::String(text))])),
                None => {
                    self.error(
                        written.line,
                        "`error` should be true, a message, or {type, code, message, param}",
                    );
                    Value::Object(Map::new())
                }
            },
        }
    }

    fn answer(
        &mut self,
        written: &Located,
        kind: Kind,
        mut tree: Value,
        status: Option<u16>,
        headers: Vec<(String, String)>,
        common: &Common,
    ) -> Option<Answer> {
        if let (Kind::Failure, Value::Object(members)) = (kind, &mut tree) {
            members.insert("status".to_owned(), status.unwrap_or(USUAL_ERROR).into());
        }
        // A template is read once as it is, so that what is wrong with it is told at the start.
        let say = match Say::read(kind, tree.clone()) {
            Ok(say) => say,
            Err(error) => {
                self.error(written.line, format!("not an answer: {}", with_suggestion(&error.to_string())));
                return None;
            }
        };
        let fits = fitting(&say, status);
        let body = if common.template {
            match self.templates.compile(tree) {
                Ok(template) => {
                    self.unknown_names(written.line);
                    Body::Template { kind, template, templates: Arc::clone(&self.compiled) }
                }
                Err(error) => {
                    self.error(written.line, format!("not a template: {error}"));
                    return None;
                }
            }
        } else {
            if tree.to_string().contains("{{") {
                let message =
                    "an answer with `{{` is sent as it is: add `template: true` to have it filled in";
                self.note(written.line, Severity::Warning, message.to_owned());
            }
            Body::Plain(say)
        };
        Some(Answer { body, status, headers, options: common.options, fits })
    }

    /// Tells of names that the templates of an answer use and no call has.
    fn unknown_names(&mut self, line: u32) {
        for name in self.templates.take_unknown() {
            let names = NAMES.join(", ");
            self.note(
                line,
                Severity::Warning,
                format!("no call has a `{name}`: a template can name {names}"),
            );
        }
    }

    /// Header fields: an object of names and values.
    pub(super) fn header_fields(&mut self, written: &Located) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        let pairs: Vec<(String, &Located)> = match &written.tree {
            Tree::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
            _ => {
                self.error(written.line, "`headers` should be an object of names and values");
                Vec::new()
            }
        };
        for (name, value) in pairs {
            let text = value.text().unwrap_or_else(|| value.value().to_string());
            if http::HeaderName::try_from(&name).is_err() || http::HeaderValue::try_from(&text).is_err() {
                self.error(value.line, format!("`{name}: {text}` is not a header field"));
                continue;
            }
            if FRAMING.iter().any(|framing| framing.eq_ignore_ascii_case(&name)) {
                let message = format!("`{name}` is left to the connection: it says where the answer ends");
                self.error(value.line, message);
                continue;
            }
            headers.push((name, text));
        }
        headers
    }
}

/// The endpoints that an answer is for: by the shape of an object, by the parts of a neutral one. An error is
/// for all that a model answers in words.
fn fitting(say: &Say, status: Option<u16>) -> Option<Vec<Endpoint>> {
    const IMAGES: [Endpoint; 3] = [Endpoint::Images, Endpoint::ImageEdits, Endpoint::ImageVariations];
    let one = |endpoint| Some(vec![endpoint]);
    let object = match say {
        Say::Object(_) if status.is_some_and(|status| status >= 400) => {
            return Some(Endpoint::WORDS.to_vec());
        }
        Say::Object(object) => object,
        Say::Said(said) if said.embedding.is_some() || said.embeddings.is_some() => {
            return one(Endpoint::Embeddings);
        }
        Say::Said(said) if said.flagged.is_some() => return one(Endpoint::Moderations),
        Say::Said(said) if said.images.is_some() => return Some(IMAGES.to_vec()),
        Say::Said(said) if said.audio.is_some() => return one(Endpoint::Speech),
        Say::Said(_) | Say::Failure(_) => return Some(Endpoint::WORDS.to_vec()),
    };
    match (object["object"].as_str(), object["type"].as_str()) {
        (Some("chat.completion"), _) => one(Endpoint::Chat),
        (Some("text_completion"), _) => one(Endpoint::Completions),
        (Some("response"), _) => one(Endpoint::Responses),
        (Some("list"), _) => one(Endpoint::Embeddings),
        (_, Some("message")) => one(Endpoint::Messages),
        _ if object.get("pages").is_some() => one(Endpoint::Ocr),
        _ if object["results"][0].get("relevance_score").is_some() => one(Endpoint::Rerank),
        _ if object.get("results").is_some() => one(Endpoint::Moderations),
        _ if object.pointer("/data/0/b64_json").or(object.pointer("/data/0/url")).is_some() => {
            Some(IMAGES.to_vec())
        }
        _ => None,
    }
}

/// serde's words for an unknown key, with the known one that comes closest.
fn with_suggestion(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let suggestion = message.starts_with("unknown field").then(|| {
        let unknown = quoted.next()?;
        quoted.map(|known| (strsim::damerau_levenshtein(unknown, known), known)).min()
    });
    match suggestion.flatten() {
        Some((distance, known)) if distance <= 3 => format!("{message}; did you mean `{known}`?"),
        _ => message.to_owned(),
    }
}
