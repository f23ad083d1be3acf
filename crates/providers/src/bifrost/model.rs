//! Names of models: `openai/gpt-4o`.

/// The providers that a gateway knows.
pub const KNOWN_PROVIDERS: [&str; 23] = [
    "anthropic",
    "azure",
    "bedrock",
    "cerebras",
    "cohere",
    "gemini",
    "groq",
    "mistral",
    "ollama",
    "openai",
    "parasail",
    "perplexity",
    "sgl",
    "vertex",
    "openrouter",
    "elevenlabs",
    "huggingface",
    "nebius",
    "xai",
    "replicate",
    "vllm",
    "runway",
    "fireworks",
];

/// What becomes of a model without a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unprefixed {
    /// It is refused.
    #[default]
    Refused,
    /// It is taken as it is.
    Accepted,
}

/// Which models are taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelRules {
    /// Providers beside the known ones.
    pub custom_providers: Vec<String>,
    /// What becomes of a model without one.
    pub unprefixed: Unprefixed,
}

/// A model and its provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelName {
    /// The provider, where the name begins with one.
    pub provider: Option<String>,
    /// The provider's own name of the model, which may hold slashes.
    pub model: String,
}

// === impl ModelRules ===

impl ModelRules {
    /// A model with its provider in front; `None` where one of them is missing.
    #[must_use]
    pub fn prefixed(&self, text: &str) -> Option<ModelName> {
        let (provider, model) = text.split_once('/')?;
        let known =
            || KNOWN_PROVIDERS.contains(&provider) || self.custom_providers.iter().any(|own| own == provider);
        (!model.is_empty() && known())
            .then(|| ModelName { provider: Some(provider.to_owned()), model: model.to_owned() })
    }

    /// A model, as these rules take it.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<ModelName> {
        self.prefixed(text).or_else(|| match self.unprefixed {
            Unprefixed::Refused => None,
            Unprefixed::Accepted => {
                let nameless = text.strip_suffix('/').is_some_and(|provider| !provider.contains('/'));
                (!text.is_empty() && !nameless).then(|| ModelName { provider: None, model: text.to_owned() })
            }
        })
    }
}

// === impl ModelName ===

impl std::fmt::Display for ModelName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.provider {
            Some(provider) => write!(f, "{provider}/{}", self.model),
            None => f.write_str(&self.model),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_slash_ends_a_known_provider() {
        let rules = ModelRules { custom_providers: vec!["mine".to_owned()], unprefixed: Unprefixed::Refused };
        let lax = ModelRules { unprefixed: Unprefixed::Accepted, ..rules.clone() };
        for (text, strict, accepted) in [
            ("openai/gpt-4o", Some((Some("openai"), "gpt-4o")), true),
            ("openrouter/meta/llama", Some((Some("openrouter"), "meta/llama")), true),
            ("mine/m", Some((Some("mine"), "m")), true),
            ("openai//", Some((Some("openai"), "/")), true),
            ("gpt-4o", None, true),
            ("nosuch/x", None, true),
            ("OpenAI/gpt-4o", None, true),
            ("openai/", None, false),
            ("/x", None, true),
            ("/", None, false),
            ("", None, false),
        ] {
            let strictly = strict.map(|(provider, model): (Option<&str>, &str)| ModelName {
                provider: provider.map(str::to_owned),
                model: model.to_owned(),
            });
            assert_eq!(rules.read(text), strictly, "{text}");
            assert_eq!(lax.read(text).is_some(), accepted, "{text}");
            assert!(lax.read(text).is_none_or(|name| name.to_string() == text), "{text}");
        }
    }
}
