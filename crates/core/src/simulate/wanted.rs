//! What a request wants beside its words, alike for every vendor.

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
    /// What is to be embedded: texts, or lists of tokens.
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
}

/// Whether a model thinks before it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reasoning {
    /// It does not.
    #[default]
    None,
    /// It does, and does not tell.
    Hidden,
    /// It does, and tells what it thought.
    Shown,
}
