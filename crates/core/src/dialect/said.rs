//! What is to be said, in no vendor's words.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer that any dialect can render. What is left out is what the vendor usually says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Said {
    /// The text; of a transcription, what was heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What was thought before: reasoning, thinking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// Why the model will not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Calls of the caller's tools.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// `stop`, `length`, `tool_calls` or `content_filter`, or a vendor's own word, which is passed on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish_reason: Option<String>,
    /// Of the texts that the request asks to be stopped at, the one that would have come next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_sequence: Option<String>,
    /// Tokens used; counted where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The model that answers; the one that was asked for where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// An embedding for every input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedding: Option<Vec<f64>>,
    /// An embedding for each input, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embeddings: Option<Vec<Vec<f64>>>,
    /// The categories that a moderation flags; an empty list flags nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flagged: Option<Vec<String>>,
    /// Images, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<Vec<String>>,
    /// Speech, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio: Option<String>,
    /// What the choices after the first one say. Where there are fewer than are asked for, the first is repeated.
    #[serde(skip)]
    pub others: Vec<Said>,
    /// Tokens that were made and that nobody sees: thoughts that are not told, drafts that were not chosen.
    #[serde(skip)]
    pub unseen_tokens: Option<u64>,
    /// Calls of tools that run at the vendor, made before anything is said.
    #[serde(skip)]
    pub hosted: Vec<HostedCall>,
    /// How much each document of a ranking has to do with the question, from 0 to 1.
    #[serde(skip)]
    pub scores: Option<Vec<f64>>,
    /// The text of each page of a document.
    #[serde(skip)]
    pub pages: Option<Vec<String>>,
}

/// A call of a tool that runs at the vendor, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostedCall {
    /// The web was searched; the text cites what was found by its address.
    WebSearch {
        /// What was looked for.
        query: String,
        /// The title of what was found.
        title: String,
        /// Where it is.
        url: String,
    },
    /// The caller's files were searched.
    FileSearch {
        /// What was looked for.
        query: String,
        /// The name of the file that was found.
        file: String,
    },
    /// A program was run.
    CodeInterpreter {
        /// The program.
        code: String,
        /// What it wrote.
        output: String,
    },
    /// An image was made.
    ImageGeneration {
        /// What it was to show.
        prompt: String,
    },
    /// A tool of a server was called.
    Mcp {
        /// The server, by its label.
        server: String,
        /// The tool.
        tool: String,
        /// What it was asked.
        query: String,
        /// What it answered.
        output: String,
    },
}

/// A call of one of the caller's tools.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// Its id; made up where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The tool's name.
    pub name: String,
    /// The arguments: an object, or a text that is passed on as it is.
    #[serde(default)]
    pub arguments: Value,
}

/// Tokens used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Usage {
    /// Tokens of the request, those from a cache included.
    pub input_tokens: u64,
    /// Tokens of the answer, reasoning included.
    pub output_tokens: u64,
    /// Tokens of the request that came from a cache.
    pub cached_tokens: u64,
    /// Tokens of the answer that were reasoning.
    pub reasoning_tokens: u64,
}

/// Something that an endpoint has no place for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{endpoint} cannot say {what}")]
pub struct Unsayable {
    /// The endpoint.
    pub endpoint: &'static str,
    /// What it has no place for, or what it needs.
    pub what: &'static str,
}

/// When answers that are made up were made, in seconds since 1970: always the same, so that the same request
/// has the same answer.
pub const CREATED: i64 = 1_750_000_000;

// === impl ToolCall ===

impl ToolCall {
    /// The arguments as a text of JSON.
    #[must_use]
    pub fn arguments_text(&self) -> String {
        match &self.arguments {
            Value::String(text) => text.clone(),
            Value::Null => "{}".to_owned(),
            other => crate::stream::json_text(other),
        }
    }
    /// The text that a tool without a schema is called with: that of the `input`, or of all arguments.
    #[must_use]
    pub fn input_text(&self) -> String {
        let input = self.arguments.get("input").and_then(Value::as_str);
        input.map_or_else(|| self.arguments_text(), str::to_owned)
    }
}
