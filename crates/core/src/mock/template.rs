//! Templates: texts of an answer that are filled in from the call.
//!
//! A template is a leaf of the tree, so what comes out is a text whatever it holds. Where that text is JSON
//! itself, as the arguments of a tool call are, what is filled in is escaped for a JSON string.

use super::seen::Seen;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value as Filled};
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior};
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A tree with templates among its leaves.
#[derive(Debug)]
pub(super) enum Template {
    /// A text, by its template's name.
    Text(String),
    Array(Vec<Template>),
    Object(Vec<(String, Template)>),
    /// Anything else, as it is.
    Plain(Value),
}

/// The compiled templates of a file.
#[derive(Debug)]
pub(super) struct Templates {
    environment: Environment<'static>,
    count: usize,
    /// Names that no call has, of the texts compiled last.
    unknown: BTreeSet<String>,
}

/// Why an answer cannot be filled in.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct TemplateError(String);

/// Steps that one text may take: a template cannot hold up the server.
const FUEL: u64 = 200_000;
/// Marks the names of templates whose text is JSON.
const JSON: &str = "json:";

// === impl TemplateError ===

impl TemplateError {
    pub(super) fn unread() -> Self {
        TemplateError("the template was not read".to_owned())
    }

    /// What was filled in is no answer.
    pub(super) fn shape(error: &serde_json::Error) -> Self {
        TemplateError(format!("what is filled in is not an answer: {error}"))
    }

    /// With the reasons behind it, on one line.
    fn of(error: &minijinja::Error) -> Self {
        let mut text = error.to_string();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        TemplateError(text)
    }
}

// === impl Templates ===

impl Templates {
    pub(super) fn new() -> Self {
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        // A name that is wrong is told; `{% if request.tools %}` may ask for what is not there.
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        if let Ok(syntax) = SyntaxConfig::builder().keep_trailing_newline(true).build() {
            environment.set_syntax(syntax);
        }
        environment.set_auto_escape_callback(|name| {
            if name.starts_with(JSON) { AutoEscape::Custom(JSON.into()) } else { AutoEscape::None }
        });
        environment.set_formatter(print);
        Templates { environment, count: 0, unknown: BTreeSet::new() }
    }

