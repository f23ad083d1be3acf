//! Which providers' own paths take jobs.

use crate::bifrost::{Answer, AsyncKind, ErrorObject};
use serde_json::{Value, json};

/// The shape that a vendor's own path is answered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integration {
    /// OpenAI's Responses.
    Responses,
    /// OpenAI's Chat Completions.
    Chat,
    /// Anthropic's Messages.
    Messages,
}

/// What a path is to jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrated {
    /// Its calls can become jobs.
    Yes(Integration),
    /// Its calls cannot: who wants one is refused, in this shape.
    No(Integration),
    /// What is asked of jobs means nothing here: the paths of the API itself, and those of batches and files.
    Ignored,
}

/// Prefixes of OpenAI's paths.
const OPENAI: [&str; 4] = ["openai", "litellm", "langchain", "pydanticai"];
/// Prefixes of Anthropic's paths.
const ANTHROPIC: [&str; 5] = ["anthropic", "litellm", "langchain", "pydanticai", "cursor"];
/// Prefixes of vendors whose calls never become jobs.
const OTHERS: [&str; 6] = ["azure", "bedrock", "cohere", "gemini", "genai", "vertex"];

/// What OpenAI's paths may have before their own names.
const VERSIONS: [&str; 3] = ["v1/", "openai/", "openai/v1/"];

/// Names of things that are kept rather than answered.
const KEPT: [&str; 8] =
    ["batches", "containers", "conversations", "files", "messages/batches", "models", "uploads", "videos"];

/// What a path is to jobs. It begins with a vendor's prefix: `/openai/v1/responses`.
#[must_use]
pub fn integrated(path: &str) -> Integrated {
    let Some((prefix, rest)) = path.strip_prefix('/').and_then(|path| path.split_once('/')) else {
        return Integrated::Ignored;
    };
    let openai = OPENAI.contains(&prefix);
    let anthropic = ANTHROPIC.contains(&prefix);
    if !openai && !anthropic && !OTHERS.contains(&prefix) {
        return Integrated::Ignored;
    }
    let name = VERSIONS.into_iter().rev().find_map(|version| rest.strip_prefix(version)).unwrap_or(rest);
    if KEPT.iter().any(|kept| is_or_is_below(name, kept)) {
        return Integrated::Ignored;
    }
    match name {
        "responses" if openai => Integrated::Yes(Integration::Responses),
        "chat/completions" if openai => Integrated::Yes(Integration::Chat),
        "messages/count_tokens" if anthropic => Integrated::No(Integration::Messages),
        _ if anthropic && is_or_is_below(rest, "v1/messages") => Integrated::Yes(Integration::Messages),
        _ if prefix == "anthropic" => Integrated::No(Integration::Messages),
        _ => Integrated::No(Integration::Responses),
    }
}

fn is_or_is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

// === impl Integration ===

impl Integration {
    /// What its jobs ask for. A message is a response in another dialect.
    #[must_use]
    pub const fn kind(self) -> AsyncKind {
        match self {
            Integration::Responses | Integration::Messages => AsyncKind::Responses,
            Integration::Chat => AsyncKind::Chat,
        }
    }

    /// The mount of the provider that its calls are run at.
    #[must_use]
    pub const fn mount(self) -> &'static str {
        match self {
            Integration::Responses | Integration::Chat => "openai",
            Integration::Messages => "anthropic",
        }
    }

    /// The path of the synchronous call, below the mount.
    #[must_use]
    pub const fn synchronous_path(self) -> &'static str {
        match self {
            Integration::Responses => "/v1/responses",
            Integration::Chat => "/v1/chat/completions",
            Integration::Messages => "/v1/messages",
        }
    }

    /// A refusal in the vendor's shape.
    #[must_use]
    pub fn refused(self, error: &ErrorObject) -> Answer {
        match self {
            Integration::Responses | Integration::Chat => error.answer(),
            Integration::Messages => Answer::json(error.status, self.error(&error.to_value())),
        }
    }

    /// A refusal of a job on a path whose calls cannot become one.
    #[must_use]
    pub fn unsupported(self) -> Answer {
        let error = ErrorObject::bad("async operation is not supported on this route");
        self.refused(&error.kind("async_not_supported"))
    }

    /// An error object in the vendor's shape, as a body.
    pub(super) fn error(self, error: &Value) -> Vec<u8> {
        let text = |name: &str| error.get("error").and_then(|error| error.get(name)).and_then(Value::as_str);
        let body = match self {
            Integration::Responses | Integration::Chat => error.clone(),
            Integration::Messages => json!({
                "type": "error",
                "error": {
                    "type": text("type").unwrap_or("api_error"),
                    "message": text("message").unwrap_or("the job failed"),
                },
            }),
        };
        format!("{body}\n").into_bytes()
    }
}
