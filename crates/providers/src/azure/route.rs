//! Which requests are Azure OpenAI's, and what they name.

use crate::compatible;
use percent_encoding::percent_decode_str;
use standin_core::dialect::{Endpoint, Operation};
use std::borrow::Cow;

pub(super) fn claims(path: &str) -> bool {
    path.starts_with("/openai/")
}

pub(super) fn owns(host: &str) -> bool {
    [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"]
        .iter()
        .any(|suffix| host.ends_with(suffix))
}

/// What a method and a path name. What a model answers is below its deployment, the rest below `/openai`, and
/// all of it below `/openai/v1`.
pub(super) fn operation(method: &str, path: &str) -> Option<Operation> {
    if let Some((_, below)) = deployed(path) {
        return compatible::operation(method, below).filter(is_of_deployment);
    }
    let below = path.strip_prefix("/openai")?;
    match below.strip_prefix("/v1") {
        Some(below) => compatible::operation(method, below),
        None => compatible::operation(method, below).filter(|operation| !is_of_deployment(operation)),
    }
}

/// The deployment that a path names.
pub(super) fn deployment(path: &str) -> Option<Cow<'_, str>> {
    deployed(path).map(|(deployment, _)| percent_decode_str(deployment).decode_utf8_lossy())
}

/// The deployment, and the path below it.
fn deployed(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("/openai/deployments/")?;
    let at = rest.find('/').filter(|at| *at > 0)?;
    Some(rest.split_at(at))
}

fn is_of_deployment(operation: &Operation) -> bool {
    matches!(operation, Operation::Answer(endpoint)
        if !matches!(endpoint, Endpoint::Responses | Endpoint::ResponsesTokens | Endpoint::Moderations
            | Endpoint::Rerank | Endpoint::Ocr))
}
