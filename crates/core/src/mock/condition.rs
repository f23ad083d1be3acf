//! What has to hold of a call.

use super::near::{Unmet, quoted};
use super::seen::Seen;
use super::test::TextTest;
use crate::dialect::text_of;
use crate::matching::canonical_json;
use crate::scrub::{is_secret_header, is_secret_member, is_secret_name};
use crate::target::canonical_pairs;
use serde_json::Value;
use serde_json_path::JsonPath;

/// A condition. What a leaf needs and the call lacks does not hold.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    /// The text of the last message.
    Last(TextTest),
    /// The last message's role.
    Role(String),
    /// The text of the user's last message.
    User(TextTest),
    System(TextTest),
    Model(TextTest),
    /// Names that are all declared.
    Tools(Vec<String>),
    ToolCall(String),
    Turns {
        least: usize,
        most: usize,
    },
    Stream(bool),
    /// A subset of the body.
    Json(Value),
    JsonPath(String, JsonPath),
    Path(TextTest),
    Method(String),
    Query(String, TextTest),
    Header(String, TextTest),
    /// The last message, as JSON.
    Message(ExactJson),
    /// The whole input, or its last item, as JSON.
    Input(ExactJson),
}

/// A value that is compared by meaning.
#[derive(Debug, Clone)]
pub(super) struct ExactJson {
    pub(super) value: Value,
    /// Equal for equal values.
    pub(super) key: Vec<u8>,
}

// === impl ExactJson ===

impl ExactJson {
    pub(super) fn new(value: Value) -> Self {
        let key = message_key(&value);
        ExactJson { value, key }
    }

    fn equals(&self, value: &Value) -> bool {
        // Most differ in their texts, and spelling a long message out for each of many mocks takes its time.
        plain_text(&self.value) == plain_text(value) && message_key(value) == self.key
    }
}

/// A spelling that is equal for equal messages: a content that is one part of text is that text, since SDKs send
/// both.
pub(super) fn message_key(message: &Value) -> Vec<u8> {
    let mut key = Vec::new();
    let plain = message.get("content").and_then(only_text);
    match plain {
        Some(text) => {
            let mut message = message.clone();
            message["content"] = Value::String(text.to_owned());
            canonical_json(&message, &mut key);
        }
        None => canonical_json(message, &mut key),
    }
    key
}

/// What a message says, where that is nothing but a text.
fn plain_text(message: &Value) -> Option<&str> {
    match message {
        Value::String(text) => Some(text),
        _ => match message.get("content")? {
            Value::String(text) => Some(text),
            content => only_text(content),
        },
    }
}

/// The text of a content that is nothing but one part of text.
fn only_text(content: &Value) -> Option<&str> {
    let [Value::Object(part)] = content.as_array()?.as_slice() else { return None };
    let kind = part.get("type")?.as_str()?;
    (part.len() == 2 && matches!(kind, "text" | "input_text" | "output_text")).then_some(())?;
    part.get("text")?.as_str()
}

// === impl Condition ===

impl Condition {
    pub(super) fn holds(&self, seen: &Seen<'_>) -> bool {
        match self {
            Condition::All(parts) => parts.iter().all(|part| part.holds(seen)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(seen)),
            Condition::Not(part) => !part.holds(seen),
            Condition::Last(test) => seen.asked.last.is_some() && test.holds(seen.last_text()),
            Condition::Role(role) => seen.has_role(role),
            Condition::User(test) => seen.asked.user.is_some() && test.holds(seen.user_text()),
            Condition::System(test) => test.holds(&seen.asked.system),
            Condition::Model(test) => seen.asked.model.as_ref().is_some_and(|model| test.holds(model)),
            Condition::Tools(names) => names.iter().all(|name| seen.asked.tools.contains(&name.as_str())),
            Condition::ToolCall(id) => {
                seen.asked.last.as_ref().is_some_and(|last| last.tool_call_id == Some(id.as_str()))
            }
            Condition::Turns { least, most } => (*least..=*most).contains(&seen.asked.turns),
            Condition::Stream(wanted) => seen.asked.stream == *wanted,
            Condition::Json(subset) => is_subset(subset, seen.asked.body),
            Condition::JsonPath(_, path) => !path.query(seen.asked.body).is_empty(),
            Condition::Path(test) => test.holds(&seen.call.path),
            Condition::Method(method) => seen.call.method.eq_ignore_ascii_case(method),
            Condition::Query(name, test) => query(seen, name).is_some_and(|value| test.holds(&value)),
            Condition::Header(name, test) => seen.call.headers.get_all(name).any(|value| test.holds(value)),
            Condition::Message(exact) => {
                seen.asked.last.as_ref().is_some_and(|last| exact.equals(last.value))
            }
            Condition::Input(exact) => inputs(seen).into_iter().any(|input| exact.equals(input)),
        }
    }