    /// Compiles the texts of a tree.
    pub(super) fn compile(&mut self, tree: Value) -> Result<Template, TemplateError> {
        Ok(match tree {
            Value::String(text) if text.contains("{{") || text.contains("{%") => {
                let kind = if is_json(&text) { JSON } else { "" };
                let name = format!("{kind}{}", self.count);
                self.count += 1;
                self.environment
                    .add_template_owned(name.clone(), text)
                    .map_err(|error| TemplateError::of(&error))?;
                if let Ok(template) = self.environment.get_template(&name) {
                    let named = template.undeclared_variables(false);
                    self.unknown.extend(named.into_iter().filter(|name| {
                        let name = name.as_str();
                        !NAMES.contains(&name) && !FUNCTIONS.contains(&name)
                    }));
                }
                Template::Text(name)
            }
            Value::Array(items) => {
                Template::Array(items.into_iter().map(|item| self.compile(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let members = members.into_iter().map(|(key, value)| Ok((key, self.compile(value)?)));
                Template::Object(members.collect::<Result<_, TemplateError>>()?)
            }
            plain => Template::Plain(plain),
        })
    }

    /// Names of what was compiled since the last time that no call has.
    pub(super) fn take_unknown(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.unknown)
    }

    /// Fills a tree in.
    pub(super) fn fill(&self, template: &Template, seen: &Seen<'_>) -> Result<Value, TemplateError> {
        self.filled(template, &context(seen))
    }

    fn filled(&self, template: &Template, context: &Filled) -> Result<Value, TemplateError> {
        Ok(match template {
            Template::Text(name) => {
                let text = self.environment.get_template(name).and_then(|text| text.render(context));
                Value::String(text.map_err(|error| TemplateError::of(&error))?)
            }
            Template::Array(items) => {
                items.iter().map(|item| self.filled(item, context)).collect::<Result<Vec<_>, _>>()?.into()
            }
            Template::Object(members) => members
                .iter()
                .map(|(key, value)| Ok((key.clone(), self.filled(value, context)?)))
                .collect::<Result<serde_json::Map<_, _>, TemplateError>>()?
                .into(),
            Template::Plain(value) => value.clone(),
        })
    }
}

/// Whether a text is JSON once it is filled in. It begins as JSON does with what no template makes; where all
/// else is expressions, it is JSON with a number in the place of each. `[note] {{ user }}` is none.
fn is_json(text: &str) -> bool {
    let mut rest = text.trim_start();
    while let Some(end) = ["{%", "{#"].iter().find(|open| rest.starts_with(**open)).map(|open| {
        let close = if *open == "{%" { "%}" } else { "#}" };
        rest.find(close).map_or(rest.len(), |at| at + close.len())
    }) {
        rest = rest[end..].trim_start();
    }
    let begins = rest.starts_with('[') || (rest.starts_with('{') && !rest.starts_with("{{"));
    begins && without_expressions(text).is_none_or(|plain| serde_json::from_str::<IgnoredAny>(&plain).is_ok())
}

/// A text with `0` in place of each expression; `None` where it has more than plain ones, so that what it will
/// be cannot be told.
fn without_expressions(text: &str) -> Option<String> {
    if text.contains("{%") || text.contains("{#") {
        return None;
    }
    let mut plain = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find("{{") {
        let end = begin + rest[begin..].find("}}")?;
        if rest[begin + 2..end].contains(['{', '}']) {
            return None;
        }
        plain.push_str(&rest[..begin]);
        plain.push('0');
        rest = &rest[end + 2..];
    }
    plain.push_str(rest);
    Some(plain)
}

/// Prints what is filled in; in a text of JSON, as the inside of a string. `tojson` gives JSON and is left alone.
fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Filled) -> Result<(), minijinja::Error> {
    if !matches!(state.auto_escape(), AutoEscape::Custom(name) if name == JSON) {
        return minijinja::escape_formatter(out, state, value);
    }
    if value.is_undefined() {
        return Err(minijinja::ErrorKind::UndefinedError.into());
    }
    let text = value.to_string();
    if value.is_safe() {
        return out.write_str(&text).map_err(minijinja::Error::from);
    }
    let quoted = Value::String(text).to_string();
    let inside = &quoted[1..quoted.len() - 1];
    out.write_str(inside).map_err(minijinja::Error::from)
}

/// What a template can name of a call.
pub(super) const NAMES: [&str; 15] = [
    "endpoint",
    "headers",
    "message",
    "method",
    "model",
    "path",
    "provider",
    "query",
    "request",
    "stream",
    "system",
    "tool_call_id",
    "tools",
    "turns",
    "user",
];

/// Functions of minijinja, which are names as well.
const FUNCTIONS: [&str; 4] = ["debug", "dict", "namespace", "range"];

/// What a template can name.
fn context(seen: &Seen<'_>) -> Filled {
    let asked = seen.asked;
    let headers: BTreeMap<String, &str> =
        seen.call.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect();
    let query: BTreeMap<String, String> =
        crate::target::canonical_pairs(seen.call.query.as_deref().unwrap_or_default().as_bytes())
            .into_iter()
            .collect();
    Filled::from(Serde(json!({
        "request": asked.body,
        "message": seen.last_text(),
        "user": seen.user_text(),
        "system": asked.system,
        "model": asked.model,
        "tools": asked.tools,
        "tool_call_id": asked.last.as_ref().and_then(|last| last.tool_call_id),
        "turns": asked.turns,
        "stream": asked.stream,
        "endpoint": asked.endpoint.name(),
        "provider": seen.provider,
        "method": seen.call.method,
        "path": seen.call.path,
        "query": query,
        "headers": headers,
    })))
}

#[cfg(test)]
mod tests {
    use super::is_json;

    #[test]
    fn prose_that_begins_with_a_bracket_is_no_json() {
        for text in [
            "{\"city\": \"{{ user }}\"}",
            "{\"a\":{\"b\":{{ turns }}}}",
            " [{{ a | tojson }}, {{ b }}]",
            "{% if turns %}[1]{% else %}[]{% endif %}",
            "[{% for x in tools %}\"{{ x }}\",{% endfor %}0]",
            "{\"a\": {{ {\"b\": user} | tojson }}}",
        ] {
            assert!(is_json(text), "{text}");
        }
        for text in
            ["[note] {{ user }}", "{name}: {{ user }}", "{{ user }}", "[{{ user }}](https://x.example)"]
        {
            assert!(!is_json(text), "{text}");
        }
    }
}
