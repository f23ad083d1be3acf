//! Moderations.

use super::{asked_or, input};
use serde_json::{Map, Value, json};
use standin_core::dialect::{Alphabet, Asked, Endpoint, Said, Unsayable};

/// What is looked for, and whether in images too.
const CATEGORIES: [(&str, bool); 13] = [
    ("harassment", false),
    ("harassment/threatening", false),
    ("hate", false),
    ("hate/threatening", false),
    ("illicit", false),
    ("illicit/violent", false),
    ("self-harm", true),
    ("self-harm/intent", true),
    ("self-harm/instructions", true),
    ("sexual", true),
    ("sexual/minors", false),
    ("violence", true),
    ("violence/graphic", true),
];

/// How sure the model is of what it flags.
const SURE: f64 = 0.99;

pub(super) fn asked(endpoint: Endpoint, body: &Value) -> Asked<'_> {
    input::asked(endpoint, body, "input", false)
}

pub(super) fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    let unsayable = |what| Err(Unsayable { endpoint: asked.endpoint.name(), what });
    let Some(flagged) = &said.flagged else { return unsayable("an answer without `flagged`") };
    if flagged.iter().any(|name| CATEGORIES.iter().all(|(category, _)| category != name)) {
        return unsayable("a category that OpenAI does not have");
    }
    let results = inputs(&asked.body["input"]).into_iter().map(|input| result(flagged, &input));
    Ok(json!({
        "id": asked.ids().next("modr-", Alphabet::Hex, 32),
        "model": asked_or(said, asked, "omni-moderation-latest"),
        "results": results.collect::<Value>(),
    }))
}

fn result(flagged: &[String], types: &[&str]) -> Value {
    let (mut categories, mut scores, mut applied) = (Map::new(), Map::new(), Map::new());
    for (name, in_images) in CATEGORIES {
        let found = flagged.iter().any(|flag| flag == name);
        categories.insert(name.to_owned(), found.into());
        scores.insert(name.to_owned(), if found { SURE } else { 0.0 }.into());
        let looked_at = types.iter().copied().filter(|kind| in_images || *kind == "text");
        applied.insert(name.to_owned(), looked_at.collect());
    }
    json!({
        "flagged": !flagged.is_empty(),
        "categories": categories,
        "category_scores": scores,
        "category_applied_input_types": applied,
    })
}

/// The types of what each input holds. Texts are an input each, and a list of parts is one.
fn inputs(input: &Value) -> Vec<Vec<&'static str>> {
    let Some(items) = input.as_array().filter(|items| !items.is_empty()) else { return vec![vec!["text"]] };
    if !items.iter().any(Value::is_object) {
        return vec![vec!["text"]; items.len()];
    }
    let holds = |kind: &str| items.iter().any(|part| part["type"] == kind);
    let kinds = [("text", "text"), ("image_url", "image")];
    vec![kinds.into_iter().filter(|(part, _)| holds(part)).map(|(_, kind)| kind).collect()]
}
