//! What `match` says as a condition.

use super::fields::Fields;
use super::{Reader, Severity};
use crate::dialect::text_of;
use crate::mock::condition::{Condition, ExactJson};
use crate::mock::located::{Located, Tree};
use crate::mock::test::TextTest;
use regex::Regex;
use serde_json::Value;
use serde_json_path::JsonPath;

/// How mockllm compares, of `message` and `input`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MatchType {
    Exact,
    Contains,
    Regex,
}

const MATCH_TYPES: [(&str, MatchType); 3] =
    [("exact", MatchType::Exact), ("contains", MatchType::Contains), ("regex", MatchType::Regex)];

impl Reader {
    /// A text that the last message contains, or everything that has to hold.
    pub(super) fn condition(&mut self, written: &Located, unknown: Severity) -> Condition {
        if let Some(text) = written.text() {
            return Condition::Last(TextTest::Contains(text));
        }
        let Some(mut fields) = Fields::of(self, written, "`match`") else {
            return Condition::All(Vec::new());
        };
        let mut parts = Vec::new();
        self.last_message(&mut fields, &mut parts);
        self.as_in_mockllm(&mut fields, &mut parts);
        self.conversation(&mut fields, &mut parts);
        self.of_the_body(&mut fields, &mut parts);
        self.of_the_address(&mut fields, &mut parts);
        if let Some(list) = fields.take("any") {
            parts.push(Condition::Any(self.conditions(list, unknown)));
        }
        if let Some(list) = fields.take("all") {
            parts.extend(self.conditions(list, unknown));
        }
        if let Some(one) = fields.take("not") {
            parts.push(Condition::Not(Box::new(self.condition(one, unknown))));
        }
        fields.finish(self, unknown);
        Condition::All(parts)
    }

    fn conditions(&mut self, list: &Located, unknown: Severity) -> Vec<Condition> {
        match &list.tree {
            Tree::Array(items) => items.iter().map(|item| self.condition(item, unknown)).collect(),
            _ => {
                self.error(list.line, format!("`any` and `all` are lists, but this is {}", list.kind()));
                Vec::new()
            }
        }
    }

    fn last_message(&mut self, fields: &mut Fields<'_>, parts: &mut Vec<Condition>) {
        if let Some(written) = fields.take("contains") {
            for text in self.texts(written, "contains") {
                parts.push(Condition::Last(TextTest::Contains(text)));
            }
        }
        if let Some(text) = fields.text(self, "equals") {
            parts.push(Condition::Last(TextTest::Equals(text)));
        }
        if let Some(written) = fields.take("regex") {
            parts.extend(self.regex(written).map(Condition::Last));
        }
        parts.extend(fields.text(self, "role").map(Condition::Role));
    }

    /// `match_type`, `message` and `input`.
    fn as_in_mockllm(&mut self, fields: &mut Fields<'_>, parts: &mut Vec<Condition>) {
        let match_type = fields.word(self, "match_type", &MATCH_TYPES);
        let exact = !matches!(match_type, Some(MatchType::Contains | MatchType::Regex));
        if let Some(written) = fields.take("message") {
            let message = written.value();
            if exact {
                parts.push(Condition::Message(ExactJson::new(message)));
            } else {
                parts.extend(message["role"].as_str().map(|role| Condition::Role(role.to_owned())));
                self.content(written, &message, match_type, parts);
            }
        }
        if let Some(written) = fields.take("input") {
            let input = written.value();
            match (exact, &input) {
                (true, _) => parts.push(Condition::Input(ExactJson::new(input))),
                (false, Value::Object(_)) => {
                    parts.extend(input["role"].as_str().map(|role| Condition::Role(role.to_owned())));
                    self.content(written, &input, match_type, parts);
                }
                (false, _) => self.text_in_last(written, text_of(&input).into_owned(), match_type, parts),
            }
        }
    }

    /// The text of a message that has to be contained.
    fn content(
        &mut self,
        written: &Located,
        message: &Value,
        match_type: Option<MatchType>,
        parts: &mut Vec<Condition>,
    ) {
        let text = match message {
            Value::String(text) => text.clone(),
            Value::Object(members) => {
                members.get("content").map(|content| text_of(content).into_owned()).unwrap_or_default()
            }
            _ => String::new(),
        };
        self.text_in_last(written, text, match_type, parts);
    }

    fn text_in_last(
        &mut self,
        written: &Located,
        text: String,
        match_type: Option<MatchType>,
        parts: &mut Vec<Condition>,
    ) {
        if match_type == Some(MatchType::Regex) {
            match Regex::new(&text) {
                Ok(pattern) => parts.push(Condition::Last(TextTest::Matches(pattern))),
                Err(error) => self.error(written.line, not_a_regex(&error)),
            }
        } else {
            parts.push(Condition::Last(TextTest::Contains(text)));
        }
    }

    fn conversation(&mut self, fields: &mut Fields<'_>, parts: &mut Vec<Condition>) {
        for (key, of) in
            [("user", Condition::User as fn(TextTest) -> Condition), ("system", Condition::System)]
        {
            if let Some(written) = fields.take(key) {
                parts.extend(self.test(written, TextTest::Contains).map(of));
            }
        }
        if let Some(written) = fields.take("model") {
            parts.extend(self.test(written, TextTest::Like).map(Condition::Model));
        }
        if let Some(written) = fields.take("tools") {
            parts.push(Condition::Tools(self.texts(written, "tools")));
        }
        parts.extend(fields.text(self, "tool_call_id").map(Condition::ToolCall));
        if let Some(written) = fields.take("turns") {
            parts.extend(self.turns(written));
        }
        parts.extend(fields.parsed::<bool>(self, "stream").map(Condition::Stream));
    }

