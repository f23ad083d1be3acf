use super::*;
use standin_core::ErrorReport;

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
    }
}
