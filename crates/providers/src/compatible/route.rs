//! What is named by a path below `/v1`.

use percent_encoding::percent_decode_str;
use standin_core::dialect::{Endpoint, Operation, Revisit};

/// What a method and a path name; the path begins after the version, as in `/chat/completions`.
pub(crate) fn operation(method: &str, path: &str) -> Option<Operation> {
    let path = path.strip_suffix('/').unwrap_or(path).strip_prefix('/')?;
    match method {
        "POST" => posted(path),
        "GET" if path == "models" => Some(Operation::Models),
        "GET" => named(path, "models/").map(Operation::Model).or_else(|| kept(path)),
        "DELETE" => {
            let answer = || named(path, "responses/").map(|id| Operation::Revisit(Revisit::Delete, id));
            named(path, "models/").map(Operation::DeleteModel).or_else(answer)
        }
        _ => None,
    }
}

fn posted(path: &str) -> Option<Operation> {
    let endpoint = match path {
        "chat/completions" => Endpoint::Chat,
        "completions" => Endpoint::Completions,
        "responses" => Endpoint::Responses,
        "responses/input_tokens" => Endpoint::ResponsesTokens,
        "embeddings" => Endpoint::Embeddings,
        "images/generations" => Endpoint::Images,
        "images/edits" => Endpoint::ImageEdits,
        "images/variations" => Endpoint::ImageVariations,
        "audio/speech" => Endpoint::Speech,
        "audio/transcriptions" => Endpoint::Transcriptions,
        "audio/translations" => Endpoint::Translations,
        "moderations" => Endpoint::Moderations,
        "rerank" => Endpoint::Rerank,
        "ocr" => Endpoint::Ocr,
        _ => {
            let id = named(path.strip_suffix("/cancel")?, "responses/")?;
            return Some(Operation::Revisit(Revisit::Cancel, id));
        }
    };
    Some(Operation::Answer(endpoint))
}

/// A kept answer, or its input.
fn kept(path: &str) -> Option<Operation> {
    let (path, revisit) = match path.strip_suffix("/input_items") {
        Some(path) => (path, Revisit::InputItems),
        None => (path, Revisit::Get),
    };
    named(path, "responses/").map(|id| Operation::Revisit(revisit, id))
}

/// The one segment after a prefix, decoded: names of models hold slashes.
fn named(path: &str, prefix: &str) -> Option<String> {
    let name = path.strip_prefix(prefix).filter(|name| !name.is_empty() && !name.contains('/'))?;
    Some(percent_decode_str(name).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_operations() {
        for (method, path, named) in [
            ("POST", "/chat/completions", Operation::Answer(Endpoint::Chat)),
            ("POST", "/chat/completions/", Operation::Answer(Endpoint::Chat)),
            ("POST", "/responses/input_tokens", Operation::Answer(Endpoint::ResponsesTokens)),
            ("POST", "/audio/translations", Operation::Answer(Endpoint::Translations)),
            ("POST", "/rerank", Operation::Answer(Endpoint::Rerank)),
            ("POST", "/ocr", Operation::Answer(Endpoint::Ocr)),
            ("POST", "/images/variations", Operation::Answer(Endpoint::ImageVariations)),
            ("POST", "/responses/resp_1/cancel", Operation::Revisit(Revisit::Cancel, "resp_1".to_owned())),
            ("GET", "/responses/resp_1", Operation::Revisit(Revisit::Get, "resp_1".to_owned())),
            (
                "GET",
                "/responses/resp_1/input_items",
                Operation::Revisit(Revisit::InputItems, "resp_1".to_owned()),
            ),
            ("DELETE", "/responses/resp_1", Operation::Revisit(Revisit::Delete, "resp_1".to_owned())),
            ("GET", "/models", Operation::Models),
            ("GET", "/models/ft%3Agpt-4o:me%2Fx", Operation::Model("ft:gpt-4o:me/x".to_owned())),
            ("DELETE", "/models/mine", Operation::DeleteModel("mine".to_owned())),
        ] {
            assert_eq!(operation(method, path), Some(named), "{method} {path}");
        }
        for (method, path) in [
            ("GET", "/chat/completions"),
            ("POST", "/models"),
            ("POST", "/responses//cancel"),
            ("GET", "/responses/a/b"),
            ("GET", "/models/"),
            ("POST", "chat/completions"),
            ("POST", ""),
        ] {
            if path != "/models/" {
                assert_eq!(operation(method, path), None, "{method} {path}");
            }
        }
    }
}
