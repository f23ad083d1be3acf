//! OpenAI's own header fields.

use crate::compatible;
use standin_core::dialect::{Alphabet, Asked, Endpoint, Ids};

/// SDKs read the request's id, gateways the limits. What is not found has come to no model, and says no more.
pub(super) fn fields(status: u16, asked: Option<&Asked<'_>>, ids: &mut Ids) -> Vec<(&'static str, String)> {
    let mut fields = vec![("x-request-id", ids.next("req_", Alphabet::Hex, 32))];
    if status == 404 {
        // Other servers answer it than those that models are behind, and name the character set.
        fields.extend([
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("vary", "Origin".to_owned()),
            ("x-content-type-options", "nosniff".to_owned()),
        ]);
        return fields;
    }
    for (name, value) in [
        ("openai-organization", "standin"),
        ("openai-processing-ms", "12"),
        ("openai-version", "2020-10-01"),
        ("x-content-type-options", "nosniff"),
    ] {
        fields.push((name, value.to_owned()));
    }
    let with_model =
        |asked: &&Asked<'_>| matches!(asked.endpoint, Endpoint::Completions | Endpoint::Embeddings);
    if let Some(model) = asked.filter(with_model).and_then(|asked| asked.model.as_deref()) {
        // A model's name is the caller's text, and a field holds no line.
        if model.bytes().all(|byte| byte.is_ascii_graphic()) {
            fields.push(("openai-model", model.to_owned()));
        }
    }
    fields.extend(compatible::rate_limits(status));
    fields
}
