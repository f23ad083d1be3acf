//! Documents in the order of what they have to do with a question, as gateways offer it beside OpenAI's API.

use super::chunks::object_of;
use super::{asked_for, input};
use serde_json::{Value, json};
use standin_core::dialect::{Alphabet, Asked, Endpoint, Said, Unsayable};
use standin_core::tokens::count;

pub(super) fn asked(body: &Value) -> Asked<'_> {
    input::asked(Endpoint::Rerank, body, "query", false)
}

/// The text of each document: it is one, or has one.
pub(super) fn texts(body: &Value) -> Vec<Value> {
    documents(body).iter().map(|document| document.get("text").unwrap_or(document).clone()).collect()
}

fn documents(body: &Value) -> &[Value] {
    body["documents"].as_array().map_or(&[], Vec::as_slice)
}

pub(super) fn compose(said: &Said, asked: &Asked<'_>) -> Result<Value, Unsayable> {
    let Some(scores) = &said.scores else {
        let what = "a neutral answer: write the `object`, with `results`";
        return Err(Unsayable { endpoint: asked.endpoint.name(), what });
    };
    let body = asked.body;
    let mut ranked = scores.iter().copied().enumerate().collect::<Vec<_>>();
    // Of equals, the first stays first.
    ranked.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let most = body["top_n"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let results = ranked.into_iter().take(most).map(|(index, score)| {
        let mut result = object_of([("index", index.into()), ("relevance_score", score.into())]);
        if body["return_documents"] == true
            && let Some(document) = documents(body).get(index)
        {
            let document = if document.is_string() { json!({"text": document}) } else { document.clone() };
            result.insert("document".to_owned(), document);
        }
        Value::Object(result)
    });
    let texts = texts(body);
    let tokens =
        texts.iter().filter_map(Value::as_str).map(count).sum::<usize>() + count(input::words(asked));
    Ok(json!({
        "id": asked.ids().next("rerank-", Alphabet::Hex, 32),
        "model": asked_for(said, asked),
        "results": results.collect::<Value>(),
        "usage": {"prompt_tokens": tokens, "completion_tokens": 0, "total_tokens": tokens},
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_relevant_comes_first() {
        let body = json!({
            "model": "r", "query": "q", "top_n": 2, "return_documents": true,
            "documents": ["a", {"text": "b", "id": "x"}, "c"],
        });
        let said = Said { scores: Some(vec![0.1, 0.9, 0.1]), ..Said::default() };
        let object = compose(&said, &asked(&body)).unwrap();
        assert_eq!(
            object["results"],
            json!([
                {"index": 1, "relevance_score": 0.9, "document": {"text": "b", "id": "x"}},
                {"index": 0, "relevance_score": 0.1, "document": {"text": "a"}},
            ])
        );
        assert_eq!(object["usage"]["total_tokens"], 4);
        let words = Said { text: Some("b".to_owned()), ..Said::default() };
        assert!(compose(&words, &asked(&body)).unwrap_err().to_string().contains("`object`"));
    }
}
