//! The environment that points official SDKs at standin.

/// Variables for a program whose SDKs should call `base_url`: addresses, and keys that are well-formed and
/// worthless, since SDKs refuse to start without one.
#[must_use]
pub fn environment(base_url: &str) -> Vec<(&'static str, String)> {
    let base_url = base_url.trim_end_matches('/');
    vec![
        ("OPENAI_BASE_URL", format!("{base_url}/openai/v1")),
        ("OPENAI_API_KEY", "sk-standin".to_owned()),
        ("ANTHROPIC_BASE_URL", format!("{base_url}/anthropic")),
        ("ANTHROPIC_API_KEY", "sk-ant-standin".to_owned()),
        ("AZURE_OPENAI_ENDPOINT", format!("{base_url}/azure")),
        ("AZURE_OPENAI_API_KEY", "standin".to_owned()),
        ("OPENAI_API_VERSION", "2024-10-21".to_owned()),
    ]
}
