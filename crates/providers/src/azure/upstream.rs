//! The Azure OpenAI resource that the environment names.

use standin_core::Call;
use standin_core::record::Ending;
use standin_core::upstream::{Base, Credential, Unreachable, Upstream, Variables};

pub(super) const KEY: &str = "AZURE_OPENAI_API_KEY";
pub(super) const ENDPOINT: &str = "AZURE_OPENAI_ENDPOINT";
pub(super) const DEPLOYMENT: &str = "AZURE_OPENAI_DEPLOYMENT";
pub(super) const VERSION: &str = "OPENAI_API_VERSION";

/// The four variables that only make sense together, in the order in which they are asked for.
const ALL: &[&str] = &[KEY, ENDPOINT, DEPLOYMENT, VERSION];
pub(super) const OTHERS: &[&str] = ALL.split_at(1).1;

pub(super) fn upstream(call: &Call, variables: &Variables) -> Result<Upstream, Unreachable> {
    let unset = || Unreachable::Unset(variables.unset(ALL));
    let base = Base::read(ENDPOINT, variables.get(ENDPOINT).ok_or_else(unset)?)?;
    // Below /openai/v1/ there is neither a deployment nor a version in the address.
    let below = if call.path.starts_with("/openai/v1/") {
        call.target()
    } else {
        let (deployment, version) = (variables.get(DEPLOYMENT), variables.get(VERSION));
        // A caller who brings the credential may bring these as well.
        if variables.get(KEY).is_some() && (deployment.is_none() || version.is_none()) {
            return Err(unset());
        }
        format!("{}{}", deployed(&call.path, deployment), versioned(call.query.as_deref(), version))
    };
    let target = base.target(call, &below)?;
    Ok(Upstream { origin: base.origin(), target, credential: Some(Credential::header(KEY, "api-key")) })
}

/// Chat and completions end with a text, responses with an event of their own.
pub(super) fn ending(path: &str) -> Ending {
    if path.ends_with("/completions") {
        Ending::Text("[DONE]")
    } else if path.contains("/responses") {
        Ending::Event(&["response.completed", "response.failed", "response.incomplete", "response.cancelled"])
    } else {
        Ending::Frame
    }
}

/// The path with another deployment.
pub(super) fn deployed(path: &str, deployment: Option<&str>) -> String {
    let parts = path.strip_prefix("/openai/deployments/").and_then(|rest| rest.split_once('/'));
    match (parts, deployment) {
        (Some((_, rest)), Some(deployment)) => format!("/openai/deployments/{deployment}/{rest}"),
        _ => path.to_owned(),
    }
}

/// The query with another version; without one, as it is.
fn versioned(query: Option<&str>, version: Option<&str>) -> String {
    let Some(version) = version else { return query.map(|query| format!("?{query}")).unwrap_or_default() };
    let others = others(query);
    let lead = if others.is_empty() { String::new() } else { format!("{others}&") };
    format!("?{lead}api-version={version}")
}

/// The query without its version.
pub(super) fn others(query: Option<&str>) -> String {
    let pairs = query.unwrap_or_default().split('&');
    let others = pairs.filter(|pair| !pair.is_empty() && pair.split('=').next() != Some("api-version"));
    others.collect::<Vec<_>>().join("&")
}