    /// How many leaves hold, and how many do not.
    pub(super) fn count(&self, seen: &Seen<'_>, met: &mut usize, unmet: &mut usize) {
        match self {
            Condition::All(parts) => parts.iter().for_each(|part| part.count(seen, met, unmet)),
            _ if self.holds(seen) => *met += 1,
            _ => *unmet += 1,
        }
    }

    /// The leaves that hold, and what is wrong with those that do not.
    pub(super) fn judge(&self, seen: &Seen<'_>, met: &mut usize, unmet: &mut Vec<Unmet>) {
        match self {
            Condition::All(parts) => parts.iter().for_each(|part| part.judge(seen, met, unmet)),
            _ if self.holds(seen) => *met += 1,
            Condition::Any(parts) => unmet.push(Unmet {
                what: "any".to_owned(),
                expected: parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
                actual: "none of them holds".to_owned(),
            }),
            Condition::Not(part) => unmet.push(Unmet {
                what: "not".to_owned(),
                expected: format!("not: {part}"),
                actual: "it holds".to_owned(),
            }),
            _ => {
                let (what, expected) = self.told();
                unmet.push(Unmet { what, expected, actual: self.actual(seen) });
            }
        }
    }

    /// The leaf's name and what it wants.
    fn told(&self) -> (String, String) {
        let (what, expected) = match self {
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) => ("match", self.to_string()),
            Condition::Last(test) => ("message", test.to_string()),
            Condition::Role(role) => ("role", role.clone()),
            Condition::User(test) => ("user", test.to_string()),
            Condition::System(test) => ("system", test.to_string()),
            Condition::Model(test) => ("model", test.to_string()),
            Condition::Tools(names) => ("tools", names.join(", ")),
            Condition::ToolCall(id) => ("tool_call_id", id.clone()),
            Condition::Turns { least, most } if most == least => ("turns", least.to_string()),
            Condition::Turns { least, most } if *most == usize::MAX => ("turns", format!("{least} or more")),
            Condition::Turns { least, most } => ("turns", format!("{least} to {most}")),
            Condition::Stream(wanted) => ("stream", wanted.to_string()),
            Condition::Json(subset) => ("json", subset.to_string()),
            Condition::JsonPath(query, _) => ("jsonpath", query.clone()),
            Condition::Path(test) => ("path", test.to_string()),
            Condition::Method(method) => ("method", method.clone()),
            Condition::Query(name, test) => return (format!("query {name}"), test.to_string()),
            Condition::Header(name, test) => return (format!("header {name}"), test.to_string()),
            Condition::Message(exact) => ("message", exact.value.to_string()),
            Condition::Input(exact) => ("input", exact.value.to_string()),
        };
        (what.to_owned(), expected)
    }

    /// What the call has in the place of a leaf.
    fn actual(&self, seen: &Seen<'_>) -> String {
        let absent = || "(absent)".to_owned();
        let last = || seen.asked.last.as_ref();
        match self {
            Condition::Last(_) => last().map_or_else(absent, |last| quoted(&last.text)),
            Condition::Role(_) => last().map_or_else(absent, |last| last.role.to_owned()),
            Condition::User(_) => seen.asked.user.as_deref().map_or_else(absent, quoted),
            Condition::System(_) => quoted(&seen.asked.system),
            Condition::Model(_) => seen.asked.model.as_ref().map_or_else(absent, ToString::to_string),
            Condition::Tools(_) => seen.asked.tools.join(", "),
            Condition::ToolCall(_) => {
                last().and_then(|last| last.tool_call_id).unwrap_or("(absent)").to_owned()
            }
            Condition::Turns { .. } => seen.asked.turns.to_string(),
            Condition::Stream(_) => seen.asked.stream.to_string(),
            Condition::Json(subset) => first_lack(subset, seen.asked.body, "").unwrap_or_default(),
            Condition::Path(_) => seen.call.path.clone(),
            Condition::Method(_) => seen.call.method.clone(),
            Condition::Query(name, _) => {
                query(seen, name).map_or_else(absent, |value| shown(name, value.as_str()))
            }
            Condition::Header(name, _) => header(seen, name).unwrap_or_else(absent),
            Condition::Message(_) => last().map_or_else(absent, |last| last.value.to_string()),
            Condition::Input(_) => inputs(seen).first().map_or_else(absent, ToString::to_string),
            Condition::JsonPath(..) => "finds nothing".to_owned(),
            Condition::All(_) | Condition::Any(_) | Condition::Not(_) => String::new(),
        }
    }

    /// This and the conditions inside of it.
    pub(super) fn each<'c>(&'c self, visit: &mut impl FnMut(&'c Condition)) {
        visit(self);
        match self {
            Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| part.each(visit)),
            Condition::Not(part) => part.each(visit),
            _ => {}
        }
    }
}

