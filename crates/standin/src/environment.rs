//! The environment that points official SDKs at standin.

/// Vendors that are reached by their hosts: variables for the address, the host and the path that it ends with, and
/// variables for the key. The names are those of the vendors' SDKs and of LiteLLM.
const BY_HOST: [(&[&str], &str, &[&str]); 12] = [
    (&["CO_API_URL"], "api.cohere.com", &["CO_API_KEY", "COHERE_API_KEY"]),
    (&["DEEPSEEK_API_BASE"], "api.deepseek.com/beta", &["DEEPSEEK_API_KEY"]),
    (
        &["FIREWORKS_API_BASE"],
        "api.fireworks.ai/inference/v1",
        &["FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY"],
    ),
    (&["GOOGLE_GEMINI_BASE_URL"], "generativelanguage.googleapis.com", &["GEMINI_API_KEY"]),
    (&["GROQ_BASE_URL"], "api.groq.com", &["GROQ_API_KEY"]),
    (&["GROQ_API_BASE"], "api.groq.com/openai/v1", &[]),
    (&["MISTRAL_API_BASE"], "api.mistral.ai/v1", &["MISTRAL_API_KEY"]),
    (&["NVIDIA_NIM_API_BASE"], "integrate.api.nvidia.com/v1", &["NVIDIA_API_KEY", "NVIDIA_NIM_API_KEY"]),
    (&["OPENROUTER_API_BASE"], "openrouter.ai/api/v1", &["OPENROUTER_API_KEY"]),
    (&["PERPLEXITY_API_BASE"], "api.perplexity.ai", &["PERPLEXITY_API_KEY", "PERPLEXITYAI_API_KEY"]),
    (
        &["TOGETHER_BASE_URL", "TOGETHER_AI_API_BASE"],
        "api.together.xyz/v1",
        &["TOGETHER_API_KEY", "TOGETHERAI_API_KEY"],
    ),
    (&["XAI_API_BASE"], "api.x.ai/v1", &["XAI_API_KEY"]),
];
/// A key that is well-formed and worthless.
const WORTHLESS: &str = "sk-standin";

/// Variables for a program whose SDKs should call `base_url`: addresses, and keys that are well-formed and
/// worthless, since SDKs refuse to start without one.
/// The aliases are those of LiteLLM and of OpenAI's older SDKs.
#[must_use]
pub fn environment(base_url: &str) -> Vec<(&'static str, String)> {
    let base_url = base_url.trim_end_matches('/');
    let (openai, anthropic, azure) =
        (format!("{base_url}/openai/v1"), format!("{base_url}/anthropic"), format!("{base_url}/azure"));
    let mut variables = vec![
        ("OPENAI_BASE_URL", openai.clone()),
        ("OPENAI_API_BASE", openai),
        ("OPENAI_API_KEY", WORTHLESS.to_owned()),
        ("ANTHROPIC_BASE_URL", anthropic.clone()),
        ("ANTHROPIC_API_BASE", anthropic),
        ("ANTHROPIC_API_KEY", "sk-ant-standin".to_owned()),
        ("AZURE_OPENAI_ENDPOINT", azure.clone()),
        ("AZURE_API_BASE", azure),
        ("AZURE_OPENAI_API_KEY", "standin".to_owned()),
        ("AZURE_API_KEY", "standin".to_owned()),
        ("OPENAI_API_VERSION", "2024-10-21".to_owned()),
        ("AZURE_API_VERSION", "2024-10-21".to_owned()),
    ];
    for (addresses, place, keys) in BY_HOST {
        variables.extend(addresses.iter().map(|&name| (name, format!("{base_url}/to/{place}"))));
        variables.extend(keys.iter().map(|&name| (name, WORTHLESS.to_owned())));
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_host_with_a_key_of_its_own_has_a_variable() {
        let variables = environment("http://h/s/1/");
        let names: BTreeSet<&str> = variables.iter().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), variables.len(), "none is said twice");
        for provider in standin_providers::all() {
            for name in provider.variables().all().filter(|name| name.ends_with("_KEY")) {
                assert!(names.contains(name), "{name} is not withheld");
            }
        }
        assert!(variables.contains(&("GROQ_BASE_URL", "http://h/s/1/to/api.groq.com".to_owned())));
    }
}
