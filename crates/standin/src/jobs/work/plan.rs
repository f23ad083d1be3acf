//! What is kept beside a stored call for its run, in header fields that no call has from outside.

use standin_core::Headers;
use standin_core::jobs::StoredRequest;
use standin_providers::bifrost::{AsyncKind, ModelName, RunRequest, Submission};

/// A call as it is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// What is asked for.
    pub(crate) kind: AsyncKind,
    /// The model, as it was submitted.
    pub(crate) model: ModelName,
    /// The models that are asked next, each where the one before it failed.
    pub(crate) fallbacks: Vec<ModelName>,
    /// The call.
    pub(crate) run: RunRequest,
    /// Header fields of the call, its content type among them.
    pub(crate) headers: Headers,
}

const MODEL: &str = "x-standin-job-model";
const FALLBACK: &str = "x-standin-job-fallback";
const OWN: &str = "x-standin-job-";

/// A model as it was submitted. One without a provider begins with the slash.
fn written(model: &ModelName) -> String {
    format!("{}/{}", model.provider.as_deref().unwrap_or_default(), model.model)
}

fn read(text: &str) -> ModelName {
    let (provider, model) = text.split_once('/').unwrap_or(("", text));
    ModelName { provider: Some(provider.to_owned()).filter(|name| !name.is_empty()), model: model.to_owned() }
}

// === impl Plan ===

impl Plan {
    /// A submission, with the header fields that its run may read.
    pub(crate) fn new(submission: Submission, kept: &Headers) -> Self {
        let Submission { kind, model, fallbacks, run } = submission;
        let kept = kept.iter().filter(|(name, _)| !name.to_ascii_lowercase().starts_with(OWN)).collect();
        let headers = run.headers(&kept);
        Plan { kind, model, fallbacks, run, headers }
    }

    /// As it is stored.
    pub(crate) fn stored(self, route: String) -> StoredRequest {
        let own = [(MODEL, written(&self.model))].into_iter();
        let own = own.chain(self.fallbacks.iter().map(|model| (FALLBACK, written(model))));
        let own = own.map(|(name, value)| (name.to_owned(), value));
        let sent = self.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        StoredRequest {
            method: "POST".to_owned(),
            target: self.run.path,
            headers: own.chain(sent).collect(),
            body: self.run.body,
            route,
        }
    }

    /// As it was stored.
    pub(crate) fn of(kind: AsyncKind, stored: &StoredRequest) -> Self {
        let named =
            |name| stored.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value);
        let sent = stored.headers.iter().filter(|(name, _)| !name.starts_with(OWN));
        let headers: Headers = sent.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let run = RunRequest {
            path: stored.target.clone(),
            content_type: headers.get("content-type").unwrap_or_default().to_owned(),
            body: stored.body.clone(),
        };
        Plan {
            kind,
            model: named(MODEL).next().map_or_else(|| read(""), |text| read(text)),
            fallbacks: named(FALLBACK).map(|text| read(text)).collect(),
            run,
            headers,
        }
    }

    /// The model, as it was submitted.
    pub(crate) fn asked_model(&self) -> String {
        match &self.model.provider {
            Some(provider) => format!("{provider}/{}", self.model.model),
            None => self.model.model.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use standin_providers::bifrost::{ModelRules, submission};

    #[test]
    fn what_is_stored_is_read_as_it_was() {
        let body = br#"{"model":"openai/ft:a/b","messages":[{"role":"user","content":"x"}],
            "fallbacks":["anthropic/claude-x","groq/llama"]}"#;
        let sent = Headers::from_iter([
            ("content-type", "application/json"),
            ("x-standin-job-model", "mine/own"),
            ("x-cassette-name", "a"),
        ]);
        let submitted =
            submission(AsyncKind::Chat, &sent, &bytes::Bytes::from_static(body), &ModelRules::default());
        let plan = Plan::new(submitted.unwrap(), &sent);
        assert_eq!(plan.fallbacks.len(), 2);
        let stored = plan.clone().stored("/v1/async/chat/completions".to_owned());
        let read = Plan::of(AsyncKind::Chat, &stored);
        assert_eq!(read, plan);
        assert_eq!(read.asked_model(), "openai/ft:a/b");
        assert_eq!(read.headers.get("x-standin-job-model"), None);
        assert_eq!(read.headers.get("x-cassette-name"), Some("a"));
    }
}