    fn turns(&mut self, written: &Located) -> Option<Condition> {
        if let Some(number) = written.value().as_u64().and_then(|number| usize::try_from(number).ok()) {
            return Some(Condition::Turns { least: number, most: number });
        }
        if !matches!(written.tree, Tree::Object(_)) {
            self.error(written.line, "`turns` should be a number, or {min, max}");
            return None;
        }
        let mut fields = Fields::of(self, written, "`turns`")?;
        let least = fields.parsed(self, "min").unwrap_or(0);
        let most = fields.parsed(self, "max").unwrap_or(usize::MAX);
        fields.finish(self, Severity::Error);
        Some(Condition::Turns { least, most })
    }

    fn of_the_body(&mut self, fields: &mut Fields<'_>, parts: &mut Vec<Condition>) {
        parts.extend(fields.take("json").map(|subset| Condition::Json(subset.value())));
        if let Some(written) = fields.take("jsonpath") {
            for query in self.texts(written, "jsonpath") {
                match JsonPath::parse(&query) {
                    Ok(path) => parts.push(Condition::JsonPath(query, path)),
                    Err(error) => self.error(written.line, format!("`{query}` is not a JSONPath: {error}")),
                }
            }
        }
    }

    fn of_the_address(&mut self, fields: &mut Fields<'_>, parts: &mut Vec<Condition>) {
        if let Some(written) = fields.take("path") {
            parts.extend(self.test(written, TextTest::Like).map(Condition::Path));
        }
        parts.extend(fields.text(self, "method").map(Condition::Method));
        if let Some(written) = fields.take("query") {
            for (name, value) in self.members(written, "query") {
                parts.extend(
                    self.test(value, TextTest::Equals).map(|test| Condition::Query(name.to_owned(), test)),
                );
            }
        }
        if let Some(written) = fields.take("headers") {
            self.headers(written, parts);
        }
    }

    /// mockllm's list of `{name, value, match_type}`, or an object of names and values.
    fn headers(&mut self, written: &Located, parts: &mut Vec<Condition>) {
        let Tree::Array(items) = &written.tree else {
            for (name, value) in self.members(written, "headers") {
                parts.extend(
                    self.test(value, TextTest::Equals).map(|test| Condition::Header(name.to_owned(), test)),
                );
            }
            return;
        };
        for item in items {
            let Some(mut fields) = Fields::of(self, item, "a header") else { continue };
            let (name, value) = (fields.text(self, "name"), fields.text(self, "value"));
            let match_type = fields.word(self, "match_type", &MATCH_TYPES).unwrap_or(MatchType::Exact);
            fields.finish(self, Severity::Error);
            let (Some(name), Some(value)) = (name, value) else {
                self.error(item.line, "a header needs a `name` and a `value`");
                continue;
            };
            let test = match match_type {
                MatchType::Exact => TextTest::Equals(value),
                MatchType::Contains => TextTest::Contains(value),
                MatchType::Regex => match Regex::new(&value) {
                    Ok(pattern) => TextTest::Matches(pattern),
                    Err(error) => {
                        self.error(item.line, not_a_regex(&error));
                        continue;
                    }
                },
            };
            parts.push(Condition::Header(name, test));
        }
    }

    fn members<'l>(&mut self, written: &'l Located, what: &str) -> Vec<(&'l str, &'l Located)> {
        match &written.tree {
            Tree::Object(members) => members.iter().map(|(name, value)| (name.as_str(), value)).collect(),
            _ => {
                self.error(written.line, format!("`{what}` should be an object of names and values"));
                Vec::new()
            }
        }
    }

    /// A text, or `{equals|contains|regex: TEXT}`.
    fn test(&mut self, written: &Located, usual: fn(String) -> TextTest) -> Option<TextTest> {
        if let Some(text) = written.text() {
            return Some(usual(text));
        }
        let mut fields = Fields::of(self, written, "a test of a text")?;
        let equals = fields.text(self, "equals").map(TextTest::Equals);
        let contains = fields.text(self, "contains").map(TextTest::Contains);
        let regex = fields.take("regex").and_then(|written| self.regex(written));
        fields.finish(self, Severity::Error);
        let mut given = [equals, contains, regex].into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(one), None) => Some(one),
            _ => {
                self.error(written.line, "this needs one of `equals`, `contains` and `regex`");
                None
            }
        }
    }

    fn regex(&mut self, written: &Located) -> Option<TextTest> {
        match Regex::new(&written.text().unwrap_or_default()) {
            Ok(pattern) => Some(TextTest::Matches(pattern)),
            Err(error) => {
                self.error(written.line, not_a_regex(&error));
                None
            }
        }
    }

    /// A text, or a list of texts.
    fn texts(&mut self, written: &Located, what: &str) -> Vec<String> {
        let items = match &written.tree {
            Tree::Array(items) => items.iter().collect(),
            _ => vec![written],
        };
        let texts: Option<Vec<_>> = items.into_iter().map(Located::text).collect();
        texts.unwrap_or_else(|| {
            self.error(written.line, format!("`{what}` should be a text, or a list of texts"));
            Vec::new()
        })
    }
}

fn not_a_regex(error: &regex::Error) -> String {
    let last = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
    format!("not a regular expression: {last}")
}