impl std::fmt::Display for Condition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let list = |f: &mut std::fmt::Formatter<'_>, parts: &[Condition], between: &str| {
            for (at, part) in parts.iter().enumerate() {
                write!(f, "{}{part}", if at == 0 { "" } else { between })?;
            }
            Ok(())
        };
        match self {
            Condition::All(parts) => list(f, parts, " and "),
            Condition::Any(parts) => list(f, parts, " or "),
            Condition::Not(part) => write!(f, "not ({part})"),
            leaf => {
                let (what, expected) = leaf.told();
                write!(f, "{what} {expected}")
            }
        }
    }
}

/// The whole input, and its last item where it is a list.
fn inputs<'a>(seen: &Seen<'a>) -> Vec<&'a Value> {
    let Some(input) = seen.asked.body.get("input") else { return Vec::new() };
    std::iter::once(input).chain(input.as_array().and_then(|items| items.last())).collect()
}

fn query(seen: &Seen<'_>, name: &str) -> Option<String> {
    let pairs = canonical_pairs(seen.call.query.as_deref().unwrap_or_default().as_bytes());
    pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// A header as it may be shown.
fn header(seen: &Seen<'_>, name: &str) -> Option<String> {
    let value = seen.call.headers.get(name)?;
    Some(if is_secret_header(name) { HIDDEN.to_owned() } else { shown(name, value) })
}

/// What stands for a value that may not be shown: messages and the journal outlive the call.
const HIDDEN: &str = "(a credential)";

/// The value of a name as it may be shown.
fn shown(name: &str, value: &str) -> String {
    if is_secret_name(name) { HIDDEN.to_owned() } else { value.to_owned() }
}

/// Whether everything in a value is in another: objects may hold more, lists have as many items.
fn is_subset(subset: &Value, whole: &Value) -> bool {
    match (subset, whole) {
        (Value::Object(wanted), Value::Object(members)) => {
            wanted.iter().all(|(key, value)| members.get(key).is_some_and(|other| is_subset(value, other)))
        }
        (Value::Array(wanted), Value::Array(items)) => {
            wanted.len() == items.len() && wanted.iter().zip(items).all(|(one, other)| is_subset(one, other))
        }
        (Value::Number(wanted), Value::Number(number)) => {
            wanted == number || wanted.as_f64() == number.as_f64()
        }
        // A text and a list of one part with this text are the same message.
        (Value::String(wanted), Value::Array(_)) => {
            only_text(whole) == Some(wanted) && !text_of(whole).is_empty()
        }
        _ => subset == whole,
    }
}

/// The first place where a subset is not one, and what is there.
fn first_lack(subset: &Value, whole: &Value, at: &str) -> Option<String> {
    if is_subset(subset, whole) {
        return None;
    }
    let here = || {
        let place = if at.is_empty() { "the body" } else { at };
        Some(format!("{place} is {whole}"))
    };
    match (subset, whole) {
        (Value::Object(wanted), Value::Object(members)) => wanted.iter().find_map(|(key, value)| {
            let at = format!("{at}/{key}");
            match members.get(key) {
                Some(other) if !other.is_object() && !is_subset(value, other) && is_secret_member(key) => {
                    Some(format!("{at} is {HIDDEN}"))
                }
                Some(other) => first_lack(value, other, &at),
                None => Some(format!("{at} is absent")),
            }
        }),
        (Value::Array(wanted), Value::Array(items)) if wanted.len() == items.len() => {
            let pairs = wanted.iter().zip(items).enumerate();
            pairs
                .into_iter()
                .find_map(|(index, (one, other))| first_lack(one, other, &format!("{at}/{index}")))
        }
        _ => here(),
    }
}
