//! Requests as they would be stored: what is compared where they differ as they came.
//!
//! A recording has lost its secrets, and the names of an Azure account; the call that it answers has not.

use super::rules::MatchRules;
use crate::headers::Headers;
use crate::scrub::Comparable;
use serde_json::Value;

const DEPLOYMENTS: &str = "/openai/deployments/";

/// A request without secrets and with the model in place of the deployment. `None` where it is the same.
pub(super) fn stored(
    path: &str,
    query: Option<&str>,
    headers: &Headers,
    body: &[u8],
    rules: &MatchRules,
) -> Option<Comparable> {
    let target = match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let scrubbed = rules.scrubber.comparable(&target, headers, body);
    let deployed = modelled(path, body).map(|path| match query {
        Some(query) => format!("{path}?{query}"),
        None => path,
    });
    match (scrubbed, deployed) {
        (None, None) => None,
        (Some(scrubbed), None) => Some(scrubbed),
        (None, Some(target)) => Some(Comparable { target, body: body.to_vec() }),
        // A deployment's name is no secret, so what was scrubbed lies behind it.
        (Some(scrubbed), Some(_)) => {
            let (path, query) = scrubbed.target.split_once('?').unwrap_or((&scrubbed.target, ""));
            let path = modelled(path, body).unwrap_or_else(|| path.to_owned());
            let mark = if query.is_empty() { "" } else { "?" };
            Some(Comparable { target: format!("{path}{mark}{query}"), body: scrubbed.body })
        }
    }
}

/// The path with the body's model in place of the deployment, as recorders write it.
fn modelled(path: &str, body: &[u8]) -> Option<String> {
    let (deployment, rest) = path.strip_prefix(DEPLOYMENTS)?.split_once('/')?;
    let body: Value = serde_json::from_slice(body).ok()?;
    let model = body.get("model")?.as_str().filter(|model| *model != deployment && !model.is_empty())?;
    Some(format!("{DEPLOYMENTS}{model}/{rest}"))
}
