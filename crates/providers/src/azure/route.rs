//! Which requests are Azure OpenAI's.

pub(super) fn claims(path: &str) -> bool {
    path.starts_with("/openai/")
}

pub(super) fn owns(host: &str) -> bool {
    [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"]
        .iter()
        .any(|suffix| host.ends_with(suffix))
}
