//! The environment that points official SDKs at standin.

/// Variables for a program whose SDKs should call `base_url`: addresses, and keys that are well-formed and
/// worthless, since SDKs refuse to start without one.
/// The aliases are those of LiteLLM and of OpenAI's older SDKs.
#[must_use]
pub fn environment(base_url: &str) -> Vec<(&'static str, String)> {
    let base_url = base_url.trim_end_matches('/');
    let (openai, anthropic, azure) =
        (format!("{base_url}/openai/v1"), format!("{base_url}/anthropic"), format!("{base_url}/azure"));
    vec![
        ("OPENAI_BASE_URL", openai.clone()),
        ("OPENAI_API_BASE", openai),
        ("OPENAI_API_KEY", "sk-standin".to_owned()),
        ("ANTHROPIC_BASE_URL", anthropic.clone()),
        ("ANTHROPIC_API_BASE", anthropic),
        ("ANTHROPIC_API_KEY", "sk-ant-standin".to_owned()),
        ("AZURE_OPENAI_ENDPOINT", azure.clone()),
        ("AZURE_API_BASE", azure),
        ("AZURE_OPENAI_API_KEY", "standin".to_owned()),
        ("AZURE_API_KEY", "standin".to_owned()),
        ("OPENAI_API_VERSION", "2024-10-21".to_owned()),
        ("AZURE_API_VERSION", "2024-10-21".to_owned()),
    ]
}
