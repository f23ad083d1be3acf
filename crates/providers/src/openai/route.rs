//! Which requests are OpenAI's.

pub(super) fn claims(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// `/openai/v1/...` is the mount; what else begins with `/openai/` are paths of Azure.
pub(super) fn mounts(rest: &str) -> bool {
    claims(rest)
}

pub(super) fn owns(host: &str) -> bool {
    host == "api.openai.com" || host.ends_with(".api.openai.com")
}
