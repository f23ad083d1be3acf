//! What a request wants beside its words, alike for every vendor.

use crate::media::Sound;
use serde_json::Value;

/// What an answer has to keep to. The default wants nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// The caller's tools that can be called.
    pub tools: Vec<Tool>,
    /// Whether one of them has to be.
    pub choice: ToolChoice,
    /// Whether several may be called at once.
    pub parallel: bool,
    /// The most tokens that an answer may have.
    pub most_tokens: Option<usize>,
    /// Texts that end an answer before they are said.
    pub stop: Vec<String>,
    /// The JSON Schema of a structured answer; an empty object where any JSON object will do.
    pub schema: Option<Value>,
    /// Whether the model thinks before it answers.
    pub reasoning: Reasoning,
    /// How many answers are wanted, for each input where there are several; one where it is 0.
    pub choices: usize,
    /// Of how many drafts these are the best; no more of them than choices where it is 0.
    pub drafts: usize,
    /// Whether an answer begins with its question.
    pub echo: bool,
    /// Whether an answer is said aloud, and how it sounds.
    pub sound: Option<Sound>,
    /// The tools that run at the vendor.
    pub hosted: Vec<Hosted>,
    /// What is to be embedded, completed or ranked: texts, or lists of tokens.
    pub inputs: Vec<Value>,
    /// How many numbers an embedding has, where the request says so.
    pub dimensions: Option<usize>,
}

/// A tool of the caller's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// What it is said to do.
    pub description: String,
    /// The JSON Schema of its arguments; null for a tool that takes a text.
    pub schema: Value,
}

/// Whether a tool is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// As the model sees fit.
    #[default]
    Auto,
    /// None is.
    None,
    /// At least one is.
    Required,
    /// This one is.
    Named(String),
    /// This one is, which runs at the vendor.
    Hosted(Hosted),
}

/// A tool that runs at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hosted {
    /// Searches the web.
    WebSearch,
    /// Searches the caller's files.
    FileSearch,
    /// Runs programs.
    CodeInterpreter,
    /// Makes images.
    ImageGeneration,
    /// A server with tools.
    Mcp {
        /// The server's label.
        server: String,
        /// The one of its tools that is called.
        tool: String,
    },
}

/// Whether a model thinks before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reasoning {
    /// It does not.
    #[default]
    None,
    /// It does, and does not tell.
    Hidden(Effort),
    /// It does, and tells in short what it thought.
    Summarised(Effort),
    /// It does, and tells what it thought.
    Shown,
}

/// How hard a model thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// Briefly.
    Low,
    /// As usual.
    #[default]
    Medium,
    /// At length.
    High,
    /// As hard as it can.
    Highest,
}
