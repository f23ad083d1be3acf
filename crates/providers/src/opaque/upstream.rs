//! Providers that are known by their host alone.

use standin_core::record::Ending;
use standin_core::upstream::{Credential, Unreachable, Upstream};
use standin_core::{Call, canonical_host};

/// Hosts that are allowed where their key is set, from the vendors' own SDKs. All but one take the key as a
/// bearer token.
const KNOWN: [(&str, &str); 12] = [
    ("api.cohere.com", "CO_API_KEY"),
    ("api.deepseek.com", "DEEPSEEK_API_KEY"),
    ("api.fireworks.ai", "FIREWORKS_API_KEY"),
    ("api.groq.com", "GROQ_API_KEY"),
    ("api.mistral.ai", "MISTRAL_API_KEY"),
    ("api.perplexity.ai", "PERPLEXITY_API_KEY"),
    ("api.together.xyz", "TOGETHER_API_KEY"),
    ("api.x.ai", "XAI_API_KEY"),
    (GOOGLE, "GEMINI_API_KEY"),
    ("integrate.api.nvidia.com", "NVIDIA_API_KEY"),
    ("openrouter.ai", "OPENROUTER_API_KEY"),
    ("router.huggingface.co", "HF_TOKEN"),
];
const GOOGLE: &str = "generativelanguage.googleapis.com";

pub(super) const VARIABLES: &[&str] = &{
    let mut names = [""; KNOWN.len()];
    let mut at = 0;
    while at < KNOWN.len() {
        names[at] = KNOWN[at].1;
        at += 1;
    }
    names
};

pub(super) fn upstream(call: &Call) -> Result<Upstream, Unreachable> {
    let Some(named) = &call.host else {
        return Err(Unreachable::NoProvider { path: call.path.clone() });
    };
    let host = canonical_host(named, Some("https"));
    let Some((_, variable)) = KNOWN.iter().find(|(known, _)| *known == host) else {
        return Err(Unreachable::NotAllowed { host: named.clone() });
    };
    let credential = match host.as_str() {
        GOOGLE => Credential::header(*variable, "x-goog-api-key"),
        _ => Credential::bearer(*variable),
    };
    Ok(Upstream { origin: format!("https://{host}"), target: call.target(), credential: Some(credential) })
}

/// Many vendors speak OpenAI's chat dialect.
pub(super) fn ending(path: &str) -> Ending {
    if path.ends_with("/chat/completions") { Ending::Text("[DONE]") } else { Ending::Frame }
}
