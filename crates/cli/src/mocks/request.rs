//! The request that is explained: given by flags, read as the server reads it.

use crate::failure::Failure;
use clap::Args;
use serde_json::Value;
use standin_core::dialect::{Dialect, Endpoint, Operation};
use standin_core::{Call, Headers};
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct RequestArgs {
    /// The body: a file, `-` for standard input, or the JSON itself.
    #[arg(long, short = 'd', value_name = "BODY")]
    request: String,
    /// Where it is sent [default: by what is in the body, as in /v1/chat/completions].
    #[arg(long)]
    path: Option<String>,
    /// Header fields, `Name: value`.
    #[arg(long = "header", short = 'H', value_name = "FIELD")]
    headers: Vec<String>,
}

/// A request and what it asks of whom.
pub(super) struct Request {
    pub(super) call: Call,
    pub(super) provider: &'static str,
    pub(super) dialect: &'static dyn Dialect,
    pub(super) endpoint: Endpoint,
    pub(super) body: Value,
}

// === impl RequestArgs ===

impl RequestArgs {
    pub(super) fn read(&self) -> Result<Request, Failure> {
        let text = body(&self.request)?;
        let body: Value = serde_json::from_str(&text)
            .map_err(|error| Failure::Request(format!("the request is not JSON: {error}")))?;
        let headers: Result<Headers, Failure> = self.headers.iter().map(|field| header(field)).collect();
        let headers = headers?;
        let path = self.path.clone().unwrap_or_else(|| likely_path(&body).to_owned());
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
            None => (path, None),
        };
        // As the server takes a mount off.
        let trimmed = path.trim_start_matches('/');
        let (mount, rest) = trimmed.find('/').map_or((trimmed, ""), |at| trimmed.split_at(at));
        let (provider, path) = match standin_providers::mounted(mount, rest) {
            Some(provider) => (provider, rest.to_owned()),
            None => (standin_providers::claiming(&path, &headers), path),
        };
        let no_endpoint = || {
            Failure::Request(format!(
                "mocks know nothing at {path}: give --path, as in /v1/chat/completions or /v1/messages"
            ))
        };
        let dialect = provider.dialect().ok_or_else(no_endpoint)?;
        let Some(Operation::Answer(endpoint)) = dialect.operation("POST", &path) else {
            return Err(no_endpoint());
        };
        let method = "POST".to_owned();
        let call = Call { method, path, query, host: None, headers, body: text.into_bytes().into() };
        Ok(Request { call, provider: provider.name(), dialect, endpoint, body })
    }
}

/// A file, standard input, or the text itself.
fn body(given: &str) -> Result<String, Failure> {
    let path = PathBuf::from(given);
    let failed = |source| Failure::Read { path: path.clone(), source };
    if given == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(failed)?;
        return Ok(text);
    }
    if given.trim_start().starts_with('{') {
        return Ok(given.to_owned());
    }
    std::fs::read_to_string(Path::new(given)).map_err(failed)
}

fn header(field: &str) -> Result<(String, String), Failure> {
    let (name, value) = field
        .split_once(':')
        .ok_or_else(|| Failure::Request(format!("`{field}` is not a header field: write `Name: value`")))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Where a body with these members is sent.
fn likely_path(body: &Value) -> &'static str {
    let has = |member: &str| body.get(member).is_some();
    let is_claude = body["model"].as_str().is_some_and(|model| model.contains("claude"));
    match () {
        () if has("messages") && is_claude => "/v1/messages",
        () if has("messages") => "/v1/chat/completions",
        () if has("voice") => "/v1/audio/speech",
        () if has("prompt") => "/v1/completions",
        () if has("input") && body["model"].as_str().is_some_and(|model| model.contains("embedding")) => {
            "/v1/embeddings"
        }
        () => "/v1/responses",
    }
}
