//! Reads files of mocks.
//!
//! - `fields` takes known keys out of an object and tells of the others;
//! - `rule`, `condition` and `answer` make mocks of entries;
//! - `asking` reads a condition by itself.

mod answer;
mod asking;
mod condition;
mod fields;
mod rule;

use super::check;
use super::located::{Located, Tree, locate};
use super::rule::{Mock, MockId, Place};
use super::template::Templates;
use crate::dialect::Endpoint;
use fields::Fields;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// What a file holds.
#[derive(Debug)]
pub struct File {
    /// Its mocks, in order.
    pub mocks: Vec<Mock>,
    /// What is wrong with it. Where one of these is an error, its mock is left out.
    pub problems: Vec<Problem>,
}

/// Something wrong with a mock, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file, as it was given.
    pub file: Arc<str>,
    /// Counted from 1.
    pub line: u32,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, and what to do.
    pub message: String,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The file is not used.
    Error,
    /// The file is used.
    Warning,
}

/// The lists that a file may hold, and the endpoint that each is for.
const LISTS: [(&str, Option<Endpoint>); 5] = [
    ("mocks", None),
    ("openai", Some(Endpoint::Chat)),
    ("openai_response", Some(Endpoint::Responses)),
    ("openai_embeddings", Some(Endpoint::Embeddings)),
    ("anthropic", Some(Endpoint::Messages)),
];

/// A list of a file.
#[derive(Debug, Clone, Copy)]
struct List {
    key: &'static str,
    /// mockllm's lists are for one endpoint. What mockllm does not know it ignores, so that here it is a
    /// warning.
    endpoint: Option<Endpoint>,
}

/// Reads a file and gathers what is wrong with it.
struct Reader {
    file: Arc<str>,
    problems: Vec<Problem>,
    templates: Templates,
    /// Where the compiled templates will be.
    compiled: Arc<OnceLock<Templates>>,
}

/// A mock that cannot be read; its problems are noted.
struct Skipped;

/// Reads a file of JSON or YAML. The name is for messages.
#[must_use]
pub fn read(file: &str, text: &str) -> File {
    let mut reader = Reader {
        file: file.into(),
        problems: Vec::new(),
        templates: Templates::new(),
        compiled: Arc::new(OnceLock::new()),
    };
    let mut mocks = match locate(text) {
        Ok(located) => reader.lists(&located),
        Err(unreadable) => {
            reader.error(unreadable.line, unreadable.reason);
            Vec::new()
        }
    };
    number(&mut mocks);
    for mock in &mocks {
        check::impossible(mock, &mut |message| {
            reader.problems.push(Problem {
                file: Arc::clone(&reader.file),
                line: mock.place.line,
                severity: Severity::Warning,
                message,
            });
        });
    }
    // Nobody else has it yet.
    let _ = reader.compiled.set(reader.templates);
    let mut problems = reader.problems;
    problems.sort_by_key(|problem| problem.line);
    File { mocks, problems }
}

/// Gives mocks their ids: what they are and where they are among their equals.
fn number(mocks: &mut [Mock]) {
    let mut seen: BTreeMap<u128, u32> = BTreeMap::new();
    for mock in mocks {
        let content = json!([&*mock.place.file, mock.list, mock.name, mock.written]).to_string();
        let twins = seen.entry(digest(&content, 0)).or_insert(0);
        mock.id = MockId(digest(&content, *twins));
        *twins += 1;
    }
}

fn digest(content: &str, twin: u32) -> u128 {
    let hash = blake3::Hasher::new().update(&twin.to_le_bytes()).update(content.as_bytes()).finalize();
    let mut short = [0; 16];
    short.copy_from_slice(&hash.as_bytes()[..16]);
    u128::from_le_bytes(short)
}

// === impl File ===

impl File {
    /// Whether it can be used.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems.iter().all(|problem| problem.severity != Severity::Error)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{}:{}: {severity}: {}", self.file, self.line, self.message)
    }
}

// === impl Reader ===

impl Reader {
    fn error(&mut self, line: u32, message: impl Into<String>) {
        self.note(line, Severity::Error, message.into());
    }

    fn note(&mut self, line: u32, severity: Severity, message: String) {
        self.problems.push(Problem { file: Arc::clone(&self.file), line, severity, message });
    }

    fn place(&self, line: u32) -> Place {
        Place { file: Arc::clone(&self.file), line }
    }

    fn lists(&mut self, located: &Located) -> Vec<Mock> {
        // A list by itself is the list of mocks.
        if let Tree::Array(entries) = &located.tree {
            return self.entries(List { key: "mocks", endpoint: None }, entries);
        }
        let Some(mut fields) = Fields::of(self, located, "a file of mocks") else { return Vec::new() };
        let mut mocks = Vec::new();
        for (key, endpoint) in LISTS {
            let Some(list) = fields.take(key) else { continue };
            match &list.tree {
                Tree::Array(entries) => mocks.extend(self.entries(List { key, endpoint }, entries)),
                Tree::Scalar(Value::Null, _) => {}
                _ => self
                    .error(list.line, format!("`{key}` should be a list of mocks, but is {}", list.kind())),
            }
        }
        // mockllm's address: standin listens where it is told to.
        fields.take("listen_addr");
        for key in ["match", "answer", "response"] {
            if let Some(entry) = fields.take(key) {
                self.error(
                    entry.line,
                    format!("`{key}` belongs to a mock: write it below `mocks:`, as in `- {key}: ...`"),
                );
            }
        }
        fields.finish(self, Severity::Error);
        mocks
    }

    fn entries(&mut self, list: List, entries: &[Located]) -> Vec<Mock> {
        entries.iter().enumerate().filter_map(|(index, entry)| self.mock(list, index, entry).ok()).collect()
    }
}
