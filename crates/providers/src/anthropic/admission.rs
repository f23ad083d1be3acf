//! What a call has to carry: a key, a version, and nothing that this version forbids.

use serde_json::Value;
use standin_core::dialect::Failure;
use standin_core::{Call, Headers};

/// The versions of the API that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Of2023,
    Of2026,
}

/// A key in either of two places, by its presence alone, and a version.
pub(super) fn admits(call: &Call) -> Result<(), Failure> {
    let key = call.headers.get("x-api-key").map(str::trim).filter(|key| !key.is_empty());
    if key.or_else(|| bearer(&call.headers)).is_none() {
        return Err(Failure::of(401).saying("no key in x-api-key, and no bearer in authorization"));
    }
    version(&call.headers).map(drop)
}

/// What the version forbids in a body.
pub(super) fn accepts(headers: &Headers, body: &Value) -> Result<(), Failure> {
    match (version(headers)?, forbidden_in_2026(body)) {
        (Version::Of2026, Some(what)) => {
            Err(Failure::of(400)
                .saying(format!("{what}: not supported from anthropic-version 2026-10-21 on")))
        }
        _ => Ok(()),
    }
}

fn bearer(headers: &Headers) -> Option<&str> {
    let (scheme, token) = headers.get("authorization")?.trim().split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn version(headers: &Headers) -> Result<Version, Failure> {
    match headers.get("anthropic-version").map(str::trim) {
        Some("2023-06-01") => Ok(Version::Of2023),
        Some("2026-10-21") => Ok(Version::Of2026),
        Some(other) => Err(Failure::of(400)
            .saying(format!("anthropic-version: {other} is not a version; use 2023-06-01 or 2026-10-21"))),
        None => Err(Failure::of(400).saying("anthropic-version: header is required")),
    }
}

fn forbidden_in_2026(body: &Value) -> Option<String> {
    let sampling = ["temperature", "top_p", "top_k"].into_iter().find(|key| !body[*key].is_null());
    sampling.map(str::to_owned).or_else(|| {
        let blocks = body["messages"].as_array()?.iter().enumerate().flat_map(|(message, said)| {
            let blocks = said["content"].as_array().into_iter().flatten().enumerate();
            blocks.map(move |(block, value)| (message, block, &said["role"], value))
        });
        blocks.into_iter().find_map(|(message, at, role, block)| {
            let place = format!("messages.{message}.content.{at}");
            if role == "assistant" && block["type"] == "document" {
                return Some(format!("{place}: a document of the assistant"));
            }
            let cites = block["citations"].as_array().is_some_and(|citations| !citations.is_empty());
            (role == "user" && block["type"] == "text" && cites)
                .then(|| format!("{place}.citations: citations of the user"))
        })
    })
}

#[cfg(test)]
mod tests;
