use super::*;
use standin_core::upstream::{Unreachable, Variables};
use standin_core::{Address, Call, ErrorReport};

#[test]
fn requests_find_their_provider() {
    let none = Headers::new();
    let version: Headers = [("Anthropic-Version", "2023-06-01")].into_iter().collect();
    for (path, headers, name) in [
        ("/v1/chat/completions", &none, "openai"),
        ("/v1/models", &none, "openai"),
        ("/v1/models", &version, "anthropic"),
        ("/v1/messages", &none, "anthropic"),
        ("/v1/messages/count_tokens", &none, "anthropic"),
        ("/openai/deployments/gpt/chat/completions", &none, "azure"),
        ("/openai/responses", &none, "azure"),
        ("/model/x/converse", &none, "opaque"),
        ("/", &none, "opaque"),
    ] {
        assert_eq!(claiming(path, headers).name(), name, "{path}");
    }
}

#[test]
fn mounts_leave_azure_its_paths() {
    assert_eq!(mounted("openai", "/v1/chat/completions").map(Provider::name), Some("openai"));
    assert!(mounted("openai", "/deployments/x/chat/completions").is_none());
    assert_eq!(mounted("azure", "/openai/deployments/x").map(Provider::name), Some("azure"));
    assert!(mounted("opaque", "/x").is_none());
    assert!(mounted("v1", "/chat/completions").is_none());
}

#[test]
fn hosts_have_owners() {
    for (host, name) in [
        ("api.openai.com", "openai"),
        ("API.OpenAI.com:443", "openai"),
        ("us.api.openai.com", "openai"),
        ("api.anthropic.com", "anthropic"),
        ("team.openai.azure.com", "azure"),
        ("resource-name.cognitiveservices.azure.com", "azure"),
        ("api.openai.com.example.org", "opaque"),
        ("api.x.ai", "opaque"),
    ] {
        assert_eq!(owning(host).name(), name, "{host}");
    }
}

/// A call as a client sends it; `host` is what `/to/HOST` named.
fn call(host: Option<&str>, target: &str) -> Call {
    let address = Address::parse(target);
    Call {
        method: "POST".to_owned(),
        path: address.path.to_owned(),
        query: address.query.map(str::to_owned),
        host: host.map(str::to_owned),
        headers: Headers::new(),
        body: "".into(),
    }
}

/// Where a call leads and with which header, or why nowhere.
fn leads(variables: &Variables, provider: &str, host: Option<&str>, target: &str) -> String {
    let provider = all().find(|one| one.name() == provider).unwrap();
    match provider.upstream(&call(host, target), variables) {
        Ok(upstream) => {
            let header = upstream.credential.map(|credential| credential.header).unwrap_or_default();
            format!("{}{} {header}", upstream.origin, upstream.target)
        }
        Err(unreachable) => unreachable.to_string(),
    }
}

#[test]
fn calls_find_their_upstream() {
    let google = "generativelanguage.googleapis.com";
    for (provider, host, target, expected) in [
        ("openai", None, "/v1/chat?a=1", "https://api.openai.com/v1/chat?a=1 authorization"),
        // Nothing may become a part of the host.
        ("openai", None, "/v1@evil.example/x", "the path /v1@evil.example/x belongs to no provider"),
        ("anthropic", None, "/v1/messages", "https://api.anthropic.com/v1/messages x-api-key"),
        (
            "azure",
            None,
            "/openai/models",
            "set AZURE_OPENAI_API_KEY, AZURE_OPENAI_ENDPOINT, AZURE_OPENAI_DEPLOYMENT, OPENAI_API_VERSION",
        ),
        ("opaque", Some("API.x.ai"), "/v1/models", "https://api.x.ai/v1/models authorization"),
        ("opaque", Some(google), "/v1/m", "https://generativelanguage.googleapis.com/v1/m x-goog-api-key"),
        ("opaque", Some("api.x.ai:8443"), "/v1", "api.x.ai:8443 is not an upstream that standin may call"),
        ("opaque", None, "/api/chat", "the path /api/chat belongs to no provider"),
    ] {
        assert_eq!(leads(&Variables::default(), provider, host, target), expected, "{target}");
    }
}

#[test]
fn variables_lead_elsewhere_and_keys_go_nowhere_else() {
    let variables: Variables = [
        ("OPENAI_BASE_URL", "https://proxy.example/openai/v1/"),
        ("AZURE_OPENAI_API_KEY", "k"),
        ("AZURE_OPENAI_ENDPOINT", "https://team.openai.azure.com/"),
        ("AZURE_OPENAI_DEPLOYMENT", "ours"),
        ("OPENAI_API_VERSION", "2031-01-01"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into_iter()
    .collect();
    let refused = |host: &str| format!("{host} is not an upstream that standin may call");
    let azure = |rest: &str| format!("https://team.openai.azure.com/openai/{rest} api-key");
    for (provider, host, target, expected) in [
        ("openai", None, "/v1/m", "https://proxy.example/openai/v1/m authorization".to_owned()),
        ("openai", Some("proxy.example:443"), "/x", "https://proxy.example/x authorization".to_owned()),
        ("openai", Some("api.openai.com"), "/v1/m", refused("api.openai.com")),
        (
            "azure",
            None,
            "/openai/deployments/theirs/chat?api-version=1&b=2",
            azure("deployments/ours/chat?b=2&api-version=2031-01-01"),
        ),
        ("azure", None, "/openai/v1/responses", azure("v1/responses")),
        ("azure", Some("team.openai.azure.com"), "/openai/models", azure("models")),
        ("azure", Some("evil.openai.azure.com"), "/openai/models", refused("evil.openai.azure.com")),
    ] {
        assert_eq!(leads(&variables, provider, host, target), expected, "{target}");
    }
}

/// What every provider has to promise, whichever it is.
#[test]
fn every_provider_conforms() {
    for provider in REGISTRY {
        for status in [400, 404, 409, 500] {
            let report = ErrorReport { status, code: "a_code", message: "what to do" };
            let body = provider.error(&report);
            let error = body.get("error").unwrap_or_else(|| panic!("{} has no error", provider.name()));
            assert_eq!(error["message"], "what to do", "{}", provider.name());
            assert!(body.to_string().contains("a_code"), "{}", provider.name());
        }
        assert!(provider.name().bytes().all(|byte| byte.is_ascii_lowercase()));
        // Recording reads nothing that is not announced.
        let named: Vec<&str> = provider.variables().all().collect();
        if let Err(Unreachable::Unset(unset)) = provider.upstream(&call(None, "/v1/x"), &Variables::default())
        {
            assert!(unset.iter().all(|name| named.contains(&name.as_str())), "{}", provider.name());
        }
    }
}
