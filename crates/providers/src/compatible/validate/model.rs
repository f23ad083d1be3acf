//! Which models there are.
//!
//! A list would be out of date with the next model. A name is taken that begins with a family's, unless a word of
//! it says that it is made up to be refused.

use serde_json::Value;
use standin_core::dialect::Failure;

/// What names begin with. What ends in a dash goes on; the rest is a name, alone or with a dash behind it.
const FAMILIES: [&str; 17] = [
    "gpt-",
    "chatgpt-",
    "o1",
    "o3",
    "o4",
    "text-embedding-3-",
    "text-embedding-ada-002",
    "text-moderation-",
    "omni-moderation-",
    "babbage-002",
    "davinci-002",
    "dall-e-",
    "whisper-",
    "tts-",
    "computer-use-",
    "codex-",
    "sora-",
];

/// Whether there is a model of this name. A fine-tuned one is there if its base is.
pub(super) fn is_known(name: &str) -> bool {
    let name = name.strip_prefix("ft:").and_then(|tuned| tuned.split(':').next()).unwrap_or(name);
    let is_of = |family: &str| {
        name.strip_prefix(family).is_some_and(|rest| match family.ends_with('-') {
            true => !rest.is_empty(),
            false => rest.is_empty() || rest.starts_with('-'),
        })
    };
    FAMILIES.iter().any(|family| is_of(family)) && !crate::invented::is_invented(name)
}

/// What is said where none is named.
pub(super) fn missing() -> Failure {
    Failure::of(400).saying("you must provide a model parameter").coded(Value::Null)
}
